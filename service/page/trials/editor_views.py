"""The editor of a trial: its text is checked while it is written, compared before it is saved, refused if at fault."""

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
from service.page.access import PageBlueprint
from service.page.account.sessions import principal
from service.page.trials.views import MOST_COMPARED, moved_card, trial_of
from settings.roles import EDITOR_ROLES
from storage.trials import get_trial

blueprint = PageBlueprint("trial_editor", __name__, *EDITOR_ROLES)

CONFLICT = (
    "Somebody else stored another version meanwhile. Your text is still here. Look at what changed, and save again to "
    "put yours in its place."
)


@blueprint.route("/trials/new", methods=["GET", "POST"])
def new() -> AnyResponse | str:
    """Which trial to begin."""
    trial_id = request.form.get("trial_id", "").strip().upper()
    if request.method == "GET":
        return render_template("trials/new.html", trial_id="", error="", pattern=TRIAL_ID)
    try:
        starter(trial_id, datetime.now(UTC).year)
    except InputError as error:
        page = render_template("trials/new.html", trial_id=trial_id, error=error.faults[0].message, pattern=TRIAL_ID)
        return make_response(page, 422)
    return redirect(url_for("trial_editor_pages.edit", trial_id=trial_id), 303)


@blueprint.route("/trials/<trial_id:trial_id>/edit", methods=["GET", "POST"])
def edit(trial_id: str) -> AnyResponse | str:
    """The text, and what its buttons do: check it, see whom it moves, save it."""
    with dependencies().database.session() as rows:
        row = get_trial(rows, principal().site_id, trial_id)
    if request.method == "GET":
        text = row.body if row else starter(trial_id, datetime.now(UTC).year)
        return _form(trial_id, text, row.version if row else "")
    text, base = _text(), request.form.get("base", "")
    does = request.form.get("do", "check")
    checked = _checked(text, trial_id)
    if does == "save" and not checked.faults:
        return _save(trial_id, text, base)
    found = _preview(trial_id, checked) if does == "preview" and checked.trial and not checked.errors else None
    return make_response(_form(trial_id, text, base, checked, found), 422 if does == "save" else 200)


def _text() -> str:
    """A browser sends lines that end in CRLF, which would make another version of the same text."""
    return request.form.get("text", "").replace("\r\n", "\n")


def _checked(text: str, trial_id: str) -> CheckedTrial:
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
        newer = row.version if row else ""
        return make_response(_form(trial_id, text, newer, _checked(text, trial_id), conflict=CONFLICT), 409)
    said = "The new version is stored. Patients are matched against it from now on; re-screen those stored before."
    flash(said if created else "Nothing changed: this version is current already.", "done" if created else "note")
    return redirect(url_for("trial_pages.show", trial_id=trial_id), 303)


def _preview(trial_id: str, checked: CheckedTrial) -> EditPreview | None:
    """The text against the version that is current, on stored patients."""
    me = principal()
    with dependencies().database.session() as rows:
        row = get_trial(rows, me.site_id, trial_id)
        if row is None or checked.trial is None:
            return None
        return preview(rows, me.site_id, (trial_of(row), checked.trial), MOST_COMPARED)


def _form(
    trial_id: str, text: str, base: str, checked: CheckedTrial | None = None, found: EditPreview | None = None,
    conflict: str = "",
) -> str:  # fmt: skip
    card: dict[str, Any] = {} if checked is None else {"checked": checked_card(checked), "lines": text.splitlines()}
    card |= moved_card(found) if found else {}
    return render_template(
        "trials/edit.html", trial_id=trial_id, text=text, base=base, found=found, conflict=conflict, **card
    )


@blueprint.route("/trials/<trial_id:trial_id>/check", methods=["POST"])
def check(trial_id: str) -> Response:
    """What is wrong with the text as it stands, for the script of the editor; the same messages as everywhere."""
    if request.form.get("text") is None:
        raise NotFound
    return jsonify(checked_card(_checked(_text(), trial_id)))
