"""Submitted patients: every version is kept until the patient is deleted."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, delete, insert, select
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.database import dialect_of, insert_in
from storage.idempotency import Idempotency, first_submission, take_key
from storage.models import Json, Patient, PatientVersion, new_id, table_of
from storage.notes import StoredNote, store_note


@dataclass(frozen=True)
class Submission:
    """A stored version of a patient. `replayed`: it was stored before, under the same Idempotency-Key."""

    patient_id: str
    version: int
    patient_version_id: str
    state: str
    replayed: bool


@dataclass(frozen=True)
class PatientView:
    """A patient's latest version; `error` is why it was parked. `summary` is None in lists."""

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
    """Store a summary, with the facts of its note, as the next version of its patient, waiting to be matched.

    Raises: IdempotencyConflict when the key was used for another request.
    """
    version_id = new_id()
    if idempotency is not None and not take_key(session, principal.site_id, idempotency, version_id):
        first = first_submission(session, principal.site_id, idempotency)
        return Submission(first.patient_id, first.number, first.id, first.state, replayed=True)
    patient_id, number = _next_version(session, principal.site_id, summary["patient_ref"])
    row = {"id": version_id, "patient_id": patient_id, "number": number, "summary": summary, "queue": queue}
    session.execute(_INSERT_VERSION, row)
    if note is not None:
        store_note(session, principal.site_id, version_id, note)
    audit.record(session, principal, "patient.submitted", patient_id)
    return Submission(patient_id, number, version_id, "queued", replayed=False)


def _next_version(session: Session, site_id: str, patient_ref: str) -> tuple[str, int]:
    """Return id and version number in one statement: two simultaneous submissions of a patient get two numbers."""
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
    """Return a patient's latest version with its summary, or None if the site has no such patient."""
    wanted = _latest(site_id).add_columns(PatientVersion.summary).where(Patient.id == patient_id)
    row = session.execute(wanted).one_or_none()
    return None if row is None else PatientView(**row._mapping)


def list_patients(session: Session, site_id: str, limit: int, after: str | None = None) -> list[PatientView]:
    """Return a page of a site's patients, without summaries, ordered by id, after the id `after`."""
    return _page(session, _latest(site_id), limit, after)


def list_summaries(session: Session, site_id: str, limit: int, after: str | None = None) -> list[PatientView]:
    """Return a page of a site's patients with summaries, ordered by id, after the id `after`."""
    return _page(session, _latest(site_id).add_columns(PatientVersion.summary), limit, after)


def _page(session: Session, wanted: Select[*tuple[Any, ...]], limit: int, after: str | None) -> list[PatientView]:
    if after is not None:
        wanted = wanted.where(Patient.id > after)
    rows = session.execute(wanted.order_by(Patient.id).limit(limit))
    return [PatientView(**row._mapping) for row in rows]


def delete_patient(session: Session, principal: Principal, patient_id: str) -> bool:
    """Delete every version and match of a patient, keep an event without patient data; False without such a patient."""
    wanted = (Patient.id == patient_id, Patient.site_id == principal.site_id)
    if session.scalar(delete(Patient).where(*wanted).returning(Patient.id)) is None:
        return False
    audit.record(session, principal, "patient.deleted", patient_id)
    return True


def _latest(site_id: str) -> Select[*tuple[Any, ...]]:
    newest = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == Patient.current_version)
    return select(*_VIEW).join_from(Patient, PatientVersion, newest).where(Patient.site_id == site_id)


_INSERT_VERSION = insert(table_of(PatientVersion))  # built once, like the other statements of every submission
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
