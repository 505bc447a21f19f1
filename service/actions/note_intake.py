"""Notes at the door: refused when they carry an identifier, read, and joined with what was sent beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extraction.extract import NOTICE, Extraction, extract
from extraction.identifiers import refuse_identifiers
from extraction.join import consistent, join, still_used
from extraction.note import check_note
from schemas.inputs.faults import Fault, InputError
from storage.notes import StoredNote

OF_A_NOTE = ("note", "deidentified", "as_of")
OF_THE_NOTE = (*OF_A_NOTE, "decided")
ASSERTION = "send true: the sender asserts that the note is de-identified; the check here is only a tripwire"


@dataclass(frozen=True)
class NoteIntake:
    """A submission whose note has been read: the joined summary, where the two disagree, and what is stored of it."""

    summary: Any = field(repr=False)
    contradictions: list[dict[str, Any]] = field(default_factory=list, repr=False)
    note: StoredNote | None = None


def with_note(body: Any) -> NoteIntake:
    """The summary of a submission, joined with its note if it has one.

    Raises: InputError with the path of every fault and no word of the note.
    """
    if not isinstance(body, Mapping) or "note" not in body:
        return NoteIntake(body)
    structured = {key: value for key, value in body.items() if key not in OF_THE_NOTE}
    found = read_note(body, str(structured.get("patient_ref", "")) or "note")
    joined, contradictions = join(structured, found.summary, _decided(body))
    joined, more = consistent(joined)
    shown = [*found.contradictions, *contradictions, *more]
    reading = {
        "facts": still_used(found.facts, structured, [one["fact"] for one in shown]),
        "burden": found.burden,
        "contradictions": shown,
        "notice": NOTICE,
    }
    return NoteIntake(joined, shown, StoredNote(reading, body["note"]))


def _decided(body: Mapping[str, Any]) -> frozenset[str]:
    """The facts on which somebody has decided that what was sent holds, and not the note.

    Raises: InputError.
    """
    decided = body.get("decided", [])
    if not isinstance(decided, list) or not all(isinstance(path, str) for path in decided):
        raise InputError([Fault("decided", "must be a list of facts", 'for example ["age", "diagnosis.histology"]')])
    return frozenset(decided)


def read_note(body: Mapping[str, Any], patient_ref: str = "note") -> Extraction:
    """The facts of the note in a request.

    Raises: InputError for what is no note, for identifiers, and where nobody asserts that it is de-identified.
    """
    text, as_of = check_note(body.get("note")), body.get("as_of")
    if body.get("deidentified") is not True:
        raise InputError([Fault("deidentified", "must be true where a note is sent", ASSERTION)])
    if as_of is not None and (isinstance(as_of, bool) or not isinstance(as_of, int) or not 1900 <= as_of <= 2200):
        raise InputError([Fault("as_of", "must be the year the note was written in", "for example 2026")])
    refuse_identifiers(text)
    return extract(text, patient_ref, as_of)
