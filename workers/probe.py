"""The cheapest task a queue can have: it reads one row and writes it. What matching costs is measured against it."""

from sqlalchemy import select, update

from storage.column_types import now
from storage.database import Database
from storage.models import PatientVersion


def touch(database: Database, patient_version_id: str) -> None:
    """Read a submission's row and write the time of now into it, in one transaction."""
    mine = PatientVersion.id == patient_version_id
    with database.session() as session:
        session.scalar(select(PatientVersion.state).where(mine))
        session.execute(update(PatientVersion).where(mine).values(matched_at=now()))
