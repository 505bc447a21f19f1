"""The review of a note: its facts to confirm, correct or drop, each with its inputs and the words behind it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from extraction.extract import Extraction
from schemas.summary.declared_facts import declared
from schemas.summary.sections import MAX_RECORDS
from service.page.fact_labels import COMPLETE_SUFFIX, fact_label, fact_of
from service.page.formats import capital
from service.page.patients.form_inputs import UNIT_SUFFIX, FormInput, input_of
from service.page.patients.form_model import REFERENCE, ROWS_SUFFIX, Typed, remove_row, typed_from
from storage.notes import StoredNote

CONFIRM, CORRECT, DROP = "confirm", "correct", "drop"
DECISIONS = {CONFIRM: "Confirm", CORRECT: "Correct", DROP: "Drop"}
"""The decisions on a fact, and their labels."""

DECISION_PREFIX = "decide~"
"""Starts the name of the input for the decision on a fact."""

UNDECIDED = "confirm, correct or drop this fact."
RECORD_PATH = re.compile(r"(?P<record>(?P<list>[a-z_.]+)\[(?P<number>\d+)\])(?:\..*)?")
REASONS_IGNORED = {
    "negated": "denied in the note",
    "family": "about a relative",
    "planned": "planned, not done",
    "conditional": "only under a condition",
    "other_person": "about another person",
    "superseded": "replaced by a later statement",
    "benign": "described as benign",
    "unsettled": "undecided in the note",
}
"""Why a finding is not used, by the context that the reader found it in."""

REDUNDANT = "already covered"


@dataclass(frozen=True)
class ReviewItem:
    """An item to decide on: a record, a section that one finding filled, or a single fact."""

    number: int
    key: str
    title: str
    inputs: tuple[FormInput, ...]
    decision: str
    uncertain: bool
    derived: bool
    quotes: Sequence[str]
    fault: str = ""


@dataclass(frozen=True)
class NoteSpan:
    """A span of the note. `kind` is `used`, `uncertain`, `unused` or empty; `number` is that of its review item."""

    text: str
    number: int | None = None
    kind: str = ""


def review_draft(extraction: Extraction, text: str) -> dict[str, Any]:
    """The draft of a review, as JSON, from a note that was just read."""
    typed = typed_from({**extraction.summary, REFERENCE: ""})
    keys = list(dict.fromkeys(_item_key(name, extraction) for name in typed if _is_fact(name)))
    used = [finding for finding in extraction.facts if finding["used"]]
    items = [{"key": key, **_evidence(key, used)} for key in keys]
    unused = [_unused(finding) for finding in extraction.facts if not finding["used"]]
    reading = {key: value for key, value in extraction.to_json().items() if key != "summary"}
    return {"note": text, "typed": typed, "items": items, "unused": unused, "decided": {}, "reading": reading}


def _is_fact(name: str) -> bool:
    return name != REFERENCE and not name.endswith((ROWS_SUFFIX, UNIT_SUFFIX))


def _item_key(name: str, extraction: Extraction) -> str:
    """The item that a fact belongs to: its record, the section that one finding filled, or the fact itself."""
    record = RECORD_PATH.fullmatch(name)
    if record:
        return record["record"]
    section = name.rpartition(".")[0]
    return section if any(section in finding["paths"] for finding in extraction.facts) else name


def _evidence(key: str, used: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    behind = [finding for finding in used if any(_within(path, key) for path in finding["paths"])]
    spans = [span for finding in behind for span in _spans(finding)]
    return {"spans": spans, "uncertain": any(finding["certainty"] == "uncertain" for finding in behind)}


def _within(path: str, key: str) -> bool:
    return path == key or path.startswith(f"{key}.")


def _spans(finding: Mapping[str, Any]) -> list[list[int]]:
    return [[span["start"], span["end"]] for span in finding["evidence"]]


def _unused(finding: Mapping[str, Any]) -> dict[str, Any]:
    reasons = [REASONS_IGNORED.get(context, context.replace("_", " ")) for context in finding["context"]]
    return {"spans": _spans(finding), "why": ", ".join(reasons) or REDUNDANT}


def review_items(draft: Mapping[str, Any], faults: Mapping[str, str]) -> list[ReviewItem]:
    """The items to decide on, in the order of the form."""
    return [_review_item(number, item, draft, faults) for number, item in enumerate(draft["items"], 1)]


def _review_item(
    number: int, item: Mapping[str, Any], draft: Mapping[str, Any], faults: Mapping[str, str]
) -> ReviewItem:
    key, text = item["key"], draft["note"]
    names = [name for name in draft["typed"] if _is_fact(name) and _within(name, key)]
    inputs = tuple(_input(name, draft["typed"], faults) for name in names)
    return ReviewItem(
        number, key, _title(key), inputs, draft["decided"].get(key, ""), item["uncertain"], not item["spans"],
        [text[start:end] for start, end in item["spans"]], faults.get(DECISION_PREFIX + key, ""),
    )  # fmt: skip


def _input(name: str, typed: Typed, faults: Mapping[str, str]) -> FormInput:
    field = declared().field(fact_of(name))
    assert field is not None
    form_input = input_of(field, name, typed, faults)
    return replace(form_input, label=fact_label(name)) if name.endswith(COMPLETE_SUFFIX) else form_input


def _title(key: str) -> str:
    record = RECORD_PATH.fullmatch(key)
    if record:
        return f"{capital(declared().tables[record['list']].field.singular)} {int(record['number']) + 1}"
    return fact_label(key)


def note_spans(draft: Mapping[str, Any]) -> Iterator[NoteSpan]:
    """Split the note into spans. Of overlapping spans the first counts, then the longest."""
    # Facts that share their words: mark the fact with the fewest spans (a course, before "radioiodine received").
    marks: list[tuple[int, int, int, int | None, str]] = [
        (start, end, len(item["spans"]), number, "uncertain" if item["uncertain"] else "used")
        for number, item in enumerate(draft["items"], 1)
        for start, end in item["spans"]
    ]
    marks += [(start, end, MAX_RECORDS, None, "unused") for item in draft["unused"] for start, end in item["spans"]]
    text, done = draft["note"], 0
    for start, end, _, number, kind in sorted(marks, key=lambda mark: (mark[0], -mark[1], mark[2])):
        if start < done:
            continue
        yield NoteSpan(text[done:start])
        yield NoteSpan(text[start:end], number, kind)
        done = end
    yield NoteSpan(text[done:])


def unused_findings(draft: Mapping[str, Any]) -> list[dict[str, str]]:
    """The words of each finding that is not used, and the reason."""
    text = draft["note"]
    return [
        {"words": " … ".join(text[start:end] for start, end in item["spans"]), "reason": item["why"]}
        for item in draft["unused"]
    ]


def with_decisions(draft: Mapping[str, Any], form: Mapping[str, str], confirm_rest: bool) -> dict[str, Any]:
    """The draft with the inputs and decisions of a form; `confirm_rest` confirms all undecided items."""
    names = [name for name in draft["typed"] if not name.endswith(ROWS_SUFFIX)]
    typed = draft["typed"] | {name: form.get(name, "") for name in (*names, REFERENCE)}
    default = CONFIRM if confirm_rest else ""
    decided = {item["key"]: form.get(DECISION_PREFIX + item["key"], "") or default for item in draft["items"]}
    valid = {key: decision for key, decision in decided.items() if decision in DECISIONS}
    return {**draft, "typed": typed, "decided": valid}


def undecided_faults(draft: Mapping[str, Any]) -> dict[str, str]:
    """A fault for each undecided item, by the name of its decision input."""
    return {DECISION_PREFIX + item["key"]: UNDECIDED for item in draft["items"] if item["key"] not in draft["decided"]}


def accepted_facts(draft: Mapping[str, Any]) -> Typed:
    """What is typed for the items that were not dropped."""
    typed: Typed = dict(draft["typed"])
    dropped = [key for key, decision in draft["decided"].items() if decision == DROP]
    for key in dropped:
        if not key.endswith("]"):
            nested = (f"{key}.", f"{key}~")
            typed = {name: text for name, text in typed.items() if name != key and not name.startswith(nested)}
    # Last rows first: removing a row renumbers those after it.
    for key in sorted((key for key in dropped if key.endswith("]")), key=_record_number, reverse=True):
        typed = remove_row(typed, key)
    return {name: text for name, text in typed.items() if text}


def _record_number(key: str) -> int:
    return int(key.rpartition("[")[2][:-1])


def reviewed_note(draft: Mapping[str, Any]) -> StoredNote:
    """The note to store with the version; findings that were dropped are marked as not used."""
    dropped = {key for key, decision in draft["decided"].items() if decision == DROP}
    facts = [
        finding | {"used": finding["used"] and not dropped.issuperset(finding["paths"])}
        for finding in draft["reading"]["facts"]
    ]
    return StoredNote(draft["reading"] | {"facts": facts}, draft["note"])
