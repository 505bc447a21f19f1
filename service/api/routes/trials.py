"""Trials: list, show, check, store, compare and re-screen the versions of a site."""

from functools import lru_cache
from typing import Any

from flask import url_for

from authoring.affected_patients import verdict_change_card
from authoring.check import check_trial
from authoring.diff import change_card
from schemas.trials.trial_file import stored_trial, trial_card
from service.actions.edit_trial import (
    EditPreview,
    ask_for_rescreen,
    find_pair,
    preview,
    refuse_unless_current,
    store_trial,
)
from service.api.blueprint import ApiBlueprint
from service.api.payloads.trials import (
    BaseQuery,
    CheckedSchema,
    CheckQuery,
    DiffQuery,
    RescreenSchema,
    StoredTrialSchema,
    TrialCardSchema,
    TrialDiffSchema,
    TrialListSchema,
    TrialVersionListSchema,
    TrialVersionQuery,
    checked_card,
    finding,
    moves_card,
    rescreen_card,
)
from service.api.problems import not_found, unavailable
from service.api.request_bodies import TRIAL_BODY, trial_text
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES, EDITOR_ROLES
from storage.trial_rescreens import last_rescreen
from storage.trials import current_trials, get_trial, list_versions
from workers.errors import QueueUnavailable

blueprint = ApiBlueprint("trials", __name__, description="Encoded trials")

HEAD_KEYS = ("id", "version", "title", "phase", "status", "source", "completeness")
STORED_ONLY = "The queue does not answer. The re-screen is stored and starts when the queue answers again."


@blueprint.route("/trials")
@blueprint.guarded()
@blueprint.response(200, TrialListSchema)
def trials() -> dict[str, Any]:
    """List the trials that the site matches against."""
    with dependencies().database.session() as session:
        rows = current_trials(session, principal().site_id)
    return {"trials": [_card(row.trial_id, row.body, row.version) for row in rows]}


@blueprint.route("/trials/<trial_id:trial_id>")
@blueprint.guarded(problems=(404,))
@blueprint.arguments(TrialVersionQuery, location="query")
@blueprint.response(200, TrialCardSchema)
def trial(query: dict[str, str], trial_id: str) -> dict[str, Any]:
    """Return a trial with its criteria in English."""
    with dependencies().database.session() as session:
        row = get_trial(session, principal().site_id, trial_id, query.get("version"))
    if row is None:
        raise not_found()
    return _card(row.trial_id, row.body, row.version)


@lru_cache(maxsize=512)
def _card(trial_id: str, body: str, version: str) -> dict[str, Any]:
    """Return the card of a stored text; cached, because a stored version never changes."""
    return trial_card(stored_trial(body, f"{trial_id}.yaml", version))


@blueprint.route("/trials/<trial_id:trial_id>", methods=["PUT"])
@blueprint.guarded(*EDITOR_ROLES, problems=(400, 404, 409, 413, 415, 422))
@blueprint.doc(requestBody=TRIAL_BODY)
@blueprint.arguments(BaseQuery, location="query")
@blueprint.response(201, StoredTrialSchema)
@blueprint.alt_response(200, schema=StoredTrialSchema, description="this version was current already")
def put_version(query: dict[str, str], trial_id: str) -> tuple[dict[str, Any], int]:
    """Store a text as the trial's current version, for this site only.

    The text is checked as by the command line and its cases are run. An error or a failing case rejects the text, with
    file, line and path. Versions never change. New patients are matched against the new version, stored patients after
    a re-screen. With `base`, the request is rejected (409) if another version was stored in the meantime.
    """
    text = trial_text()
    with dependencies().database.session() as session:
        if "base" in query:
            refuse_unless_current(session, principal().site_id, trial_id, query["base"])
        checked, stored, created = store_trial(session, principal(), trial_id, text)
    card = {key: value for key, value in trial_card(stored).items() if key in HEAD_KEYS}
    return card | {
        "created": created,
        "warnings": [finding(warning) for warning in checked.warnings],
    }, 201 if created else 200


