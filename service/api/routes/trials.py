"""Trials: what a site matches its patients against, version by version."""

from functools import lru_cache
from typing import Any

from flask import url_for

from authoring.check import check_trial
from authoring.diff import change_card, shift_card
from schemas.trials.trial_file import stored_trial, trial_card
from service.actions.edit_trial import (
    EditPreview,
    ask_for_rescreen,
    find_pair,
    preview,
    refuse_unless_current,
    rescreen_card,
    store_trial,
)
from service.api.blueprint import ApiBlueprint
from service.api.payloads.general import TrialCardSchema, TrialListSchema, TrialVersionQuery
from service.api.payloads.trials import (
    BaseQuery,
    CheckedSchema,
    CheckQuery,
    DiffQuery,
    RescreenSchema,
    StoredTrialSchema,
    TrialDiffSchema,
    TrialVersionListSchema,
    checked_card,
    finding,
    moves_card,
)
from service.api.problems import WORDS, Problem, unavailable
from service.api.trial_body import BODY, trial_text
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES, EDITOR_ROLES
from storage.rescreens import last_rescreen
from storage.trials import get_trial, list_trials, list_versions
from workers.errors import QueueUnavailable

blueprint = ApiBlueprint("trials", __name__, description="Encoded trials")

HEAD = ("id", "version", "title", "phase", "status", "source", "completeness")
KEPT = "The queue does not answer. The re-screen is noted and begins when it does."


@blueprint.route("/trials")
@blueprint.guarded()
@blueprint.response(200, TrialListSchema)
def trials() -> dict[str, Any]:
    """The trials that the site matches against."""
    with dependencies().database.session() as session:
        rows = list_trials(session, principal().site_id)
    return {"trials": [_card(row.trial_id, row.body, row.version) for row in rows]}


@blueprint.route("/trials/<trial_id:trial_id>")
@blueprint.guarded(problems=(404,))
@blueprint.arguments(TrialVersionQuery, location="query")
@blueprint.response(200, TrialCardSchema)
def trial(query: dict[str, str], trial_id: str) -> dict[str, Any]:
    """A trial with its criteria in English."""
    with dependencies().database.session() as session:
        row = get_trial(session, principal().site_id, trial_id, query.get("version"))
    if row is None:
        raise Problem("not-found", WORDS[404])
    return _card(row.trial_id, row.body, row.version)


@lru_cache(maxsize=512)
def _card(trial_id: str, body: str, version: str) -> dict[str, Any]:
    """A stored text was checked when it was stored, and never changes."""
    return trial_card(stored_trial(body, f"{trial_id}.yaml", version))


@blueprint.route("/trials/<trial_id:trial_id>", methods=["PUT"])
@blueprint.guarded(*EDITOR_ROLES, problems=(400, 404, 409, 413, 415, 422))
@blueprint.doc(requestBody=BODY)
@blueprint.arguments(BaseQuery, location="query")
@blueprint.response(201, StoredTrialSchema)
@blueprint.alt_response(200, schema=StoredTrialSchema, description="this version is current already")
def put_version(query: dict[str, str], trial_id: str) -> tuple[dict[str, Any], int]:
    """Store a text as the trial's current version, of this site alone.

    It is checked as by the command line and its cases are run: a fault or a case that fails refuses it, with file, line
    and path. Versions never change; patients are matched against the new one from now on, stored ones after a
    re-screen. With `base`, a version that somebody else stored meanwhile is not replaced unseen (409).
    """
    text = trial_text()
    with dependencies().database.session() as session:
        if "base" in query:
            refuse_unless_current(session, principal().site_id, trial_id, query["base"])
        checked, stored, created = store_trial(session, principal(), trial_id, text)
    card = {key: value for key, value in trial_card(stored).items() if key in HEAD}
    return card | {"created": created, "warnings": [finding(one) for one in checked.warnings]}, 201 if created else 200


@blueprint.route("/trials/check", methods=["POST"])
@blueprint.guarded(*EDITOR_ROLES, problems=(400, 413, 415, 422))
@blueprint.doc(requestBody=BODY)
@blueprint.arguments(CheckQuery, location="query")
@blueprint.response(200, CheckedSchema)
def check_text(query: dict[str, str]) -> dict[str, Any]:
    """Say what is wrong with a text and what is odd, and run its cases; nothing is stored.

    The answer is 200 also for a trial that is at fault: `faults` says what would keep it from being stored.
    """
    return checked_card(check_trial(trial_text(), query.get("trial")))


@blueprint.route("/trials/<trial_id:trial_id>/versions")
@blueprint.guarded(problems=(404,))
@blueprint.response(200, TrialVersionListSchema)
def versions(trial_id: str) -> dict[str, Any]:
    """Every version that the site had of a trial, the newest first."""
    with dependencies().database.session() as session:
        found = list_versions(session, principal().site_id, trial_id)
    if not found:
        raise Problem("not-found", WORDS[404])
    return {"versions": found}


@blueprint.route("/trials/<trial_id:trial_id>/diff")
@blueprint.guarded(problems=(404, 422))
@blueprint.arguments(DiffQuery, location="query")
@blueprint.response(200, TrialDiffSchema)
def diff(query: dict[str, Any], trial_id: str) -> dict[str, Any]:
    """Compare two versions, and say which stored patients the change moves.

    `moved` is of the patients that this part looked at; `next` leads to the others. A role that may not see patients
    is told how many move, not who.
    """
    site_id, limit = principal().site_id, query["limit"]
    with dependencies().database.session() as session:
        pair = find_pair(session, site_id, trial_id, query.get("from_"), query.get("to"))
        if pair is None:
            raise Problem("not-found", WORDS[404])
        found = preview(session, site_id, pair, limit, query.get("after"))
    older, newer = found.older.version, found.newer.version
    further = {"trial_id": trial_id, "from": older, "to": newer, "limit": limit, "after": found.after}
    return {
        "trial": trial_id,
        "older": older,
        "newer": newer,
        "changes": [change_card(one) for one in found.changes],
        "moved": _moved(found),
        "next": url_for("trials.diff", **further) if found.after else None,
    }


def _moved(found: EditPreview) -> dict[str, Any]:
    counts = {"read": found.read, "moves": moves_card(found.moves())}
    if principal().role not in CLINICAL_ROLES:
        return counts
    return counts | {"patients": [{"id": one.view.patient_id, **shift_card(one.shift)} for one in found.moved]}


@blueprint.route("/trials/<trial_id:trial_id>/rescreen", methods=["POST"])
@blueprint.guarded(*EDITOR_ROLES, problems=(404,))
@blueprint.response(202, RescreenSchema)
def rescreen(trial_id: str) -> dict[str, Any]:
    """Match the site's stored patients against the trial's current version, and leave their other matches as they are.

    Asked for twice, it runs once. Whoever was matched with this version already is passed over.
    """
    try:
        view = ask_for_rescreen(principal(), trial_id)
    except QueueUnavailable:
        raise unavailable(KEPT) from None
    if view is None:
        raise Problem("not-found", WORDS[404])
    return rescreen_card(view)


@blueprint.route("/trials/<trial_id:trial_id>/rescreen")
@blueprint.guarded(problems=(404,))
@blueprint.response(200, RescreenSchema)
def rescreen_state(trial_id: str) -> dict[str, Any]:
    """How far the last re-screen of a trial is, and how many patients it moved."""
    with dependencies().database.session() as session:
        view = last_rescreen(session, principal().site_id, trial_id)
    if view is None:
        raise Problem("not-found", WORDS[404])
    return rescreen_card(view)
