"""The site's patients: the list with search and filters, a new one, deletion."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from matching.verdict import VERDICTS
from service.dependencies import dependencies
from service.page.access import PageBlueprint
from service.page.account.sessions import principal
from service.page.fact_labels import fact_label, facts_missed
from service.page.patients import drafts
from settings.roles import CLINICAL_ROLES
from storage.patient_search import PAGE, PatientFilter, search_patients, trial_ids
from storage.patients import delete_patient, get_patient

blueprint = PageBlueprint("patient", __name__, *CLINICAL_ROLES)

LONGEST_WORD = 100
NOBODY = "?"
"""Looked for instead of what no reference can hold, and PostgreSQL cannot take."""


@blueprint.route("/patients", methods=["GET", "POST"])
def index() -> str:
    """The list. A search is sent as a form, so that no reference stands in an address or a log."""
    reference = request.form.get("reference", "") if request.method == "POST" else ""
    words = (reference, *(request.values.get(name, "") for name in ("trial", "verdict", "fact")))
    wanted = PatientFilter(*(word.strip()[:LONGEST_WORD] if word.isprintable() else NOBODY for word in words))
    page = _page()
    with dependencies().database.session() as session:
        found, total = search_patients(session, principal().site_id, wanted, page)
        trials = trial_ids(session, principal().site_id)
    return render_template(
        "patients/index.html", found=found, total=total, wanted=wanted, page=page, pages=-(-total // PAGE),
        trials=trials, verdicts=VERDICTS, facts=facts_missed(), fact_label=fact_label, drafts=drafts.mine(),
    )  # fmt: skip


def _page() -> int:
    asked = request.values.get("page", "0")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else 0


@blueprint.route("/patients/new")
def new() -> str:
    """Two ways to begin: the form, or a note."""
    return render_template("patients/new.html", drafts=drafts.mine())


@blueprint.route("/patients/<row_id:patient_id>/delete", methods=["GET", "POST"])
def delete(patient_id: str) -> Response | str:
    """Ask first, then delete every version and match."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
        if view is None:
            raise NotFound
        if request.method == "POST":
            delete_patient(session, principal(), patient_id)
    if request.method == "GET":
        return render_template("patients/delete.html", patient=view)
    flash("The patient is deleted, with every version and result.", "done")
    return redirect(url_for("patient_pages.index"), 303)
