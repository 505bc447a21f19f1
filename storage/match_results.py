"""Results of matching: stored once per submission, read, and updated for one new version of a trial."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.orm import Session

from storage.database import dialect_of, insert_in
from storage.models import Json, Match, Patient, PatientVersion, TrialVersion, now, table_of


@dataclass(frozen=True)
class NewMatch:
    """A patient's match with the new version of a trial, which replaces the old match in the order of the result."""

    patient_version_id: str
    trial_version_pk: str
    old_pk: str | None
    match: Json


@dataclass(frozen=True)
class RankedMatch:
    """The parts of a match that a result needs to rank it, and its current rank."""

    trial_version_pk: str
    rank: int | None
    match: Json


def record_result(
    session: Session, patient_version_id: str, result: Json, versions: Mapping[str, str], screened_before: bool = True
) -> bool:
    """Store a result; `versions` maps each trial id in it to its trial version key.

    Return False, and write nothing, if another task was first or the patient was deleted meanwhile.
    """
    header = {key: value for key, value in result.items() if key != "matches"}
    taken = session.execute(_TAKE, {"this": patient_version_id, "at": now(), "header": header})
    if taken.one_or_none() is None:
        return False
    if screened_before:
        session.execute(update(Match).where(Match.patient_version_id == patient_version_id).values(rank=None))
    matches = enumerate(result["matches"])
    rows = [match_row(patient_version_id, versions[match["trial"]], rank, match) for rank, match in matches]
    if rows:
        session.execute(upsert_matches(dialect_of(session)), rows)
    return True


def get_result(session: Session, site_id: str, patient_id: str, version: int | None = None) -> dict[str, Any] | None:
    """Return the last result of a patient, with state, version, error and matched_at.

    A waiting submission has the matches of its last screening, if any. None if the site has no such patient or version.
    """
    number = Patient.current_version if version is None else version
    same = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == number)
    wanted = select(Patient.patient_ref, PatientVersion).join_from(Patient, PatientVersion, same)
    row = session.execute(wanted.where(Patient.id == patient_id, Patient.site_id == site_id)).one_or_none()
    if row is None:
        return None
    stored: PatientVersion = row.PatientVersion
    ranked = select(Match.body).where(Match.patient_version_id == stored.id, Match.rank.is_not(None))
    header = stored.result or {"patient": row.patient_ref, "ask_next": [], "contradictions": []}
    return header | {
        "matches": list(session.scalars(ranked.order_by(Match.rank))),
        "state": stored.state,
        "version": stored.number,
        "error": stored.error,
        "matched_at": stored.matched_at,
    }


@cache
def upsert_matches(dialect: str) -> Insert:
    """Return the statement that stores matches, or replaces stored matches with the same trial version."""
    written = insert_in(dialect, table_of(Match))
    fresh = {name: written.excluded[name] for name in ("verdict", "score", "rank", "body")}
    return written.on_conflict_do_update(index_elements=["patient_version_id", "trial_version_id"], set_=fresh)


def match_row(patient_version_id: str, trial_version_id: str, rank: int | None, match: Json) -> Json:
    """Return a match of a result as a row."""
    return {
        "patient_version_id": patient_version_id,
        "trial_version_id": trial_version_id,
        "verdict": match["verdict"],
        "score": match["score"],
        "rank": rank,
        "body": match,
    }


def lock_unchanged(session: Session, patient_version_ids: Sequence[str], loaded_at: datetime) -> set[str]:
    """Lock the results that did not change since `loaded_at`, set their time of matching, and return their ids."""
    same = (
        PatientVersion.id.in_(patient_version_ids),
        PatientVersion.state == "matched",
        PatientVersion.matched_at <= loaded_at,
    )
    dated = update(PatientVersion).where(*same).values(matched_at=now()).returning(PatientVersion.id)
    return set(session.scalars(dated))


def replace_matches(session: Session, new: Sequence[NewMatch]) -> None:
    """Write the new matches; each takes the rank of the old match, whose row stays without a rank."""
    ranks = _ranks(session, new)
    rows = [
        match_row(match.patient_version_id, match.trial_version_pk, ranks.get(match.patient_version_id, 0), match.match)
        for match in new
    ]
    replaced = [
        {"this": match.patient_version_id, "trial": match.old_pk, "at": None}
        for match in new
        if match.old_pk not in (None, match.trial_version_pk)
    ]
    if replaced:
        session.connection().execute(_RANK, replaced)
    if rows:
        session.execute(upsert_matches(dialect_of(session)), rows)


def _ranks(session: Session, new: Iterable[NewMatch]) -> dict[str, int | None]:
    """Return the ranks of the old matches by patient version."""
    by_version: dict[str, list[str]] = defaultdict(list)
    for match in new:
        if match.old_pk is not None:
            by_version[match.old_pk].append(match.patient_version_id)
    ranks: dict[str, int | None] = {}
    for pk, ids in by_version.items():
        wanted = select(Match.patient_version_id, Match.rank)
        wanted = wanted.where(Match.trial_version_id == pk, Match.patient_version_id.in_(ids))
        ranks.update((row.patient_version_id, row.rank) for row in session.execute(wanted))
    return ranks


def ranked_matches(session: Session, patient_version_ids: Sequence[str]) -> dict[str, list[RankedMatch]]:
    """Return the matches of each result, reduced to what ranking and questions need; reasons are not read."""
    wanted = select(
        Match.patient_version_id, Match.trial_version_id, Match.rank, Match.verdict, Match.score,
        TrialVersion.trial_id, Match.body["status"].as_string().label("status"), Match.body["missing"].label("missing"),
    )  # fmt: skip
    ranked = (Match.patient_version_id.in_(patient_version_ids), Match.rank.is_not(None))
    matches: dict[str, list[RankedMatch]] = defaultdict(list)
    for row in session.execute(wanted.join(TrialVersion).where(*ranked)):
        match = {
            "trial": row.trial_id, "verdict": row.verdict, "score": row.score, "status": row.status,
            "missing": row.missing,
        }  # fmt: skip
        matches[row.patient_version_id].append(RankedMatch(row.trial_version_id, row.rank, match))
    return matches


def result_headers(session: Session, patient_version_ids: Sequence[str]) -> dict[str, Json]:
    """Return the results without their matches."""
    wanted = select(PatientVersion.id, PatientVersion.result).where(PatientVersion.id.in_(patient_version_ids))
    return {row.id: row.result or {} for row in session.execute(wanted)}


def store_ranks(
    session: Session, patient_version_id: str, header: Json, before: Sequence[RankedMatch], order: Mapping[str, int]
) -> None:
    """Store the header of a result, and the ranks of the trials whose rank in `order` differs from `before`."""
    session.execute(update(PatientVersion).where(PatientVersion.id == patient_version_id).values(result=header))
    changed: list[dict[str, Any]] = [
        {"this": patient_version_id, "trial": ranked.trial_version_pk, "at": order[ranked.match["trial"]]}
        for ranked in before
        if ranked.rank != order[ranked.match["trial"]]
    ]
    if changed:
        session.connection().execute(_RANK, changed)


# Built once: building these took longer than the database takes to run them.
_version, _match = table_of(PatientVersion), table_of(Match)
_TAKE = (
    update(_version)
    .where(_version.c.id == bindparam("this"), _version.c.state == "queued")
    .values(state="matched", matched_at=bindparam("at"), result=bindparam("header"), error=None)
    .returning(_version.c.id)
)
_RANK = (
    update(_match)
    .where(_match.c.patient_version_id == bindparam("this"), _match.c.trial_version_id == bindparam("trial"))
    .values(rank=bindparam("at"))
)
