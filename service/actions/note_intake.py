"""Note intake: reject identifiers, extract facts, merge them with the structured facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extraction.extract import NOTICE, Extraction, extract
from extraction.identifiers import refuse_identifiers
from extraction.merge import mark_used, merge_note, without_contradictions
from extraction.note_text import check_note
from schemas.inputs.faults import Fault, InputError
from schemas.summary.quantity import is_year
from storage.notes import StoredNote

NOTE_KEYS = ("note", "deidentified", "as_of")
"""Keys of a request that only reads a note."""

INTAKE_KEYS = (*NOTE_KEYS, "decided")
"""Keys of a submission that belong to its note."""

ASSERTION = "send true to confirm that the note is de-identified; the automatic check may miss some identifiers"


@dataclass(frozen=True)
class NoteIntake:
    """A submission after its note was read: the merged summary, the contradictions, and what is stored of the note."""

    summary: Any = field(repr=False)
    contradictions: list[dict[str, Any]] = field(default_factory=list, repr=False)
    note: StoredNote | None = None


def join_note(body: Any) -> NoteIntake:
    """Merge the structured facts of a submission with the facts of its note, if it has a note.

    Raises: InputError with the path of every fault and no word of the note.
    """
    if not isinstance(body, Mapping) or "note" not in body:
        return NoteIntake(body)
    structured = {key: value for key, value in body.items() if key not in INTAKE_KEYS}
    extraction = read_note(body, str(structured.get("patient_ref", "")) or "note")
    joined, between_sources = merge_note(structured, extraction.summary, _decided(body))
    joined, in_result = without_contradictions(joined)
    contradictions = [*extraction.contradictions, *between_sources, *in_result]
    contradicted = [contradiction["fact"] for contradiction in contradictions]
    reading = {
        "facts": mark_used(extraction.facts, structured, contradicted),
        "burden": extraction.burden,
        "contradictions": contradictions,
        "notice": NOTICE,
    }
    return NoteIntake(joined, contradictions, StoredNote(reading, body["note"]))


def _decided(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the facts for which the sender decided that the structured fact counts, not the note.

    Raises: InputError.
    """
    decided = body.get("decided", [])
    if not isinstance(decided, list) or not all(isinstance(path, str) for path in decided):
        raise InputError([Fault("decided", "must be a list of facts", 'for example ["age", "diagnosis.histology"]')])
    return frozenset(decided)


def read_note(body: Mapping[str, Any], patient_ref: str = "note") -> Extraction:
    """Return the facts of the note in a request.

    Raises: InputError for an invalid note, for identifiers, and if the sender does not confirm de-identification.
    """
    text, as_of = check_note(body.get("note")), body.get("as_of")
    if body.get("deidentified") is not True:
        raise InputError([Fault("deidentified", "must be true when a note is sent", ASSERTION)])
    if as_of is not None and not is_year(as_of):
        raise InputError([Fault("as_of", "must be the year in which the note was written", "for example 2026")])
    refuse_identifiers(text)
    return extract(text, patient_ref, as_of)
