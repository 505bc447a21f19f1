"""Views of a pasted note: read it, review its facts next to the text, then match it or continue in the form."""

from collections.abc import Mapping
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from extraction.identifiers import IdentifierError, IdentifierHit
from schemas.inputs.faults import Fault, InputError
from service.actions.note_intake import read_note
from service.page.access import PageBlueprint
from service.page.errors import fault_text
from service.page.fact_labels import fact_label
from service.page.notes.review_model import (
    DECISION_PREFIX,
    DECISIONS,
    accepted_facts,
    note_spans,
    review_draft,
    review_items,
    reviewed_note,
    undecided_faults,
    unused_findings,
    with_decisions,
)
from service.page.patients.drafts import create_draft, delete_draft, list_drafts, read_draft, save_draft
from service.page.patients.form_inputs import element_id, input_id, suggestions_of
from service.page.patients.form_model import REFERENCE, faults_by_input, summary_of, without_blank_rows
from service.page.patients.submission import submit_and_wait
from settings.roles import CLINICAL_ROLES

blueprint = PageBlueprint("note", __name__, *CLINICAL_ROLES)

INPUT_LABELS = {"note": "Clinical note", "deidentified": "Confirmation", "as_of": "Year of the note"}
INPUT_ERRORS = {
    "deidentified": "Please confirm that the note contains no identifying information.",
    "as_of": "Enter the year in which the note was written, e.g. 2026.",
}
"""Errors in the words of the page; other errors of the note bring their own."""

EMPTY_NOTE = "Paste the text of the note."
ONLY_YEARS = "only years are allowed"
DEIDENTIFY = "notes must be de-identified"


@blueprint.route("/notes", methods=["POST"])
def read() -> Response | str:
    """Read a note and open its review. A note with an identifier is refused and not stored."""
    text, year = request.form.get("note", "").replace("\r\n", "\n"), request.form.get("as_of", "").strip()
    body = {"note": text, "deidentified": request.form.get("deidentified") == "yes"}
    body |= {"as_of": int(year) if year.isdecimal() else year} if year else {}
    try:
        extraction = read_note(body)
    except IdentifierError as error:
        faults = [_identifier_entry(hit, text) for hit in error.hits]
    except InputError as error:
        faults = [_note_entry(fault, text) for fault in error.faults]
    else:
        draft_id = create_draft("note", review_draft(extraction, text))
        return redirect(url_for("note_pages.review", draft_id=draft_id), 303)
    page = render_template("patients/new.html", drafts=list_drafts(), faults=faults, note=text, as_of=year)
    return make_response(page, 422)


def _identifier_entry(hit: IdentifierHit, text: str) -> dict[str, str]:
    """An identifier in the error box. The page shows the words: the note is still in the browser."""
    kind, rule = hit.kind.replace("_", " "), ONLY_YEARS if hit.kind == "date" else DEIDENTIFY
    message = f"please remove the {kind} “{text[hit.start : hit.end].strip()}”: {rule}."
    return {"id": "note", "label": INPUT_LABELS["note"], "message": message}


def _note_entry(fault: Fault, text: str) -> dict[str, str]:
    name = fault.path if fault.path in INPUT_LABELS else "note"
    message = EMPTY_NOTE if name == "note" and not text.strip() else INPUT_ERRORS.get(name, fault_text(fault))
    return {"id": name, "label": INPUT_LABELS[name], "message": message}


@blueprint.route("/notes/<row_id:draft_id>", methods=["GET", "POST"])
def review(draft_id: str) -> Response | str:
    """Show the note next to its facts, or do what the pressed button says."""
    draft = read_draft(draft_id, "note")
    if request.method == "GET":
        return _page(draft_id, draft)
    action = request.form.get("do", "")
    draft = with_decisions(draft, request.form, confirm_rest=action == "rest")
    save_draft(draft_id, draft)
    if action in ("rest", "save"):
        return redirect(url_for("note_pages.review", draft_id=draft_id, _anchor="end"), 303)
    if faults := undecided_faults(draft):
        return make_response(_page(draft_id, draft, faults), 422)
    return _continue_in_form(draft_id, draft) if action == "form" else _submit(draft_id, draft)


def _continue_in_form(draft_id: str, draft: Mapping[str, Any]) -> Response:
    """Open the form with the accepted facts, and delete the review with the text of the note."""
    form_id = create_draft("form", {"typed": accepted_facts(draft)})
    delete_draft(draft_id)
    return redirect(url_for("form_pages.form", draft_id=form_id), 303)


def _submit(draft_id: str, draft: Mapping[str, Any]) -> Response:
    try:
        patient_id = submit_and_wait(summary_of(without_blank_rows(accepted_facts(draft))), reviewed_note(draft))
    except InputError as error:
        return make_response(_page(draft_id, draft, faults_by_input(error.faults)), 422)
    delete_draft(draft_id)
    return redirect(url_for("result_pages.show", patient_id=patient_id), 303)


def _page(draft_id: str, draft: Mapping[str, Any], faults: Mapping[str, str] | None = None) -> str:
    faults = faults or {}
    items = review_items(draft, faults)
    return render_template(
        "notes/review.html", draft_id=draft_id, items=items, spans=list(note_spans(draft)),
        unused=unused_findings(draft), faults=[_fault_entry(path, text) for path, text in faults.items()],
        reference=draft["typed"].get(REFERENCE, ""), reference_fault=faults.get(REFERENCE, ""),
        suggested=suggestions_of(form_input for item in items for form_input in item.inputs),
        remaining=len(undecided_faults(draft)), decisions=DECISIONS, decision_prefix=DECISION_PREFIX,
    )  # fmt: skip


def _fault_entry(path: str, message: str) -> dict[str, str]:
    if path.startswith(DECISION_PREFIX):
        label = fact_label(path.removeprefix(DECISION_PREFIX))
        return {"id": f"{input_id(path)}-confirm", "label": label, "message": message}
    return {"id": element_id(path), "label": fact_label(path) if path else "", "message": message}
