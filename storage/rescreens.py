"""Re-screens as the database sees them: asked for, worked off block by block, done."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.column_types import Json, now
from storage.match_queue import LOST
from storage.models import Match, Patient, PatientVersion, Rescreen, SiteTrial, TrialVersion
from storage.trials import get_trial
from storage.upsert import insert_into


@dataclass(frozen=True)
class RescreenView:
    """How far a re-screen is. `moves` counts patients by the verdicts before and after: `possible>eligible`."""

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
    """A patient to match anew, with the key of the version that matched it last, and that match."""

    patient_version_id: str
    patient_ref: str
    summary: Json = field(repr=False)
    old_pk: str | None
    old_match: Json | None = field(repr=False)


@dataclass(frozen=True)
class RescreenBlock:
    """The next patients of a re-screen. `upto` is where the cursor will stand; `seen` counts those passed over too."""

    rescreen_id: str
    site_id: str
    cursor: str
    upto: str
    seen: int
    moves: dict[str, int]
    loaded_at: datetime
    candidates: tuple[RescreenCandidate, ...]


def request_rescreen(session: Session, principal: Principal, trial_id: str) -> RescreenView | None:
    """Note that the site's patients are to be matched against the trial's current version; None without such a trial.

    One that runs goes on; one that ended begins again, and passes over whoever has been matched with that version.
    """
    trial = get_trial(session, principal.site_id, trial_id)
    if trial is None:
        return None
    mine = select(func.count()).select_from(Patient).where(Patient.site_id == principal.site_id)
    at = now()
    fresh: dict[str, Any] = {
        "state": "running", "cursor": "", "patients": session.scalar(mine) or 0, "seen": 0, "moves": {}, "attempts": 0,
        "error": None, "requested_at": at, "sent_at": at, "finished_at": None,
    }  # fmt: skip
    asked = insert_into(session, Rescreen)
    asked = asked.values(fresh | {"trial_version_id": trial.trial_version_pk, "site_id": principal.site_id})
    ended = Rescreen.state != "running"
    session.execute(asked.on_conflict_do_update(index_elements=["trial_version_id"], set_=fresh, where=ended))
    audit.record(session, principal, "trial.rescreened", trial_id)
    return last_rescreen(session, principal.site_id, trial_id)


def last_rescreen(session: Session, site_id: str, trial_id: str) -> RescreenView | None:
    """The re-screen of this trial that was asked for last."""
    mine = (Rescreen.site_id == site_id, TrialVersion.trial_id == trial_id)
    wanted = select(Rescreen, TrialVersion.trial_id, TrialVersion.version).join(TrialVersion)
    row = session.execute(wanted.where(*mine).order_by(Rescreen.requested_at.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    one: Rescreen = row.Rescreen
    session.refresh(one)
    return RescreenView(
        one.trial_version_id, row.trial_id, row.version, one.state, one.patients, one.seen, one.moves,
        one.requested_at, one.finished_at,
    )  # fmt: skip


def load_block(session: Session, rescreen_id: str, size: int) -> RescreenBlock | None:
    """The next patients; None when nothing is to be done: it ended, or another version has taken its place."""
    one = session.execute(select(Rescreen).where(*_runs(rescreen_id))).scalar_one_or_none()
    if one is None or not _is_current(session, rescreen_id):
        end(session, rescreen_id, "overtaken")
        return None
    at = now()
    pks = _versions(session, rescreen_id)
    rows = session.execute(_candidates(one.site_id, pks, one.cursor).limit(size)).all()
    wanted = tuple(RescreenCandidate(*row[1:]) for row in rows if row.old_pk != rescreen_id)
    upto = rows[-1].patient_id if rows else one.cursor
    return RescreenBlock(rescreen_id, one.site_id, one.cursor, upto, len(rows), dict(one.moves), at, wanted)


def advance(session: Session, block: RescreenBlock, moves: dict[str, int]) -> bool:
    """Take a block for this transaction; False if another task was first, and then nothing may be written."""
    ahead = {"cursor": block.upto, "seen": Rescreen.seen + block.seen, "moves": moves, "sent_at": now(), "attempts": 0}
    mine = (*_runs(block.rescreen_id), Rescreen.cursor == block.cursor)
    return session.scalar(update(Rescreen).where(*mine).values(ahead).returning(Rescreen.site_id)) is not None


def finish(session: Session, block: RescreenBlock) -> bool:
    """End a re-screen that has come to the last patient, or send it round again; False if it is to go on at once.

    Whoever was being matched while it passed may have met the old version: those it goes back for. Submissions that
    already waited when it was asked for may still meet it, and are waited out.
    """
    missed = _candidates(block.site_id, _versions(session, block.rescreen_id), "").where(
        or_(Match.trial_version_id.is_(None), Match.trial_version_id != block.rescreen_id)
    )
    if session.execute(missed.limit(1)).first() is not None:
        again = {"cursor": "", "seen": 0, "sent_at": now(), "attempts": 0}
        session.execute(update(Rescreen).where(*_runs(block.rescreen_id)).values(again))
        return False
    asked = select(Rescreen.requested_at).where(Rescreen.trial_version_id == block.rescreen_id).scalar_subquery()
    newest = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == Patient.current_version)
    waits = select(PatientVersion.id).join(Patient, newest)
    waits = waits.where(Patient.site_id == block.site_id, PatientVersion.state == "queued")
    if session.execute(waits.where(PatientVersion.sent_at < asked).limit(1)).first() is not None:
        later = {"sent_at": now(), "attempts": 0}
        session.execute(update(Rescreen).where(*_runs(block.rescreen_id)).values(later))
        return True
    end(session, block.rescreen_id, "done")
    return True


def end(session: Session, rescreen_id: str, state: str, error: str | None = None) -> None:
    """Let a running re-screen be over."""
    over = {"state": state, "error": error, "finished_at": now()}
    session.execute(update(Rescreen).where(*_runs(rescreen_id)).values(over))


def stale_rescreens(session: Session, older_than: float) -> list[str]:
    """Re-screens that run and of which no block was done for so many seconds."""
    before = now() - timedelta(seconds=older_than)
    wanted = select(Rescreen.trial_version_id).where(Rescreen.state == "running", Rescreen.sent_at < before)
    return list(session.scalars(wanted.order_by(Rescreen.sent_at)))


def mark_rescreen_sent(session: Session, rescreen_id: str) -> None:
    """Note that its id went to the queue now."""
    session.execute(update(Rescreen).where(*_runs(rescreen_id)).values(sent_at=now()))


def begin_block(session: Session, rescreen_id: str, max_attempts: int) -> None:
    """Count an attempt at the next block, which its end takes back; park the re-screen if it would be one too many.

    Counted before the work: a block that ends its process each time could not note so itself.
    """
    too_many = Rescreen.attempts >= max_attempts
    counted = {
        "attempts": Rescreen.attempts + 1,
        "state": case((too_many, "parked"), else_="running"),
        "error": case((too_many, LOST), else_=None),
    }
    session.execute(update(Rescreen).where(*_runs(rescreen_id)).values(counted))


def _runs(rescreen_id: str) -> tuple[Any, Any]:
    return Rescreen.trial_version_id == rescreen_id, Rescreen.state == "running"


def _is_current(session: Session, trial_version_id: str) -> bool:
    same = and_(
        SiteTrial.site_id == TrialVersion.site_id,
        SiteTrial.trial_id == TrialVersion.trial_id,
        SiteTrial.current_version == TrialVersion.version,
    )
    found = select(TrialVersion.id).join(SiteTrial, same).where(TrialVersion.id == trial_version_id)
    return session.scalar(found) is not None


def _versions(session: Session, trial_version_id: str) -> list[str]:
    """The keys of every version of the same trial at the same site."""
    this = select(TrialVersion.site_id, TrialVersion.trial_id).where(TrialVersion.id == trial_version_id).subquery()
    same = and_(TrialVersion.site_id == this.c.site_id, TrialVersion.trial_id == this.c.trial_id)
    return list(session.scalars(select(TrialVersion.id).join(this, same)))


def _candidates(site_id: str, trial_version_pks: list[str], after: str) -> Any:
    """The site's matched patients behind this one, each with its last match of the trial, if it has one."""
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
    mine = (Patient.site_id == site_id, Patient.id > after, PatientVersion.state == "matched")
    return joined.where(*mine).order_by(Patient.id)
