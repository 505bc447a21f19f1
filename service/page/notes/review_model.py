"""A note that was read, as facts to confirm, correct or drop: each with its inputs and the words behind it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.extract import Extraction
from schemas.summary.declared_facts import declared
from service.page.fact_labels import fact_label
from service.page.patients.form_inputs import UNIT, FormInput, input_of
from service.page.patients.form_model import MOST_ROWS, ROWS, Typed, remove_row, typed_from
from storage.notes import StoredNote

CONFIRM, CORRECT, DROP = "confirm", "correct", "drop"
DECIDE = "decide~"
UNDECIDED = "confirm, correct or drop this fact"
ROW = re.compile(r"([a-z_.]+\[\d+\])\.")
CONTEXTS = {
    "negated": "denied in the note",
    "family": "said of the family",
    "planned": "planned, not done",
    "conditional": "said under a condition",
    "other_person": "said of somebody else",
    "superseded": "replaced by a later statement",
    "benign": "said to be benign",
    "unsettled": "not settled in the note",
}


@dataclass(frozen=True)
class ReviewItem:
    """One thing to decide on: a record, a section that was read as one, or a single fact."""

    number: int
    key: str
    title: str
    inputs: tuple[FormInput, ...]
    decided: str
    uncertain: bool
    derived: bool
    words: Sequence[str]
    fault: str = ""


@dataclass(frozen=True)
class NoteSpan:
    """A stretch of the note, and what it stands for: `used`, `uncertain`, `unused`, or nothing."""

    text: str
    number: int | None = None
    kind: str = ""


def opened(found: Extraction, text: str) -> dict[str, Any]:
    """The draft of a note that was just read: plain data."""
    typed = typed_from({**found.summary, "patient_ref": ""})
    keys = list(dict.fromkeys(_key(name, found) for name in typed if _is_fact(name)))
    read = [one for one in found.facts if one["used"]]
    items = [{"key": key, **_evidence(key, read)} for key in keys]
    unused = [_unused(one) for one in found.facts if not one["used"]]
    reading = {key: value for key, value in found.to_json().items() if key != "summary"}
    return {"note": text, "typed": typed, "items": items, "unused": unused, "decided": {}, "reading": reading}


def _is_fact(name: str) -> bool:
    return name != "patient_ref" and not name.endswith((ROWS, UNIT))


def _key(name: str, found: Extraction) -> str:
    """What is decided at once with this fact: its record, or the section that one finding filled."""
    row = ROW.match(name)
    if row:
        return row[1]
    above = name.rpartition(".")[0]
    return above if any(above in one["paths"] for one in found.facts) else name


def _evidence(key: str, read: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    behind = [one for one in read if key in one["paths"] or any(path.startswith(f"{key}.") for path in one["paths"])]
    spans = [[span["start"], span["end"]] for one in behind for span in one["evidence"]]
    return {"spans": spans, "uncertain": any(one["certainty"] == "uncertain" for one in behind)}


def _unused(one: Mapping[str, Any]) -> dict[str, Any]:
    why = [CONTEXTS.get(context, context.replace("_", " ")) for context in one["context"]]
    return {"spans": [[span["start"], span["end"]] for span in one["evidence"]], "why": ", ".join(why) or "not needed"}


def facts_of(draft: Mapping[str, Any], faults: Mapping[str, str]) -> list[ReviewItem]:
    """Every fact to decide on, in the order of the form."""
    return [_fact(number, item, draft, faults) for number, item in enumerate(draft["items"], 1)]


def _fact(number: int, item: Mapping[str, Any], draft: Mapping[str, Any], faults: Mapping[str, str]) -> ReviewItem:
    key, text = item["key"], draft["note"]
    names = [name for name in draft["typed"] if _is_fact(name) and (name == key or name.startswith(f"{key}."))]
    inputs = tuple(_input(name, draft["typed"], faults) for name in names)
    return ReviewItem(
        number, key, _title(key), inputs, draft["decided"].get(key, ""), item["uncertain"], not item["spans"],
        [text[start:end] for start, end in item["spans"]], faults.get(DECIDE + key, ""),
    )  # fmt: skip


def _input(name: str, typed: Typed, faults: Mapping[str, str]) -> FormInput:
    field = declared().field(re.sub(r"\[\d+\]", "", name))
    assert field is not None
    return input_of(field, name, typed, faults)


def _title(key: str) -> str:
    row = re.fullmatch(r"([a-z_.]+)\[(\d+)\]", key)
    if row:
        return f"{declared().tables[row[1]].field.one} {int(row[2]) + 1}".capitalize()
    return fact_label(key)


def pieces_of(draft: Mapping[str, Any]) -> Iterator[NoteSpan]:
    """The note in stretches."""
    # Where several facts share words, those have them that rest on the fewest: a course before that one was given.
    marks: list[tuple[int, int, int, int | None, str]] = [
        (start, end, len(item["spans"]), number, "uncertain" if item["uncertain"] else "used")
        for number, item in enumerate(draft["items"], 1)
        for start, end in item["spans"]
    ]
    marks += [(start, end, MOST_ROWS, None, "unused") for one in draft["unused"] for start, end in one["spans"]]
    text, at = draft["note"], 0
    for start, end, _, number, kind in sorted(marks, key=lambda mark: (mark[0], -mark[1], mark[2])):
        if start < at:
            continue
        yield NoteSpan(text[at:start])
        yield NoteSpan(text[start:end], number, kind)
        at = end
    yield NoteSpan(text[at:])


def decide(draft: Mapping[str, Any], given: Mapping[str, str], rest: bool) -> dict[str, Any]:
    """The draft with what was typed and decided; `rest`: what nobody decided on is confirmed."""
    known = [name for name in draft["typed"] if not name.endswith(ROWS)]
    typed = draft["typed"] | {name: given.get(name, "") for name in (*known, "patient_ref")}
    decided = {item["key"]: given.get(DECIDE + item["key"], "") or (CONFIRM if rest else "") for item in draft["items"]}
    return {**draft, "typed": typed, "decided": {key: choice for key, choice in decided.items() if choice in CHOICES}}


CHOICES = (CONFIRM, CORRECT, DROP)


def undecided(draft: Mapping[str, Any]) -> dict[str, str]:
    """A fault for every fact that nobody decided on."""
    return {DECIDE + item["key"]: UNDECIDED for item in draft["items"] if item["key"] not in draft["decided"]}


def kept(draft: Mapping[str, Any]) -> Typed:
    """What is left to match: without the facts that were dropped."""
    typed: Typed = dict(draft["typed"])
    dropped = [key for key, choice in draft["decided"].items() if choice == DROP]
    for key in dropped:
        if not key.endswith("]"):
            below = (f"{key}.", f"{key}~")
            typed = {name: value for name, value in typed.items() if name != key and not name.startswith(below)}
    # The last rows first: removing one renumbers those after it.
    for key in sorted((key for key in dropped if key.endswith("]")), key=_row_number, reverse=True):
        typed = remove_row(typed, key)
    return {name: value for name, value in typed.items() if value}


def _row_number(key: str) -> int:
    return int(key.rpartition("[")[2][:-1])


def reviewed(draft: Mapping[str, Any]) -> StoredNote:
    """What the note says, for the record beside the version: what was dropped is not used."""
    dropped = {key for key, choice in draft["decided"].items() if choice == DROP}
    facts = [one | {"used": one["used"] and not dropped.issuperset(one["paths"])} for one in draft["reading"]["facts"]]
    return StoredNote(draft["reading"] | {"facts": facts}, draft["note"])
