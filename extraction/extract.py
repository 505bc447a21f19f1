"""From a note to a patient summary with evidence: the one entrance to this package."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError

from extraction.assemble import disease, genomics, person, radioiodine, treatment
from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.merge import drop
from extraction.note_text import check_note
from extraction.recognise.age import find_age
from extraction.recognise.conditions import find_conditions
from extraction.recognise.disease_state import find_disease_state
from extraction.recognise.histology import find_histology
from extraction.recognise.labs import find_labs
from extraction.recognise.lesions.find_lesions import find_lesions
from extraction.recognise.markers import find_markers
from extraction.recognise.performance import find_performance
from extraction.recognise.radioiodine.find_radioiodine import find_radioiodine
from extraction.recognise.radioiodine.uptake import find_uptake
from extraction.recognise.sex import find_sex
from extraction.recognise.stage import find_stage
from extraction.recognise.therapies.find_therapies import find_therapies
from extraction.recognise.therapies.local_treatments import find_procedures
from extraction.recognise.variants.find_variants import find_variants
from extraction.tokenised_note import TokenisedNote
from schemas.inputs.faults import faults_of
from schemas.summary.declared_facts import declared
from schemas.summary.facts import patient_schema
from schemas.summary.units import RECIST_MEASURABLE_MM

RECOGNISERS = (find_age, find_sex, find_performance, find_histology, find_stage, find_variants, find_radioiodine,
               find_uptake, find_lesions, find_disease_state, find_markers, find_therapies, find_procedures,
               find_conditions, find_labs)  # fmt: skip
"""In the order in which their mentions are listed where two begin and end at the same offsets."""

NOTICE = "Read by rules, not by a clinician: check each fact against its words before it counts."
FEW_WORDS = 120
"""Units: characters of evidence that are shown; offsets lead to the rest."""


@dataclass(frozen=True)
class Extraction:
    """A note, read. `summary` is what the matcher may use; `facts` is everything that was found, used or not."""

    summary: dict[str, Any]
    facts: list[dict[str, Any]]
    burden: dict[str, Any] | None
    contradictions: list[dict[str, Any]]
    draft: SummaryDraft

    def to_json(self) -> dict[str, Any]:
        """The answer of the command line and the API."""
        return {
            "summary": self.summary,
            "facts": self.facts,
            "burden": self.burden,
            "contradictions": self.contradictions,
            "notice": NOTICE,
        }


def extract(text: object, patient_ref: str = "note", as_of: int | None = None) -> Extraction:
    """Read a note. `as_of` is the year it was written in; without it, years of events are left out.

    Unknown: what the note does not state is absent from the summary.
    Raises: InputError, without a word of the text, for what is no note.
    """
    # Imported here: spaCy takes a second, and a process that reads no note should not pay for it.
    from extraction.pipeline import read

    reading = read(check_note(text))
    draft = SummaryDraft([mention for find in RECOGNISERS for mention in find(reading)], as_of)
    person.assemble(draft)
    genomics.assemble(draft)
    radioiodine.assemble(draft, reading)
    disease.assemble(draft)
    treatment.assemble(draft)
    summary = _valid({"schema": 1, "patient_ref": patient_ref, **draft.summary})
    return Extraction(summary, _facts(reading, draft), _burden(reading, draft), _contradictions(reading, draft), draft)


def prepare() -> None:
    """Build what the first note needs, so that it is read as fast as the next."""
    extract("Papillary thyroid carcinoma, BRAF V600E.")


def _valid(summary: dict[str, Any]) -> dict[str, Any]:
    """The summary as the schema accepts it. What it refuses was misread, and is left out."""
    for _ in range(50):
        try:
            if not all(_accepted(path, value) for path, value in _leaves(summary)):
                patient_schema().load(summary)
            return summary
        except ValidationError as error:
            for path in {fault.path for fault in faults_of(error.messages)}:
                drop(summary, path)
    return {"schema": 1, "patient_ref": summary["patient_ref"]}


def _leaves(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The single facts of a summary with their paths, of records without the number of the record."""
    for key, value in part.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, dict) and not value.keys() & {"ago", "as_of"}:
            yield from _leaves(value, place)
        elif isinstance(value, list):
            for record in value:
                yield from _leaves(record, place)
        else:
            yield place, value if isinstance(value, str | int) else tuple(value.items())


@lru_cache(4096)
def _accepted(path: str, value: Any) -> bool:
    """Whether the field that declares a fact takes the value. The whole schema takes far longer."""
    field = declared().field(path)
    if field is None:
        return path in ("schema", "patient_ref")
    try:
        field.deserialize(dict(value) if isinstance(value, tuple) else value)
    except ValidationError:
        return False
    return True


def _facts(reading: TokenisedNote, draft: SummaryDraft) -> list[dict[str, Any]]:
    """Every finding in the order of the text, with the path that it supports."""
    paths: dict[int, list[str]] = {}
    for path, sources in draft.sources.items():
        for one in sources:
            paths.setdefault(id(one), []).append(path)
    ordered = sorted(draft.findings, key=lambda one: (one.start, one.end))
    return [_fact(reading, one, paths.get(id(one), [])) for one in ordered]


def _fact(reading: TokenisedNote, one: Mention, paths: list[str]) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "paths": list(dict.fromkeys(paths)),
        "value": _plain(one.value),
        "certainty": one.certainty,
        "context": sorted(one.context),
        "used": one.used and bool(paths),
        "evidence": [_evidence(reading, start, end, one) for start, end in one.spans()],
    }


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(part) if isinstance(part, tuple) else part
        for key, part in value.items()
        if part not in ("", None, ())
    }


def _evidence(reading: TokenisedNote, start: int, end: int, one: Mention) -> dict[str, Any]:
    end = min(end, start + FEW_WORDS)
    return {"start": start, "end": end, "text": reading.text[start:end], "rule": one.rule, "cue": one.cue[:FEW_WORDS]}


def _burden(reading: TokenisedNote, draft: SummaryDraft) -> dict[str, Any] | None:
    found = draft.burden
    if found is None:
        return None
    evidence = [_evidence(reading, start, end, one) for one in found["findings"] for start, end in one.spans()]
    reason = "as stated" if found["by"] == "words" else f"from measured lesions, against {RECIST_MEASURABLE_MM} mm"
    return {"value": found["burden"], "reason": reason, "evidence": evidence}


def _contradictions(reading: TokenisedNote, draft: SummaryDraft) -> list[dict[str, Any]]:
    return [
        {
            "fact": one["fact"],
            "evidence": [{"start": start, "end": end, "text": reading.text[start:end]} for start, end in one["spans"]],
        }
        for one in draft.contradictions
    ]
