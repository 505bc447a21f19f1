"""Questions of a result as something to answer on the spot, and the summary with the answer in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from schemas.inputs.faults import Fault, InputError
from schemas.summary.declared_facts import DeclaredTable, declared
from schemas.summary.fields import CodeField, FactField
from schemas.summary.lab_units import dimension_of
from schemas.summary.vocabulary import Vocabulary
from service.page.patients.form_inputs import FormInput, input_of, place_of, read_input

VALUE = "answer"
STEP = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")


@dataclass(frozen=True)
class AnswerChoice:
    """An answer to pick: the words of its button, and the records or facts that it adds to the summary."""

    value: str
    label: str


@dataclass(frozen=True)
class AnswerableQuestion:
    """A missing fact and how to answer it here: by an input, by a choice, or only in the form."""

    number: int
    fact: str
    question: str
    trials: Sequence[str]
    settles: int
    could_make_eligible: Sequence[str]
    could_make_ineligible: Sequence[str]
    input: FormInput | None
    choices: Sequence[AnswerChoice]
    table: str = ""
    codes: Sequence[str] = ()
    fault: str = ""

    @property
    def place(self) -> str:
        """The id of the list or input in the form that this question is about."""
        return place_of(self.table or self.fact)


def asked(
    ask_next: Sequence[Mapping[str, Any]], summary: Mapping[str, Any], faults: Mapping[str, str]
) -> list[AnswerableQuestion]:
    """The questions of a result in their order."""
    return [_question(number, one, summary, faults.get(str(number), "")) for number, one in enumerate(ask_next)]


def _question(number: int, one: Mapping[str, Any], summary: Mapping[str, Any], fault: str) -> AnswerableQuestion:
    settles = len({*one["could_make_eligible"], *one["could_make_ineligible"]})
    table, codes = _terms(one["fact"], one["question"])
    given = None if table else _input(one["fact"], summary, fault)
    choices: Sequence[AnswerChoice] = ()
    if table and table.path == "labs":
        given = _of_lab(codes[0], fault) if len(codes) == 1 else None
    elif table:
        choices = list(_choices(table, codes))
    elif one["fact"].endswith("_complete") and given:
        given, choices = None, [AnswerChoice("complete", "Yes, the list leaves nothing out")]
    return AnswerableQuestion(
        number, one["fact"], one["question"], one["trials"], settles, one["could_make_eligible"],
        one["could_make_ineligible"], given, choices, table.path if table else "", codes, fault,
    )  # fmt: skip


def _input(fact: str, summary: Mapping[str, Any], fault: str) -> FormInput | None:
    """The input of a fact of the patient, or of a record that the summary has."""
    field = declared().field(re.sub(r"\[\d+\]", "", fact))
    if field is None or ("[" in fact and _record(summary, fact) is None):
        return None
    return input_of(field, VALUE, {}, {VALUE: fault})


def _of_lab(analyte: str, fault: str) -> FormInput:
    field = declared().field("labs.value")
    assert field is not None
    units = tuple(dimension_of(analyte).factors)
    made = input_of(field, VALUE, {}, {VALUE: fault})
    return FormInput(VALUE, made.label, "quantity", units=units, unit=units[0] if units else "", fault=fault)


def _terms(fact: str, question: str) -> tuple[DeclaredTable | None, Sequence[str]]:
    """The list that a question asks a term of, and the codes of that term: `Was NRAS tested?` asks `tested` of NRAS."""
    for table in declared().tables.values():
        complete = ".".join((*table.keys[:-1], table.field.complete)) if table.field.complete else ""
        slots = re.findall(r"\{(\w+)\}", table.field.question)
        if fact not in (table.path, complete) or len(slots) != 1:
            continue
        before, after = table.field.question.split("{" + slots[0] + "}")
        if question.startswith(before) and question.endswith(after):
            term = question[len(before) : len(question) - len(after)]
            return table, _codes(table, slots[0], term)
    return None, ()


def _codes(table: DeclaredTable, key: str, term: str) -> Sequence[str]:
    field = next(fact.field for fact in table.facts if fact.keys[0] == key)
    assert isinstance(field, CodeField)
    whole = field.vocabulary.code_of(term)
    words = [term] if whole else term.split(" or ")
    codes = [field.vocabulary.code_of(word) for word in words]
    return [code for code in codes if code] if all(codes) else []


def _choices(table: DeclaredTable, codes: Sequence[str]) -> Iterator[AnswerChoice]:
    """What can be said of a term of a list. Only conditions can be stated to be absent one by one."""
    if not codes:
        return
    if table.path == "genomics.tested":
        yield AnswerChoice("no_finding", "Tested, nothing found")
    elif table.path == "conditions":
        if len(codes) == 1:
            yield AnswerChoice("yes", "Yes")
        yield AnswerChoice("no", "No")
    else:
        if len(codes) == 1:
            yield AnswerChoice("yes", "Yes")
        yield AnswerChoice("complete", f"No, and every {table.field.one} is listed")


def answered(summary: Mapping[str, Any], question: AnswerableQuestion, given: Mapping[str, str]) -> dict[str, Any]:
    """The summary with the answer, which the schema has yet to check.

    Raises: InputError when nothing was answered.
    """
    changed = deepcopy(dict(summary))
    if question.table == "labs" and question.input:
        field = declared().field("labs.value")
        assert field is not None
        value = f"{given.get(VALUE, '').strip()} {given.get(f'{VALUE}~unit', '')}".strip()
        if not given.get(VALUE, "").strip():
            raise InputError([Fault("", "is empty")])
        _list_of(changed, "labs").append({"analyte": question.codes[0], "value": value})
    elif question.table or question.fact.endswith("_complete"):
        _choose(changed, question, given.get("choice", ""))
    else:
        _fill(changed, question.fact, given)
    return changed


def _choose(changed: dict[str, Any], question: AnswerableQuestion, choice: str) -> None:
    if choice not in {one.value for one in question.choices}:
        raise InputError([Fault("", "choose one of the answers")])
    if choice == "complete":
        complete = question.fact if question.fact.endswith("_complete") else _complete_of(question.table)
        _holder(changed, complete)[complete.rpartition(".")[2]] = True
        return
    table = declared().tables[question.table]
    key = re.findall(r"\{(\w+)\}", table.field.question)[0]
    fields = {fact.keys[0]: fact.field for fact in table.facts}
    more = {"present": choice == "yes"} if "present" in fields else {"ongoing": True} if "ongoing" in fields else {}
    field = fields[key]
    assert isinstance(field, CodeField)
    for code in _members(field.vocabulary, question.codes) if choice in ("no", "no_finding") else question.codes:
        _list_of(changed, question.table).append({key: code, **more})


def _members(vocabulary: Vocabulary, codes: Sequence[str]) -> list[str]:
    """What was denied of a group was denied of each of its members."""
    return sorted(code for code in vocabulary.below(codes) if not vocabulary.terms[code].group)


def _complete_of(table: str) -> str:
    found = declared().tables[table]
    return ".".join((*found.keys[:-1], str(found.field.complete)))


def _fill(changed: dict[str, Any], fact: str, given: Mapping[str, str]) -> None:
    field = declared().field(re.sub(r"\[\d+\]", "", fact))
    if not isinstance(field, FactField) or (value := read_input(field, VALUE, given)) is None:
        raise InputError([Fault("", "is empty")])
    holder = _record(changed, fact) if "[" in fact else _holder(changed, fact)
    if holder is None:
        raise InputError([Fault("", "the record is not there any more")])
    holder[fact.rpartition(".")[2]] = value


def _record(summary: Any, fact: str) -> Any:
    """The record that a path leads through, if the summary has it."""
    place = summary
    for name, number in STEP.findall(fact.rpartition(".")[0]):
        place = place.get(name) if isinstance(place, Mapping) else None
        if number:
            place = place[int(number)] if isinstance(place, list) and int(number) < len(place) else None
    return place if isinstance(place, dict) else None


def _holder(summary: dict[str, Any], fact: str) -> dict[str, Any]:
    """The section that holds a fact, made where there is none."""
    place = summary
    for name in fact.split(".")[:-1]:
        if not isinstance(place.get(name), dict):
            place[name] = {}
        place = place[name]
    return place


def _list_of(summary: dict[str, Any], path: str) -> list[Any]:
    records: list[Any] = _holder(summary, path).setdefault(path.rpartition(".")[2], [])
    return records
