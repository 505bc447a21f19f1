"""The result of a patient: verdicts with reasons, what to ask next, definitions, history, print and screening log."""

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from schemas.inputs.faults import InputError
from schemas.summary.contradictions import accept_patient
from schemas.summary.facts import dump_patient, load_patient
from service.dependencies import dependencies
from service.page.access import PageBlueprint
from service.page.account.sessions import principal
from service.page.fact_labels import fact_label
from service.page.patients.form_views import terms_of
from service.page.patients.submission import submitted
from service.page.result.match_model import changes, shown
from service.page.result.question_model import answered, asked
from service.page.result.screening_log import screening_log
from settings.roles import CLINICAL_ROLES
from storage.match_queue import result_of
from storage.patient_search import summary_of_version, verdicts_before, versions_of
from storage.patients import get_patient
from verdicts.compare import compare

blueprint = PageBlueprint("result", __name__, *CLINICAL_ROLES)

FAMILIES = ("rai-refractory", "burden")
"""The families of definitions that trials disagree on most; see docs/definitions.md."""

SAYS = ("holds", "unknown", "does_not_hold")


@blueprint.route("/patients/<row_id:patient_id>")
def show(patient_id: str) -> FlaskResponse:
    """The verdicts, best first. While the match is awaited the page is loaded again by itself."""
    return _result(patient_id)


def _result(patient_id: str, faults: dict[str, str] | None = None, status: int = 200) -> FlaskResponse:
    site_id, version = principal().site_id, _version()
    with dependencies().database.session() as session:
        result = result_of(session, site_id, patient_id, version)
        if result is None:
            raise NotFound
        past = versions_of(session, site_id, patient_id)
        before = verdicts_before(session, site_id, patient_id, result["version"])
        matches = shown(session, site_id, result["matches"])
        summary = summary_of_version(session, site_id, patient_id, result["version"]) or {}
    newest = past[0].number == result["version"]
    questions = asked(result["ask_next"], summary, faults or {}) if newest else []
    page = render_template(
        "result/show.html", patient_id=patient_id, result=result, matches=matches, past=past, newest=newest,
        changes=changes(before, result["matches"]), before=bool(before), fact_label=fact_label,
        asked=questions, terms=terms_of(one.input for one in questions if one.input),
    )  # fmt: skip
    response = make_response(page, status)
    if result["state"] == "queued" and status == 200:
        # Browsers without scripts load the page again by this header.
        response.headers["Refresh"] = "3"
    return response


def _version() -> int | None:
    asked_for = request.args.get("version", "")
    if not asked_for:
        return None
    if not asked_for.isdecimal() or len(asked_for) > 9:
        raise NotFound
    return int(asked_for)


@blueprint.route("/patients/<row_id:patient_id>/state")
def state(patient_id: str) -> FlaskResponse:
    """Whether the newest version still waits, for the script of the page."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None:
        raise NotFound
    return jsonify(state=view.state, version=view.version)


@blueprint.route("/patients/<row_id:patient_id>/answer", methods=["POST"])
def answer(patient_id: str) -> Response:
    """The answer to one question: a new version with it, matched at once."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
        result = result_of(session, principal().site_id, patient_id)
    if view is None or view.summary is None or result is None:
        raise NotFound
    number = request.form.get("question", "")
    questions = asked(result["ask_next"], view.summary, {})
    if not number.isdecimal() or int(number) >= len(questions) or str(view.version) != request.form.get("version"):
        flash("The patient has changed since the page was loaded. Look at the questions again.", "note")
        return redirect(url_for("result_pages.show", patient_id=patient_id), 303)
    try:
        changed = answered(view.summary, questions[int(number)], request.form)
        summary = dump_patient(accept_patient(changed))
    except InputError as error:
        return _result(patient_id, {number: "; ".join(_told(fault) for fault in error.faults)}, 422)
    submitted(summary)
    return redirect(url_for("result_pages.show", patient_id=patient_id), 303)


def _told(fault: Any) -> str:
    return f"{fault.message}{f' ({fault.hint})' if fault.hint else ''}"


@blueprint.route("/patients/<row_id:patient_id>/definitions")
def definitions(patient_id: str) -> str:
    """What each definition of refractory and of burden says of this patient, side by side."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None or view.summary is None:
        raise NotFound
    listed = [one for one in dependencies().library.definitions.values() if one.family in FAMILIES]
    compared = compare(load_patient(view.summary), listed)["families"]
    families = sorted(compared, key=lambda family: FAMILIES.index(family["family"]))
    for family in families:
        family["definitions"].sort(key=lambda one: SAYS.index(one["truth"]))
    return render_template("result/definitions.html", patient=view, families=families)


@blueprint.route("/patients/<row_id:patient_id>/screening-log.csv")
def log(patient_id: str) -> FlaskResponse:
    """The result as rows for the screening log, with the versions of the trials and the time of the match."""
    with dependencies().database.session() as session:
        result = result_of(session, principal().site_id, patient_id, _version())
        if result is None:
            raise NotFound
        matches = shown(session, principal().site_id, result["matches"])
    response = make_response(screening_log(result, matches))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="screening-log-{patient_id[:8]}.csv"'
    return response
