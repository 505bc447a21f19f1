"""Views of the patient form: fill in a draft, save it, and submit it to be matched."""

from collections.abc import Mapping
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from schemas.inputs.faults import InputError
from service.dependencies import dependencies
from service.page.access import PageBlueprint, principal
from service.page.patients.drafts import create_draft, delete_draft, read_draft, save_draft
from service.page.patients.form_inputs import list_id
from service.page.patients.form_model import (
    REFERENCE,
    Typed,
    add_row,
    fault_entries,
    faults_by_input,
    first_input_of_last_row,
    form_of,
    remove_row,
    suggestions_in,
    summary_of,
    typed_from,
    without_blank_rows,
)
from service.page.patients.submission import submit_and_wait
from settings.roles import CLINICAL_ROLES
from storage.patients import get_patient

blueprint = PageBlueprint("form", __name__, *CLINICAL_ROLES)

MAX_INPUTS = 20_000
"""Inputs read from one form; no browser sends more."""

MAX_INPUT_NAME_CHARS = 199
CONTROL_INPUTS = ("csrf_token", "do", "add", "remove")
"""Inputs that are no facts: the CSRF token and the buttons."""


@blueprint.route("/drafts", methods=["POST"])
def begin() -> Response:
    """Create an empty draft and open the form."""
    return redirect(url_for("form_pages.form", draft_id=create_draft("form", {"typed": {}})), 303)


@blueprint.route("/patients/<row_id:patient_id>/edit", methods=["POST"])
def edit(patient_id: str) -> Response:
    """Create a draft of a new version from the facts of a patient and open the form."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None or view.summary is None:
        raise NotFound
    draft_id = create_draft("form", {"typed": typed_from(view.summary), "of": patient_id})
    return redirect(url_for("form_pages.form", draft_id=draft_id, _anchor=request.form.get("at") or None), 303)


@blueprint.route("/drafts/<row_id:draft_id>", methods=["GET", "POST"])
def form(draft_id: str) -> Response | str:
    """Show the form of a draft, or do what the pressed button says."""
    draft = read_draft(draft_id, "form")
    if request.method == "GET":
        return _page(draft_id, draft, draft["typed"])
    typed = _typed_in_request(draft)
    if path := request.form.get("add"):
        longer = add_row(typed, path)
        first = first_input_of_last_row(longer, path)
        return _save_and_show(draft_id, draft, longer, first.id if first else "")
    if row := request.form.get("remove"):
        return _save_and_show(draft_id, draft, remove_row(typed, row), list_id(row.partition("[")[0]))
    if request.form.get("do") == "save":
        _save(draft_id, draft, typed)
        flash("Draft saved. It is listed above the patients.", "done")
        return redirect(url_for("patient_pages.index"), 303)
    return _submit(draft_id, draft, without_blank_rows(typed))


@blueprint.route("/drafts/<row_id:draft_id>/keep", methods=["POST"])
def keep(draft_id: str) -> Response:
    """Save what was typed so far, for the script of the form."""
    draft = read_draft(draft_id, "form")
    _save(draft_id, draft, _typed_in_request(draft))
    return make_response("", 204)


@blueprint.route("/drafts/<row_id:draft_id>/discard", methods=["POST"])
def discard(draft_id: str) -> Response:
    """Delete a draft."""
    delete_draft(draft_id)
    flash("Draft deleted.", "done")
    return redirect(url_for("patient_pages.index"), 303)


def _typed_in_request(draft: Mapping[str, Any]) -> Typed:
    """The non-empty inputs of the submitted form."""
    inputs = ((name, text) for name, text in request.form.items() if name not in CONTROL_INPUTS and text.strip())
    typed = {name: text for name, text in list(inputs)[:MAX_INPUTS] if len(name) <= MAX_INPUT_NAME_CHARS}
    # A new version keeps the reference: with another reference it would be another patient.
    return typed | {REFERENCE: draft["typed"][REFERENCE]} if draft.get("of") else typed


def _save(draft_id: str, draft: Mapping[str, Any], typed: Typed) -> None:
    save_draft(draft_id, {**draft, "typed": typed})


def _save_and_show(draft_id: str, draft: Mapping[str, Any], typed: Typed, anchor: str) -> Response:
    """Save the draft and show the form again at an anchor; an input there has the focus, even without scripts."""
    _save(draft_id, draft, typed)
    return redirect(url_for("form_pages.form", draft_id=draft_id, _anchor=anchor or None), 303)


def _submit(draft_id: str, draft: Mapping[str, Any], typed: Typed) -> Response | str:
    _save(draft_id, draft, typed)
    try:
        patient_id = submit_and_wait(summary_of(typed))
    except InputError as error:
        return make_response(_page(draft_id, draft, typed, faults_by_input(error.faults)), 422)
    delete_draft(draft_id)
    return redirect(url_for("result_pages.show", patient_id=patient_id), 303)


def _page(draft_id: str, draft: Mapping[str, Any], typed: Typed, faults: Mapping[str, str] | None = None) -> str:
    faults, is_edit = faults or {}, bool(draft.get("of"))
    sections = form_of(typed, faults)
    if is_edit:
        sections = [section.with_fixed_reference() for section in sections]
    return render_template(
        "patients/form.html", draft_id=draft_id, sections=sections, is_edit=is_edit, list_id=list_id,
        faults=fault_entries(faults), suggested=suggestions_in(sections),
    )  # fmt: skip
