"""Views of the trial editor: check the text while typing, preview affected patients, and save a new version."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from authoring.check import CheckedTrial, check_trial
from authoring.starter import starter
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_yaml import MAX_CHARACTERS
from schemas.trials.trial_schema import TRIAL_ID
from service.actions.edit_trial import EditPreview, preview, refuse_unless_current, store_trial
from service.api.payloads.trials import checked_card
from service.api.problems import Problem
from service.dependencies import dependencies
from service.page.access import PageBlueprint, principal
from service.page.errors import fault_text
from service.page.trials.views import MAX_COMPARED_PATIENTS, moves_for_template, trial_of
from settings.roles import EDITOR_ROLES
from storage.trials import get_trial

blueprint = PageBlueprint("trial_editor", __name__, *EDITOR_ROLES)

CONFLICT = (
    "Somebody else saved a newer version. Your text is still here. Check what changed, then save again to replace "
    "their version."
)
SAVED = "New version saved. Patients are matched against it from now on; re-screen those matched before."
UNCHANGED = "No changes: this version is already current."


@blueprint.route("/trials/new", methods=["GET", "POST"])
def new() -> AnyResponse | str:
    """Ask for the id of a new trial."""
    trial_id = request.form.get("trial_id", "").strip().upper()
    if request.method == "GET":
        return render_template("trials/new.html", trial_id="", error="", pattern=TRIAL_ID)
    try:
        starter(trial_id, datetime.now(UTC).year)
    except InputError as error:
        text = fault_text(error.faults[0])
        page = render_template("trials/new.html", trial_id=trial_id, error=text, pattern=TRIAL_ID)
        return make_response(page, 422)
    return redirect(url_for("trial_editor_pages.edit", trial_id=trial_id), 303)


@blueprint.route("/trials/<trial_id:trial_id>/edit", methods=["GET", "POST"])
def edit(trial_id: str) -> AnyResponse | str:
    """Show the text, or do what the pressed button says: check it, preview affected patients, or save it."""
    with dependencies().database.session() as rows:
        row = get_trial(rows, principal().site_id, trial_id)
    if request.method == "GET":
        text = row.body if row else starter(trial_id, datetime.now(UTC).year)
        return _page(trial_id, text, row.version if row else "")
    text, base = _submitted_text(), request.form.get("base", "")
    action = request.form.get("do", "check")
    checked = _check(text, trial_id)
    if action == "save" and not checked.faults:
        return _save(trial_id, text, base)
    found = _preview(trial_id, checked) if action == "preview" and checked.trial and not checked.errors else None
    return make_response(_page(trial_id, text, base, checked, found), 422 if action == "save" else 200)


def _submitted_text() -> str:
    """The text with LF line ends. Browsers send CRLF, which would make another version of the same text."""
    return request.form.get("text", "").replace("\r\n", "\n")


def _check(text: str, trial_id: str) -> CheckedTrial:
    if len(text) > MAX_CHARACTERS:
        return CheckedTrial(None, (Fault("", f"longer than {MAX_CHARACTERS} characters", file=f"{trial_id}.yaml"),))
    return check_trial(text, trial_id)


def _save(trial_id: str, text: str, base: str) -> AnyResponse:
    me = principal()
    try:
        with dependencies().database.session() as rows:
            if base:
                refuse_unless_current(rows, me.site_id, trial_id, base)
            created = store_trial(rows, me, trial_id, text)[2]
    except Problem:
        with dependencies().database.session() as rows:
            row = get_trial(rows, me.site_id, trial_id)
        current = row.version if row else ""
        return make_response(_page(trial_id, text, current, _check(text, trial_id), conflict=CONFLICT), 409)
    flash(SAVED if created else UNCHANGED, "done" if created else "note")
    return redirect(url_for("trial_pages.show", trial_id=trial_id), 303)


def _preview(trial_id: str, checked: CheckedTrial) -> EditPreview | None:
    """Compare the text with the current version on stored patients."""
    me = principal()
    with dependencies().database.session() as rows:
        row = get_trial(rows, me.site_id, trial_id)
        if row is None or checked.trial is None:
            return None
        return preview(rows, me.site_id, (trial_of(row), checked.trial), MAX_COMPARED_PATIENTS)


def _page(
    trial_id: str, text: str, base: str, checked: CheckedTrial | None = None, found: EditPreview | None = None,
    conflict: str = "",
) -> str:  # fmt: skip
    results: dict[str, Any] = {} if checked is None else {"checked": checked_card(checked), "lines": text.splitlines()}
    results |= moves_for_template(found) if found else {}
    return render_template(
        "trials/edit.html", trial_id=trial_id, text=text, base=base, found=found, conflict=conflict, **results
    )


@blueprint.route("/trials/<trial_id:trial_id>/check", methods=["POST"])
def check(trial_id: str) -> Response:
    """The errors and warnings of the text, for the script of the editor; the same messages as everywhere."""
    if request.form.get("text") is None:
        raise NotFound
    return jsonify(checked_card(_check(_submitted_text(), trial_id)))
