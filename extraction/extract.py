"""Extracts a patient summary with evidence from a note: the entry point of this package."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError

from extraction.assemble import disease, genomics, person, radioiodine, treatment
from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.merge import remove_at
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
"""Their order is that of mentions with the same offsets."""

NOTICE = "Read automatically: please check each fact against the note."
MAX_EVIDENCE_CHARACTERS = 120
"""Units: characters of evidence that are shown. The offsets lead to the rest."""


@dataclass(frozen=True)
class Extraction:
    """The result for one note. `summary` is what the matcher may use; `facts` lists every mention, used or not."""

    summary: dict[str, Any]
    facts: list[dict[str, Any]]
    burden: dict[str, Any] | None
    contradictions: list[dict[str, Any]]
    draft: SummaryDraft

    def to_json(self) -> dict[str, Any]:
        """Return the response of the command line and the API."""
        return {
            "summary": self.summary,
            "facts": self.facts,
            "burden": self.burden,
            "contradictions": self.contradictions,
            "notice": NOTICE,
        }


def extract(text: object, patient_ref: str = "note", as_of: int | None = None) -> Extraction:
    """Extract the facts of a note. `as_of` is the year of the note; without it, years of events are ignored.

    Unknown: a fact that the note does not report is absent from the summary.
    Raises: InputError for an invalid note; it never contains words of the text.
    """
    # Imported here: spaCy takes a second to load, which processes that read no note should not pay.
    from extraction.pipeline import tokenise_note

    note = tokenise_note(check_note(text))
    draft = SummaryDraft([mention for find in RECOGNISERS for mention in find(note)], as_of)
    person.assemble(draft)
    genomics.assemble(draft)
    radioiodine.assemble(draft, note)
    disease.assemble(draft)
    treatment.assemble(draft)
    summary = _schema_valid({"schema": 1, "patient_ref": patient_ref, **draft.summary})
    return Extraction(summary, _facts(note, draft), _burden(note, draft), _contradictions(note, draft), draft)


def prepare() -> None:
    """Build the pipeline and caches, so that the first note is not slower than the next."""
    extract("Papillary thyroid carcinoma, BRAF V600E.")


def _schema_valid(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the summary without the values that the schema rejects: they were misread."""
    for _ in range(50):
        try:
            if not all(_is_accepted(path, value) for path, value in _leaves(summary)):
                patient_schema().load(summary)
            return summary
        except ValidationError as error:
            for path in {fault.path for fault in faults_of(error.messages)}:
                remove_at(summary, path)
    return {"schema": 1, "patient_ref": summary["patient_ref"]}


def _leaves(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a summary with their paths; paths of records have no index."""
    for key, value in part.items():
        leaf_path = f"{path}.{key}" if path else key
        if isinstance(value, dict) and not value.keys() & {"ago", "as_of"}:
            yield from _leaves(value, leaf_path)
        elif isinstance(value, list):
            for record in value:
                yield from _leaves(record, leaf_path)
        else:
            yield leaf_path, value if isinstance(value, str | int) else tuple(value.items())


@lru_cache(4096)
def _is_accepted(path: str, value: Any) -> bool:
    """Whether the declared field accepts the value. Checking the whole schema takes far longer."""
    field = declared().field(path)
    if field is None:
        return path in ("schema", "patient_ref")
    try:
        field.deserialize(dict(value) if isinstance(value, tuple) else value)
    except ValidationError:
        return False
    return True


def _facts(note: TokenisedNote, draft: SummaryDraft) -> list[dict[str, Any]]:
    """Return every mention in the order of the text, with the paths it supports."""
    paths: dict[int, list[str]] = {}
    for path, sources in draft.sources.items():
        for mention in sources:
            paths.setdefault(id(mention), []).append(path)
    ordered = sorted(draft.mentions, key=lambda mention: (mention.start, mention.end))
    return [_fact(note, mention, paths.get(id(mention), [])) for mention in ordered]


def _fact(note: TokenisedNote, mention: Mention, paths: list[str]) -> dict[str, Any]:
    return {
        "kind": mention.kind,
        "paths": list(dict.fromkeys(paths)),
        "value": _without_empty(mention.value),
        "certainty": mention.certainty,
        "context": sorted(mention.context),
        "used": mention.used and bool(paths),
        "evidence": [_evidence(note, start, end, mention) for start, end in mention.spans()],
    }


def _without_empty(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(part) if isinstance(part, tuple) else part
        for key, part in value.items()
        if part not in ("", None, ())
    }


def _evidence(note: TokenisedNote, start: int, end: int, mention: Mention) -> dict[str, Any]:
    end = min(end, start + MAX_EVIDENCE_CHARACTERS)
    return {
        "start": start,
        "end": end,
        "text": note.text[start:end],
        "rule": mention.rule,
        "cue": mention.cue[:MAX_EVIDENCE_CHARACTERS],
    }


def _burden(note: TokenisedNote, draft: SummaryDraft) -> dict[str, Any] | None:
    burden = draft.burden
    if burden is None:
        return None
    evidence = [
        _evidence(note, start, end, mention) for mention in burden["mentions"] for start, end in mention.spans()
    ]
    reason = "as stated" if burden["by"] == "words" else f"from measured lesions, against {RECIST_MEASURABLE_MM} mm"
    return {"value": burden["burden"], "reason": reason, "evidence": evidence}


def _contradictions(note: TokenisedNote, draft: SummaryDraft) -> list[dict[str, Any]]:
    return [
        {
            "fact": contradiction["fact"],
            "evidence": [
                {"start": start, "end": end, "text": note.text[start:end]} for start, end in contradiction["spans"]
            ],
        }
        for contradiction in draft.contradictions
    ]
