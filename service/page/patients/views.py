"""Views of the patients of the site: search, add, delete."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from matching.verdict import VERDICTS
from service.dependencies import dependencies
from service.page.access import PageBlueprint, principal
from service.page.fact_labels import searchable_facts
from service.page.patients.drafts import list_drafts
from settings.roles import CLINICAL_ROLES
from storage.patient_search import PAGE_SIZE, PatientFilter, search_patients, trial_ids
from storage.patients import delete_patient, get_patient

blueprint = PageBlueprint("patient", __name__, *CLINICAL_ROLES)

MAX_SEARCH_CHARS = 100
NO_MATCH = "?"
"""Searched instead of a text with control characters, which no reference contains and PostgreSQL refuses."""


@blueprint.route("/patients", methods=["GET", "POST"])
def index() -> str:
    """List the patients. A search is sent as a form, so that no reference is in an address or a log."""
    reference = request.form.get("reference", "") if request.method == "POST" else ""
    texts = (reference, *(request.values.get(name, "") for name in ("trial", "verdict", "fact")))
    search = PatientFilter(*(text.strip()[:MAX_SEARCH_CHARS] if text.isprintable() else NO_MATCH for text in texts))
    page = _page_number()
    with dependencies().database.session() as session:
        found, total = search_patients(session, principal().site_id, search, page)
        trials = trial_ids(session, principal().site_id)
    return render_template(
        "patients/index.html", found=found, total=total, search=search, page=page, pages=-(-total // PAGE_SIZE),
        trials=trials, verdicts=VERDICTS, facts=searchable_facts(), drafts=list_drafts(),
    )  # fmt: skip


def _page_number() -> int:
    text = request.values.get("page", "0")
    return int(text) if text.isdecimal() and len(text) < 6 else 0


@blueprint.route("/patients/new")
def new() -> str:
    """Offer the form and the note."""
    return render_template("patients/new.html", drafts=list_drafts())


@blueprint.route("/patients/<row_id:patient_id>/delete", methods=["GET", "POST"])
def delete(patient_id: str) -> Response | str:
    """Ask for confirmation, then delete all versions and matches."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
        if view is None:
            raise NotFound
        if request.method == "POST":
            delete_patient(session, principal(), patient_id)
    if request.method == "GET":
        return render_template("patients/delete.html", patient=view)
    flash("Patient deleted, with all versions and results.", "done")
    return redirect(url_for("patient_pages.index"), 303)
