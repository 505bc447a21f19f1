"""A pasted note: read, reviewed fact by fact beside its text, then matched or taken on into the form."""

from collections.abc import Mapping
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from schemas.inputs.faults import InputError
from schemas.summary.contradictions import accept_patient
from schemas.summary.facts import dump_patient
from service.actions.note_intake import read_note
from service.page.access import PageBlueprint
from service.page.fact_labels import fact_label
from service.page.notes.review_model import DECIDE, decide, facts_of, kept, opened, pieces_of, reviewed, undecided
from service.page.patients import drafts
from service.page.patients.form_inputs import input_id, place_of
from service.page.patients.form_model import by_name, summary_of, tidy
from service.page.patients.form_views import terms_of
from service.page.patients.submission import submitted
from settings.roles import CLINICAL_ROLES

blueprint = PageBlueprint("note", __name__, *CLINICAL_ROLES)

PLACES = {"note": "Note", "deidentified": "De-identified", "as_of": "Year of the note"}


@blueprint.route("/notes", methods=["POST"])
def read() -> Response | str:
    """Read a note and open its review; a note with an identifier is refused and kept nowhere."""
    text, year = request.form.get("note", "").replace("\r\n", "\n"), request.form.get("as_of", "").strip()
    body = {"note": text, "deidentified": request.form.get("deidentified") == "yes"}
    body |= {"as_of": int(year) if year.isdecimal() else year} if year else {}
    try:
        found = read_note(body)
    except InputError as error:
        places = [fault.path if fault.path in PLACES else "note" for fault in error.faults]
        faults = [
            {"id": place, "label": PLACES[place], "message": told(fault)}
            for place, fault in zip(places, error.faults, strict=True)
        ]
        page = render_template("patients/new.html", drafts=drafts.mine(), faults=faults, note=text, as_of=year)
        return make_response(page, 422)
    return redirect(url_for("note_pages.review", draft_id=drafts.begin("note", opened(found, text))), 303)


def told(fault: Any) -> str:
    """A fault in words."""
    return f"{fault.message}{f' ({fault.hint})' if fault.hint else ''}"


@blueprint.route("/notes/<row_id:draft_id>", methods=["GET", "POST"])
def review(draft_id: str) -> Response | str:
    """The note beside its facts, and what was decided on them."""
    draft = drafts.read(draft_id, "note")
    if request.method == "GET":
        return _page(draft_id, draft)
    does = request.form.get("do", "")
    draft = decide(draft, request.form, rest=does == "rest")
    drafts.save(draft_id, draft)
    if does in ("rest", "save"):
        return redirect(url_for("note_pages.review", draft_id=draft_id, _anchor="end"), 303)
    if faults := undecided(draft):
        return make_response(_page(draft_id, draft, faults), 422)
    return _taken_on(draft_id, draft) if does == "form" else _sent(draft_id, draft)


def _taken_on(draft_id: str, draft: Mapping[str, Any]) -> Response:
    """The form with the facts that were kept; the text of the note goes."""
    form_id = drafts.begin("form", {"typed": kept(draft)})
    drafts.drop(draft_id)
    return redirect(url_for("submit_pages.form", draft_id=form_id), 303)


def _sent(draft_id: str, draft: Mapping[str, Any]) -> Response:
    try:
        summary = dump_patient(accept_patient(summary_of(tidy(kept(draft)))))
    except InputError as error:
        return make_response(_page(draft_id, draft, by_name(error.faults)), 422)
    patient_id = submitted(summary, reviewed(draft))
    drafts.drop(draft_id)
    return redirect(url_for("result_pages.show", patient_id=patient_id), 303)


def _page(draft_id: str, draft: Mapping[str, Any], faults: Mapping[str, str] | None = None) -> str:
    faults = faults or {}
    facts = facts_of(draft, faults)
    lines = [{"id": _place(path), "label": _label(path), "message": message} for path, message in faults.items()]
    return render_template(
        "notes/review.html", draft_id=draft_id, facts=facts, pieces=list(pieces_of(draft)), unused=_unused(draft),
        faults=lines, reference=draft["typed"].get("patient_ref", ""), reference_fault=faults.get("patient_ref", ""),
        terms=terms_of(one for fact in facts for one in fact.inputs), left=len(undecided(draft)), decide=DECIDE,
    )  # fmt: skip


def _unused(draft: Mapping[str, Any]) -> list[dict[str, str]]:
    text = draft["note"]
    words = [" … ".join(text[start:end] for start, end in one["spans"]) for one in draft["unused"]]
    return [{"words": said, "why": one["why"]} for said, one in zip(words, draft["unused"], strict=True)]


def _place(path: str) -> str:
    return f"{input_id(path)}-confirm" if path.startswith(DECIDE) else place_of(path)


def _label(path: str) -> str:
    return fact_label(path.removeprefix(DECIDE)) if path else ""
