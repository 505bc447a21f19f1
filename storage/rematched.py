"""Writing matches with one new version of a trial into results that stand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from storage.column_types import Json, now
from storage.match_queue import match_row, write_matches
from storage.models import Match, PatientVersion, TrialVersion, table_of
from storage.upsert import dialect_of


@dataclass(frozen=True)
class NewMatch:
    """A patient's match with the new version, which takes the place of the old one in the order of the result."""

    patient_version_id: str
    trial_version_pk: str
    old_pk: str | None
    match: Json


@dataclass(frozen=True)
class StandingMatch:
    """What a result needs of a match to be put in order again, and where the match stands now."""

    trial_version_pk: str
    rank: int | None
    match: Json


def still_matched(session: Session, patient_version_ids: Sequence[str], loaded_at: datetime) -> set[str]:
    """Those whose results are as they were loaded, locked and dated anew for this transaction."""
    same = (
        PatientVersion.id.in_(patient_version_ids),
        PatientVersion.state == "matched",
        PatientVersion.matched_at <= loaded_at,
    )
    dated = update(PatientVersion).where(*same).values(matched_at=now()).returning(PatientVersion.id)
    return set(session.scalars(dated))


def requeue(session: Session, patient_version_ids: Sequence[str]) -> None:
    """Let these be matched one by one, against all trials: what cannot be done together."""
    again = {"state": "queued", "queue": "batch", "attempts": 0, "sent_at": now()}
    same = (PatientVersion.id.in_(patient_version_ids), PatientVersion.state == "matched")
    session.execute(update(PatientVersion).where(*same).values(again))


def exchange(session: Session, new: Sequence[NewMatch]) -> None:
    """Write the new matches; each takes the rank of the old one, which keeps its row."""
    ranks = _ranks(session, new)
    rows = [
        match_row(one.patient_version_id, one.trial_version_pk, ranks.get(one.patient_version_id, 0), one.match)
        for one in new
    ]
    gone = [
        {"this": one.patient_version_id, "trial": one.old_pk, "at": None}
        for one in new
        if one.old_pk not in (None, one.trial_version_pk)
    ]
    if gone:
        session.connection().execute(_RANK, gone)
    if rows:
        session.execute(write_matches(dialect_of(session)), rows)


def _ranks(session: Session, new: Iterable[NewMatch]) -> dict[str, int | None]:
    by_version: dict[str, list[str]] = defaultdict(list)
    for one in new:
        if one.old_pk is not None:
            by_version[one.old_pk].append(one.patient_version_id)
    found: dict[str, int | None] = {}
    for pk, ids in by_version.items():
        wanted = select(Match.patient_version_id, Match.rank)
        mine = (Match.trial_version_id == pk, Match.patient_version_id.in_(ids))
        found.update((row.patient_version_id, row.rank) for row in session.execute(wanted.where(*mine)))
    return found


def standings(session: Session, patient_version_ids: Sequence[str]) -> dict[str, list[StandingMatch]]:
    """Of each result the matches as far as their order and the questions need them; not their reasons."""
    wanted = select(
        Match.patient_version_id, Match.trial_version_id, Match.rank, Match.verdict, Match.score,
        TrialVersion.trial_id, Match.body["status"].as_string().label("status"), Match.body["missing"].label("missing"),
    )  # fmt: skip
    mine = (Match.patient_version_id.in_(patient_version_ids), Match.rank.is_not(None))
    found: dict[str, list[StandingMatch]] = defaultdict(list)
    for row in session.execute(wanted.join(TrialVersion).where(*mine)):
        match = {
            "trial": row.trial_id, "verdict": row.verdict, "score": row.score, "status": row.status,
            "missing": row.missing,
        }  # fmt: skip
        found[row.patient_version_id].append(StandingMatch(row.trial_version_id, row.rank, match))
    return found


def headers(session: Session, patient_version_ids: Sequence[str]) -> dict[str, Json]:
    """The results without their matches."""
    wanted = select(PatientVersion.id, PatientVersion.result).where(PatientVersion.id.in_(patient_version_ids))
    return {row.id: row.result or {} for row in session.execute(wanted)}


def reorder(
    session: Session, patient_version_id: str, header: Json, before: Sequence[StandingMatch], order: Mapping[str, int]
) -> None:
    """Store a result's header and the ranks, by trial, that differ from those before."""
    session.execute(update(PatientVersion).where(PatientVersion.id == patient_version_id).values(result=header))
    changed: list[dict[str, Any]] = [
        {"this": patient_version_id, "trial": one.trial_version_pk, "at": order[one.match["trial"]]}
        for one in before
        if one.rank != order[one.match["trial"]]
    ]
    if changed:
        session.connection().execute(_RANK, changed)


_match = table_of(Match)
_RANK = (
    update(_match)
    .where(_match.c.patient_version_id == bindparam("this"), _match.c.trial_version_id == bindparam("trial"))
    .values(rank=bindparam("at"))
)
