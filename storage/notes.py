"""Notes beside the patients that were read from them: always what was read, the text only where the site keeps it."""

from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from storage.column_types import Json
from storage.models import NoteReading, Patient, PatientVersion, Site, table_of


@dataclass(frozen=True)
class StoredNote:
    """What a note says, fact by fact with the few words behind each, and the note itself."""

    reading: Json = field(repr=False)
    text: str | None = field(repr=False)


def store_note(session: Session, site_id: str, patient_version_id: str, note: StoredNote) -> None:
    """Keep what was read beside the version it made. The text stays only if the site keeps notes."""
    keep = session.scalar(select(Site.keep_notes).where(Site.id == site_id))
    row = {"patient_version_id": patient_version_id, "body": note.reading, "text": note.text if keep else None}
    session.execute(insert(table_of(NoteReading)), row)


def find_note(session: Session, site_id: str, patient_version_id: str) -> StoredNote | None:
    """The note of a version of one of the site's patients; None if it came without one."""
    wanted = (
        select(NoteReading.body, NoteReading.text)
        .join(PatientVersion, PatientVersion.id == NoteReading.patient_version_id)
        .join(Patient, Patient.id == PatientVersion.patient_id)
        .where(PatientVersion.id == patient_version_id, Patient.site_id == site_id)
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None else StoredNote(row.body, row.text)


def keep_notes(session: Session, site_id: str, keep: bool) -> int:
    """Whether the site keeps its notes from now on. Ending it erases every kept text: how many is the answer."""
    session.execute(update(Site).where(Site.id == site_id).values(keep_notes=keep))
    if keep:
        return 0
    of_site = select(PatientVersion.id).join(Patient).where(Patient.site_id == site_id)
    kept = (NoteReading.patient_version_id.in_(of_site), NoteReading.text.is_not(None))
    return len(
        session.execute(
            update(NoteReading).where(*kept).values(text=None).returning(NoteReading.patient_version_id)
        ).all()
    )