@blueprint.route("/trials/check", methods=["POST"])
@blueprint.guarded(*EDITOR_ROLES, problems=(400, 413, 415, 422))
@blueprint.doc(requestBody=TRIAL_BODY)
@blueprint.arguments(CheckQuery, location="query")
@blueprint.response(200, CheckedSchema)
def check_text(query: dict[str, str]) -> dict[str, Any]:
    """Check a text, and run its cases; nothing is stored.

    The status is 200 even if the text has errors: `faults` lists the errors that would prevent storing it, `warnings`
    what is unusual.
    """
    return checked_card(check_trial(trial_text(), query.get("trial")))


@blueprint.route("/trials/<trial_id:trial_id>/versions")
@blueprint.guarded(problems=(404,))
@blueprint.response(200, TrialVersionListSchema)
def versions(trial_id: str) -> dict[str, Any]:
    """List every version of a trial that the site had, newest first."""
    with dependencies().database.session() as session:
        found = list_versions(session, principal().site_id, trial_id)
    if not found:
        raise not_found()
    return {"versions": found}


@blueprint.route("/trials/<trial_id:trial_id>/diff")
@blueprint.guarded(problems=(404, 422))
@blueprint.arguments(DiffQuery, location="query")
@blueprint.response(200, TrialDiffSchema)
def diff(query: dict[str, Any], trial_id: str) -> dict[str, Any]:
    """Compare two versions, and list the stored patients whose verdict changes.

    `moved` covers the patients that this request examined; `next` leads to the others. A role that may not see patients
    gets only their number.
    """
    site_id, limit = principal().site_id, query["limit"]
    with dependencies().database.session() as session:
        pair = find_pair(session, site_id, trial_id, query.get("from_"), query.get("to"))
        if pair is None:
            raise not_found()
        found = preview(session, site_id, pair, limit, query.get("after"))
    older, newer = found.older.version, found.newer.version
    next_query = {"trial_id": trial_id, "from": older, "to": newer, "limit": limit, "after": found.after}
    return {
        "trial": trial_id,
        "older": older,
        "newer": newer,
        "changes": [change_card(change) for change in found.changes],
        "moved": _moved(found),
        "next": url_for("trials.diff", **next_query) if found.after else None,
    }


def _moved(found: EditPreview) -> dict[str, Any]:
    counts = {"read": found.read, "moves": moves_card(found.moves())}
    if principal().role not in CLINICAL_ROLES:
        return counts
    patients = [{"id": patient.view.patient_id, **verdict_change_card(patient.shift)} for patient in found.affected]
    return counts | {"patients": patients}


@blueprint.route("/trials/<trial_id:trial_id>/rescreen", methods=["POST"])
@blueprint.guarded(*EDITOR_ROLES, problems=(404,))
@blueprint.response(202, RescreenSchema)
def rescreen(trial_id: str) -> dict[str, Any]:
    """Re-screen: match the site's stored patients against the current version of this trial only.

    Two requests start one re-screen. Patients already matched against this version are skipped.
    """
    try:
        view = ask_for_rescreen(principal(), trial_id)
    except QueueUnavailable:
        raise unavailable(STORED_ONLY) from None
    if view is None:
        raise not_found()
    return rescreen_card(view)


@blueprint.route("/trials/<trial_id:trial_id>/rescreen")
@blueprint.guarded(problems=(404,))
@blueprint.response(200, RescreenSchema)
def rescreen_state(trial_id: str) -> dict[str, Any]:
    """Return the progress of the last re-screen of a trial, and how many patients have another verdict."""
    with dependencies().database.session() as session:
        view = last_rescreen(session, principal().site_id, trial_id)
    if view is None:
        raise not_found()
    return rescreen_card(view)
