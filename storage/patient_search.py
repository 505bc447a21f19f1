"""Search of patients by reference, verdict or missing fact, and the versions of a patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, and_, cast, func, select
from sqlalchemy.orm import Session

from storage.models import Match, Patient, PatientVersion, SiteTrial, TrialVersion

PAGE_SIZE = 25
"""Patients per page of the list."""


@dataclass(frozen=True)
class PatientFilter:
    """A search; empty fields are not searched for. `fact` is the path of a missing fact."""

    reference: str = ""
    trial: str = ""
    verdict: str = ""
    fact: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.reference or self.trial or self.verdict or self.fact)


@dataclass(frozen=True)
class PatientListItem:
    """A patient in the list, with the number of trials per verdict."""

    patient_id: str
    patient_ref: str
    version: int
    state: str
    submitted_at: datetime
    verdicts: Mapping[str, int]


@dataclass(frozen=True)
class PastVersion:
    """One version of a patient."""

    number: int
    state: str
    submitted_at: datetime
    matched_at: datetime | None


def search_patients(
    session: Session, site_id: str, wanted: PatientFilter, page: int = 0
) -> tuple[list[PatientListItem], int]:
    """Return one page of the site's patients, last submitted first, and the total number of patients found."""
    matching = _matching(site_id, wanted)
    total = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    ordered = (
        matching.order_by(PatientVersion.submitted_at.desc(), Patient.id).limit(PAGE_SIZE).offset(page * PAGE_SIZE)
    )
    rows = session.execute(ordered).all()
    counted = _verdicts(session, [row.version_id for row in rows])
    listed = [
        PatientListItem(
            row.id, row.patient_ref, row.number, row.state, row.submitted_at, counted.get(row.version_id, {})
        )
        for row in rows
    ]
    return listed, total


def _matching(site_id: str, wanted: PatientFilter) -> Select[*tuple[Any, ...]]:
    newest = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == Patient.current_version)
    columns = (Patient.id, Patient.patient_ref, PatientVersion.id.label("version_id"), PatientVersion.number)
    matching = select(*columns, PatientVersion.state, PatientVersion.submitted_at).join_from(
        Patient, PatientVersion, newest
    )
    matching = matching.where(Patient.site_id == site_id)
    if wanted.reference:
        matching = matching.where(Patient.patient_ref.icontains(wanted.reference, autoescape=True))
    if wanted.fact:
        # The path as spelled in the stored JSON on both databases: storage.database writes JSON without spaces.
        missing = cast(PatientVersion.result, Text).contains(f'"fact":"{wanted.fact}"', autoescape=True)
        matching = matching.where(missing)
    if wanted.trial or wanted.verdict:
        matching = matching.where(_match(wanted).exists())
    return matching


def _match(wanted: PatientFilter) -> Select[*tuple[Any, ...]]:
    match = select(Match.verdict).where(Match.patient_version_id == PatientVersion.id, Match.rank.is_not(None))
    if wanted.trial:
        match = match.where(Match.trial_version_id == TrialVersion.id, TrialVersion.trial_id == wanted.trial)
    return match.where(Match.verdict == wanted.verdict) if wanted.verdict else match


def _verdicts(session: Session, version_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    listed = (Match.patient_version_id.in_(version_ids), Match.rank.is_not(None))
    wanted = select(Match.patient_version_id, Match.verdict, func.count().label("trials")).where(*listed)
    for row in session.execute(wanted.group_by(Match.patient_version_id, Match.verdict)):
        counts.setdefault(row.patient_version_id, {})[row.verdict] = row.trials
    return counts


def versions_of(session: Session, site_id: str, patient_id: str) -> list[PastVersion]:
    """Return every version of a patient, newest first; empty if the site has no such patient."""
    columns = (PatientVersion.number, PatientVersion.state, PatientVersion.submitted_at, PatientVersion.matched_at)
    of_patient = (Patient.id == patient_id, Patient.site_id == site_id)
    wanted = (
        select(*columns).join_from(Patient, PatientVersion).where(*of_patient).order_by(PatientVersion.number.desc())
    )
    return [PastVersion(*row) for row in session.execute(wanted)]


def summary_of_version(session: Session, site_id: str, patient_id: str, version: int) -> dict[str, Any] | None:
    """Return the summary of one version, or None if the site has no such patient or version."""
    of_version = (Patient.id == patient_id, Patient.site_id == site_id, PatientVersion.number == version)
    return session.scalar(select(PatientVersion.summary).join_from(Patient, PatientVersion).where(*of_version))


def verdicts_before(session: Session, site_id: str, patient_id: str, version: int) -> dict[str, str]:
    """Return the verdicts of the previous version by trial; for version 1, its verdicts before its last screening."""
    ranked = _past_verdicts(site_id, patient_id, version - 1).where(Match.rank.is_not(None))
    superseded = _past_verdicts(site_id, patient_id, version).where(Match.rank.is_(None))
    return {row.trial_id: row.verdict for row in session.execute(ranked if version > 1 else superseded)}


def _past_verdicts(site_id: str, patient_id: str, version: int) -> Select[*tuple[Any, ...]]:
    of_version = (Patient.id == patient_id, Patient.site_id == site_id, PatientVersion.number == version)
    verdicts = select(TrialVersion.trial_id, Match.verdict).join_from(Match, TrialVersion)
    joined = verdicts.join(PatientVersion, Match.patient_version_id == PatientVersion.id).join(Patient)
    return joined.where(*of_version)


def trial_ids(session: Session, site_id: str) -> list[str]:
    """Return the trials by which patients may be filtered."""
    current = (SiteTrial.site_id == site_id, SiteTrial.current_version.is_not(None))
    return list(session.scalars(select(SiteTrial.trial_id).where(*current).order_by(SiteTrial.trial_id)))
