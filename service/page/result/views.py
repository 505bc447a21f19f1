"""Views of a patient's result: verdicts with reasons, questions to answer, definitions, versions and screening log."""

from flask import Response as FlaskResponse
from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from matching.verdict import DEFINITION_ANSWER_OF
from schemas.inputs.faults import InputError
from schemas.summary.facts import load_patient
from service.dependencies import dependencies
from service.page.access import PageBlueprint, principal
from service.page.errors import fault_text
from service.page.fact_labels import fact_label, with_labels
from service.page.patients.form_inputs import suggestions_of
from service.page.patients.submission import submit_and_wait
from service.page.result.answers import answered
from service.page.result.match_model import changed_verdicts, match_cards
from service.page.result.question_model import answerable_questions
from service.page.result.screening_log import screening_log
from settings.roles import CLINICAL_ROLES
from storage.match_results import get_result
from storage.patient_search import summary_of_version, verdicts_before, versions_of
from storage.patients import get_patient
from verdicts.compare import compare

blueprint = PageBlueprint("result", __name__, *CLINICAL_ROLES)

FAMILIES = {"rai-refractory": "Radioiodine-refractory", "burden": "Burden of disease"}
"""Title of the families of definitions on which trials disagree most; see docs/definitions.md."""

TRUTH_ORDER = tuple(DEFINITION_ANSWER_OF.values())
RELOAD_SECONDS = 3


@blueprint.route("/patients/<row_id:patient_id>")
def show(patient_id: str) -> FlaskResponse:
    """Show the verdicts, best first. The page reloads itself until the match is there."""
    return _result(patient_id)


def _result(patient_id: str, faults: dict[str, str] | None = None, status: int = 200) -> FlaskResponse:
    site_id, version = principal().site_id, _version_asked_for()
    with dependencies().database.session() as session:
        result = get_result(session, site_id, patient_id, version)
        if result is None:
            raise NotFound
        versions = versions_of(session, site_id, patient_id)
        before = verdicts_before(session, site_id, patient_id, result["version"])
        cards = match_cards(session, site_id, result["matches"])
        summary = summary_of_version(session, site_id, patient_id, result["version"]) or {}
    is_latest = versions[0].number == result["version"]
    questions = answerable_questions(result["ask_next"], summary, faults or {}) if is_latest else []
    page = render_template(
        "result/show.html", patient_id=patient_id, result=result, cards=cards, versions=versions, is_latest=is_latest,
        changes=changed_verdicts(before, result["matches"]), has_earlier=bool(before), fact_label=fact_label,
        questions=questions, suggested=suggestions_of(question.input for question in questions if question.input),
    )  # fmt: skip
    response = make_response(page, status)
    if result["state"] == "queued" and status == 200:
        # Reloads the page in browsers without scripts.
        response.headers["Refresh"] = str(RELOAD_SECONDS)
    return response


def _version_asked_for() -> int | None:
    text = request.args.get("version", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise NotFound
    return int(text)


@blueprint.route("/patients/<row_id:patient_id>/state")
def state(patient_id: str) -> FlaskResponse:
    """The state of the latest version, for the script that waits for the match."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None:
        raise NotFound
    return jsonify(state=view.state, version=view.version)


@blueprint.route("/patients/<row_id:patient_id>/answer", methods=["POST"])
def answer(patient_id: str) -> Response:
    """Store the answer to a question as a new version and match it."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
        result = get_result(session, principal().site_id, patient_id)
    if view is None or view.summary is None or result is None:
        raise NotFound
    number = request.form.get("question", "")
    questions = answerable_questions(result["ask_next"], view.summary, {})
    if not number.isdecimal() or int(number) >= len(questions) or str(view.version) != request.form.get("version"):
        flash("The patient has changed since you loaded this page. Please check the questions again.", "note")
        return redirect(url_for("result_pages.show", patient_id=patient_id), 303)
    try:
        submit_and_wait(answered(view.summary, questions[int(number)], request.form))
    except InputError as error:
        return _result(patient_id, {number: " ".join(with_labels(fault_text(fault)) for fault in error.faults)}, 422)
    return redirect(url_for("result_pages.show", patient_id=patient_id), 303)


@blueprint.route("/patients/<row_id:patient_id>/definitions")
def definitions(patient_id: str) -> str:
    """Show what each definition of refractory and of burden says about the patient, side by side."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None or view.summary is None:
        raise NotFound
    listed = [definition for definition in dependencies().library.definitions.values() if definition.family in FAMILIES]
    compared = compare(load_patient(view.summary), listed)["families"]
    families = sorted(compared, key=lambda family: list(FAMILIES).index(family["family"]))
    for family in families:
        family["definitions"].sort(key=lambda definition: TRUTH_ORDER.index(definition["truth"]))
    return render_template("result/definitions.html", patient=view, families=families, titles=FAMILIES)


@blueprint.route("/patients/<row_id:patient_id>/screening-log.csv")
def log(patient_id: str) -> FlaskResponse:
    """The result as rows for the screening log, with the versions of the trials and the time of the match."""
    with dependencies().database.session() as session:
        result = get_result(session, principal().site_id, patient_id, _version_asked_for())
        if result is None:
            raise NotFound
        cards = match_cards(session, principal().site_id, result["matches"])
    response = make_response(screening_log(result, cards))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="screening-log-{patient_id[:8]}.csv"'
    return response
