"""Patients as they were submitted: every version is kept until the patient is deleted."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, and_, delete, insert, select
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.column_types import Json, new_id
from storage.errors import IdempotencyConflict
from storage.models import IdempotencyKey, Patient, PatientVersion, table_of
from storage.notes import StoredNote, store_note
from storage.upsert import dialect_of, insert_in, insert_into


@dataclass(frozen=True)
class Idempotency:
    """What the client calls its request, and a hash of all that makes it this request."""

    key: str
    request_hash: str


@dataclass(frozen=True)
class Submission:
    """What was stored. `replayed`: it was stored before, under the same Idempotency-Key."""

    patient_id: str
    version: int
    patient_version_id: str
    state: str
    replayed: bool


@dataclass(frozen=True)
class PatientView:
    """A patient's latest version; `error` names why a parked one was given up. `summary` is None in lists."""

    patient_id: str
    patient_ref: str
    version: int
    patient_version_id: str
    state: str
    error: str | None
    submitted_at: datetime
    matched_at: datetime | None
    summary: Json | None = field(default=None, repr=False)


def submit(
    session: Session, principal: Principal, summary: Json, idempotency: Idempotency | None = None,
    queue: str = "interactive", note: StoredNote | None = None,
) -> Submission:  # fmt: skip
    """Store a summary, and what its note says, as the next version of its patient, waiting to be matched.

    Raises: IdempotencyConflict when the key stands for another request.
    """
    version_id = new_id()
    if idempotency is not None and not _claim(session, principal.site_id, idempotency, version_id):
        return _replay(session, principal.site_id, idempotency)
    patient_id, number = _next_version(session, principal.site_id, summary["patient_ref"])
    row = {"id": version_id, "patient_id": patient_id, "number": number, "summary": summary, "queue": queue}
    session.execute(_INSERT_VERSION, row)
    if note is not None:
        store_note(session, principal.site_id, version_id, note)
    audit.record(session, principal, "patient.submitted", patient_id)
    return Submission(patient_id, number, version_id, "queued", replayed=False)


def _claim(session: Session, site_id: str, idempotency: Idempotency, version_id: str) -> bool:
    """Take the key for a version that is about to be written; False if it was taken before."""
    row = {
        "site_id": site_id,
        "key_hash": _hash(idempotency.key),
        "request_hash": idempotency.request_hash,
        "patient_version_id": version_id,
    }
    taken = insert_into(session, IdempotencyKey).values(row).on_conflict_do_nothing()
    return session.execute(taken.returning(IdempotencyKey.site_id)).one_or_none() is not None


def _replay(session: Session, site_id: str, idempotency: Idempotency) -> Submission:
    wanted = select(IdempotencyKey.request_hash, *_SUBMITTED).join_from(IdempotencyKey, PatientVersion)
    mine = (IdempotencyKey.site_id == site_id, IdempotencyKey.key_hash == _hash(idempotency.key))
    row = session.execute(wanted.where(*mine)).one()
    if row.request_hash != idempotency.request_hash:
        raise IdempotencyConflict("this Idempotency-Key was used for another request")
    return Submission(row.patient_id, row.number, row.id, row.state, replayed=True)


def _next_version(session: Session, site_id: str, patient_ref: str) -> tuple[str, int]:
    """One statement, so that two submissions of one patient at once get two numbers."""
    first = {"id": new_id(), "site_id": site_id, "patient_ref": patient_ref, "current_version": 1}
    row = session.execute(_count_version(dialect_of(session)), first).one()
    return row.id, row.current_version


@cache
def _count_version(dialect: str) -> Any:
    table = table_of(Patient)
    counted = {"current_version": table.c.current_version + 1}
    written = insert_in(dialect, table).on_conflict_do_update(index_elements=["site_id", "patient_ref"], set_=counted)
    return written.returning(table.c.id, table.c.current_version)


def get_patient(session: Session, site_id: str, patient_id: str) -> PatientView | None:
    """A patient's latest version with its summary; None if the site has no such patient."""
    wanted = _latest(site_id).add_columns(PatientVersion.summary).where(Patient.id == patient_id)
    row = session.execute(wanted).one_or_none()
    return None if row is None else PatientView(**row._mapping)


def list_patients(session: Session, site_id: str, limit: int, after: str | None = None) -> list[PatientView]:
    """A page of a site's patients, without summaries, in the order of their ids, from the id `after` on."""
    wanted = _latest(site_id).order_by(Patient.id).limit(limit)
    if after is not None:
        wanted = wanted.where(Patient.id > after)
    return [PatientView(**row._mapping) for row in session.execute(wanted)]


def summaries_of(session: Session, site_id: str, limit: int, after: str | None = None) -> list[PatientView]:
    """The same with summaries."""
    wanted = _latest(site_id).add_columns(PatientVersion.summary).order_by(Patient.id).limit(limit)
    if after is not None:
        wanted = wanted.where(Patient.id > after)
    return [PatientView(**row._mapping) for row in session.execute(wanted)]


def delete_patient(session: Session, principal: Principal, patient_id: str) -> bool:
    """Delete every version and match of a patient; an event without patient data stays. False if there is none."""
    mine = (Patient.id == patient_id, Patient.site_id == principal.site_id)
    if session.scalar(delete(Patient).where(*mine).returning(Patient.id)) is None:
        return False
    audit.record(session, principal, "patient.deleted", patient_id)
    return True


def _latest(site_id: str) -> Select[*tuple[Any, ...]]:
    newest = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == Patient.current_version)
    return select(*_VIEW).join_from(Patient, PatientVersion, newest).where(Patient.site_id == site_id)


def _hash(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


_INSERT_VERSION = insert(table_of(PatientVersion))  # built once, like the other statements of every submission
_SUBMITTED = (PatientVersion.id, PatientVersion.patient_id, PatientVersion.number, PatientVersion.state)
_VIEW = (
    Patient.id.label("patient_id"),
    Patient.patient_ref,
    PatientVersion.number.label("version"),
    PatientVersion.id.label("patient_version_id"),
    PatientVersion.state,
    PatientVersion.error,
    PatientVersion.submitted_at,
    PatientVersion.matched_at,
)
