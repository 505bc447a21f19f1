"""Notes at the door: refused when they carry an identifier, read, and joined with what was sent beside them."""

from collections.abc import Mapping
from typing import Any

from extraction.extract import Extraction, extract
from extraction.identifiers import refuse_identifiers
from extraction.join import consistent, join
from extraction.note import check_note
from schemas.errors import Fault, InputError

OF_THE_NOTE = ("note", "deidentified", "as_of")
ASSERTION = "send true: the sender asserts that the note is de-identified; the check here is only a tripwire"


def with_note(body: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The summary of a submission, joined with its note if it has one, and where the two disagree.

    The note itself is dropped here: nothing after this sees it.
    Raises: InputError with the path of every fault and no word of the note.
    """
    if not isinstance(body, Mapping) or "note" not in body:
        return body, []
    structured = {key: value for key, value in body.items() if key not in OF_THE_NOTE}
    found = read_note(body, str(structured.get("patient_ref", "")) or "note")
    joined, contradictions = join(structured, found.summary)
    joined, more = consistent(joined)
    return joined, [*found.contradictions, *contradictions, *more]


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
