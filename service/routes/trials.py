"""Trials: what a site matches its patients against."""

from functools import lru_cache
from typing import Any

from schemas.payloads import TrialCardSchema, TrialListSchema, TrialVersionQuery
from schemas.trial import stored_trial, trial_card
from service.authentication import principal
from service.blueprint import Blueprint
from service.parts import parts
from service.problems import WORDS, Problem
from storage.trials import get_trial, list_trials

blueprint = Blueprint("trials", __name__, description="Encoded trials")


@blueprint.route("/trials")
@blueprint.guarded()
@blueprint.response(200, TrialListSchema)
def trials() -> dict[str, Any]:
    """The trials that the site matches against."""
    with parts().database.session() as session:
        rows = list_trials(session, principal().site_id)
    return {"trials": [_card(row.trial_id, row.body) for row in rows]}


@blueprint.route("/trials/<trial_id:trial_id>")
@blueprint.guarded(problems=(404,))
@blueprint.arguments(TrialVersionQuery, location="query")
@blueprint.response(200, TrialCardSchema)
def trial(query: dict[str, str], trial_id: str) -> dict[str, Any]:
    """A trial with its criteria in English."""
    with parts().database.session() as session:
        row = get_trial(session, principal().site_id, trial_id, query.get("version"))
    if row is None:
        raise Problem("not-found", WORDS[404])
    return _card(row.trial_id, row.body)


@lru_cache(maxsize=512)
def _card(trial_id: str, body: str) -> dict[str, Any]:
    """A stored text was checked when it was stored, and never changes."""
    return trial_card(stored_trial(body, f"{trial_id}.yaml"))
