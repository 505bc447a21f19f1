"""Re-screens of one trial: requested, worked off block by block, finished, parked when a block is lost too often."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.attempts import begin_attempt
from storage.database import insert_into
from storage.models import Json, Match, Patient, PatientVersion, Rescreen, SiteTrial, TrialVersion, now
from storage.trials import get_trial


@dataclass(frozen=True)
class RescreenView:
    """The progress of a re-screen. `moves` counts patients by their old and new verdict: `possible>eligible`."""

    rescreen_id: str
    trial_id: str
    version: str
    state: str
    patients: int
    seen: int
    moves: dict[str, int]
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class RescreenCandidate:
    """A patient to match again, with the trial version of the last match, and that match."""

    patient_version_id: str
    patient_ref: str
    summary: Json = field(repr=False)
    old_pk: str | None
    old_match: Json | None = field(repr=False)


@dataclass(frozen=True)
class RescreenBlock:
    """The next patients of a re-screen. `seen` also counts the patients that need no new match."""

    rescreen_id: str
    site_id: str
    cursor: str
    next_cursor: str
    seen: int
    moves: dict[str, int]
    loaded_at: datetime
    candidates: tuple[RescreenCandidate, ...]


def request_rescreen(session: Session, principal: Principal, trial_id: str) -> RescreenView | None:
    """Request a match of the site's patients with the trial's current version; return None without such a trial.

    A running re-screen continues. An ended re-screen starts over and skips patients already matched with that version.
    """
    trial = get_trial(session, principal.site_id, trial_id)
    if trial is None:
        return None
    patients = select(func.count()).select_from(Patient).where(Patient.site_id == principal.site_id)
    at = now()
    fresh: dict[str, Any] = {
        "state": "running", "cursor": "", "patients": session.scalar(patients) or 0, "seen": 0, "moves": {},
        "attempts": 0, "error": None, "requested_at": at, "sent_at": at, "finished_at": None,
    }  # fmt: skip
    requested = insert_into(session, Rescreen)
    requested = requested.values(fresh | {"trial_version_id": trial.trial_version_pk, "site_id": principal.site_id})
    ended = Rescreen.state != "running"
    session.execute(requested.on_conflict_do_update(index_elements=["trial_version_id"], set_=fresh, where=ended))
    audit.record(session, principal, "trial.rescreened", trial_id)
    return last_rescreen(session, principal.site_id, trial_id)


def last_rescreen(session: Session, site_id: str, trial_id: str) -> RescreenView | None:
    """Return the most recently requested re-screen of this trial."""
    of_trial = (Rescreen.site_id == site_id, TrialVersion.trial_id == trial_id)
    wanted = select(Rescreen, TrialVersion.trial_id, TrialVersion.version).join(TrialVersion)
    row = session.execute(wanted.where(*of_trial).order_by(Rescreen.requested_at.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    stored: Rescreen = row.Rescreen
    session.refresh(stored)
    return RescreenView(
        stored.trial_version_id, row.trial_id, row.version, stored.state, stored.patients, stored.seen, stored.moves,
        stored.requested_at, stored.finished_at,
    )  # fmt: skip


def load_block(session: Session, rescreen_id: str, size: int) -> RescreenBlock | None:
    """Return the next patients, or None when the re-screen ended or was overtaken by another version of the trial."""
    stored = session.execute(select(Rescreen).where(*_runs(rescreen_id))).scalar_one_or_none()
    if stored is None or not _is_current(session, rescreen_id):
        end_rescreen(session, rescreen_id, "overtaken")
        return None
    at = now()
    pks = _versions(session, rescreen_id)
    rows = session.execute(_candidates(stored.site_id, pks, stored.cursor).limit(size)).all()
    candidates = tuple(RescreenCandidate(*row[1:]) for row in rows if row.old_pk != rescreen_id)
    cursor = rows[-1].patient_id if rows else stored.cursor
    return RescreenBlock(
        rescreen_id, stored.site_id, stored.cursor, cursor, len(rows), dict(stored.moves), at, candidates
    )


def complete_block(session: Session, block: RescreenBlock, moves: dict[str, int]) -> bool:
    """Complete a block in this transaction; False if another task was first, and then nothing may be written."""
    moved = {
        "cursor": block.next_cursor,
        "seen": Rescreen.seen + block.seen,
        "moves": moves,
        "sent_at": now(),
        "attempts": 0,
    }
    same = (*_runs(block.rescreen_id), Rescreen.cursor == block.cursor)
    return session.scalar(update(Rescreen).where(*same).values(moved).returning(Rescreen.site_id)) is not None


def finish_rescreen(session: Session, block: RescreenBlock) -> bool:
    """End a re-screen that has reached the last patient, or start another pass; False if it has more to do now.

    A patient who was being matched meanwhile may have been matched with the old version: another pass catches these.
    Submissions that waited when the re-screen was requested may still be matched with it: their end is awaited.
    """
    missed = _candidates(block.site_id, _versions(session, block.rescreen_id), "").where(
        or_(Match.trial_version_id.is_(None), Match.trial_version_id != block.rescreen_id)
    )
    if session.execute(missed.limit(1)).first() is not None:
        again = {"cursor": "", "seen": 0, "sent_at": now(), "attempts": 0}
        session.execute(update(Rescreen).where(*_runs(block.rescreen_id)).values(again))
        return False
    requested = select(Rescreen.requested_at).where(Rescreen.trial_version_id == block.rescreen_id).scalar_subquery()
    newest = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == Patient.current_version)
    waits = select(PatientVersion.id).join(Patient, newest)
    waits = waits.where(Patient.site_id == block.site_id, PatientVersion.state == "queued")
    if session.execute(waits.where(PatientVersion.sent_at < requested).limit(1)).first() is not None:
        later = {"sent_at": now(), "attempts": 0}
        session.execute(update(Rescreen).where(*_runs(block.rescreen_id)).values(later))
        return True
    end_rescreen(session, block.rescreen_id, "done")
    return True


def end_rescreen(session: Session, rescreen_id: str, state: str, error: str | None = None) -> None:
    """End a running re-screen in this state."""
    over = {"state": state, "error": error, "finished_at": now()}
    session.execute(update(Rescreen).where(*_runs(rescreen_id)).values(over))


def stale_rescreens(session: Session, older_than: float) -> list[str]:
    """Return running re-screens that completed no block for `older_than` seconds."""
    before = now() - timedelta(seconds=older_than)
    wanted = select(Rescreen.trial_version_id).where(Rescreen.state == "running", Rescreen.sent_at < before)
    return list(session.scalars(wanted.order_by(Rescreen.sent_at)))


def mark_rescreen_sent(session: Session, rescreen_id: str) -> None:
    """Note that the id of a re-screen was sent to the queue now."""
    session.execute(update(Rescreen).where(*_runs(rescreen_id)).values(sent_at=now()))


def begin_block(session: Session, rescreen_id: str, max_attempts: int) -> None:
    """Count an attempt at the next block, or park the re-screen if the block had all its attempts.

    Completing a block sets its attempts to 0.
    """
    counted = begin_attempt(Rescreen, max_attempts, "running", "parked")
    session.execute(update(Rescreen).where(*_runs(rescreen_id)).values(counted))


def _runs(rescreen_id: str) -> tuple[Any, Any]:
    return Rescreen.trial_version_id == rescreen_id, Rescreen.state == "running"


def _is_current(session: Session, trial_version_id: str) -> bool:
    same = and_(
        SiteTrial.site_id == TrialVersion.site_id,
        SiteTrial.trial_id == TrialVersion.trial_id,
        SiteTrial.current_version == TrialVersion.version,
    )
    current = select(TrialVersion.id).join(SiteTrial, same).where(TrialVersion.id == trial_version_id)
    return session.scalar(current) is not None


def _versions(session: Session, trial_version_id: str) -> list[str]:
    """Return the keys of every version of the same trial at the same site."""
    this = select(TrialVersion.site_id, TrialVersion.trial_id).where(TrialVersion.id == trial_version_id).subquery()
    same = and_(TrialVersion.site_id == this.c.site_id, TrialVersion.trial_id == this.c.trial_id)
    return list(session.scalars(select(TrialVersion.id).join(this, same)))


def _candidates(site_id: str, trial_version_pks: list[str], after: str) -> Any:
    """Select the site's matched patients after the patient `after`, each with its last match of the trial, if any."""
    newest = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == Patient.current_version)
    last = and_(
        Match.patient_version_id == PatientVersion.id,
        Match.rank.is_not(None),
        Match.trial_version_id.in_(trial_version_pks),
    )
    wanted = select(
        Patient.id.label("patient_id"), PatientVersion.id, Patient.patient_ref, PatientVersion.summary,
        Match.trial_version_id.label("old_pk"), Match.body,
    )  # fmt: skip
    joined = wanted.select_from(Patient).join(PatientVersion, newest).outerjoin(Match, last)
    matched = (Patient.site_id == site_id, Patient.id > after, PatientVersion.state == "matched")
    return joined.where(*matched).order_by(Patient.id)
