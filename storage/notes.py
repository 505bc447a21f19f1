"""Notes of patient versions: the facts read from each note always, its text only where the site keeps notes."""

from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from storage.models import Json, NoteReading, Patient, PatientVersion, Site, table_of


@dataclass(frozen=True)
class StoredNote:
    """The facts read from a note, each with its evidence, and the text of the note."""

    reading: Json = field(repr=False)
    text: str | None = field(repr=False)


def store_note(session: Session, site_id: str, patient_version_id: str, note: StoredNote) -> None:
    """Store the facts read from a note with the version they made; store the text only if the site keeps notes."""
    keep = session.scalar(select(Site.keep_notes).where(Site.id == site_id))
    row = {"patient_version_id": patient_version_id, "body": note.reading, "text": note.text if keep else None}
    session.execute(insert(table_of(NoteReading)), row)


def find_note(session: Session, site_id: str, patient_version_id: str) -> StoredNote | None:
    """Return the note of a version of one of the site's patients, or None if it was submitted without a note."""
    wanted = (
        select(NoteReading.body, NoteReading.text)
        .join(PatientVersion, PatientVersion.id == NoteReading.patient_version_id)
        .join(Patient, Patient.id == PatientVersion.patient_id)
        .where(PatientVersion.id == patient_version_id, Patient.site_id == site_id)
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None else StoredNote(row.body, row.text)


def set_note_retention(session: Session, site_id: str, keep: bool) -> int:
    """Set whether the site keeps the text of notes from now on; return how many kept texts were erased."""
    session.execute(update(Site).where(Site.id == site_id).values(keep_notes=keep))
    if keep:
        return 0
    of_site = select(PatientVersion.id).join(Patient).where(Patient.site_id == site_id)
    kept = (NoteReading.patient_version_id.in_(of_site), NoteReading.text.is_not(None))
    erased = update(NoteReading).where(*kept).values(text=None).returning(NoteReading.patient_version_id)
    return len(session.execute(erased).all())
