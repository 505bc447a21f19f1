"""Put the answer to a question into the summary."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from schemas.inputs.faults import Fault, InputError
from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField, FactField
from schemas.summary.vocabulary import Vocabulary
from service.page.fact_labels import COMPLETE_SUFFIX, complete_flag_of, fact_of
from service.page.patients.form_inputs import UNIT_SUFFIX, read_input
from service.page.result.question_model import ANSWER, PLACEHOLDER, AnswerableQuestion, record_of

EMPTY = "enter an answer"


def answered(summary: Mapping[str, Any], question: AnswerableQuestion, form: Mapping[str, str]) -> dict[str, Any]:
    """The summary with the answer, for the schema to check.

    Raises: InputError if nothing was answered.
    """
    changed = deepcopy(dict(summary))
    if question.table == "labs" and question.input:
        _add_lab(changed, question, form)
    elif question.table or question.fact.endswith(COMPLETE_SUFFIX):
        _add_choice(changed, question, form.get("choice", ""))
    else:
        _set_fact(changed, question.fact, form)
    return changed


def _add_lab(changed: dict[str, Any], question: AnswerableQuestion, form: Mapping[str, str]) -> None:
    number, unit = form.get(ANSWER, "").strip(), form.get(ANSWER + UNIT_SUFFIX, "")
    if not number:
        raise InputError([Fault("", EMPTY)])
    _list_at(changed, "labs").append({"analyte": question.codes[0], "value": f"{number} {unit}".strip()})


def _add_choice(changed: dict[str, Any], question: AnswerableQuestion, choice: str) -> None:
    if choice not in {offered.value for offered in question.choices}:
        raise InputError([Fault("", "choose one of the answers")])
    if choice == "complete":
        is_flag = question.fact.endswith(COMPLETE_SUFFIX)
        flag = question.fact if is_flag else complete_flag_of(question.table)
        _section_of(changed, flag)[flag.rpartition(".")[2]] = True
        return
    table = declared().tables[question.table]
    key = PLACEHOLDER.findall(table.field.question)[0]
    fields = {fact.keys[0]: fact.field for fact in table.facts}
    details = {"present": choice == "yes"} if "present" in fields else {"ongoing": True} if "ongoing" in fields else {}
    field = fields[key]
    assert isinstance(field, CodeField)
    for code in _members(field.vocabulary, question.codes) if choice in ("no", "no_finding") else question.codes:
        _list_at(changed, question.table).append({key: code, **details})


def _members(vocabulary: Vocabulary, codes: Sequence[str]) -> list[str]:
    """The members of groups: a denied group is denied for each member."""
    return sorted(code for code in vocabulary.below(codes) if not vocabulary.terms[code].group)


def _set_fact(changed: dict[str, Any], fact: str, form: Mapping[str, str]) -> None:
    field = declared().field(fact_of(fact))
    if not isinstance(field, FactField) or (value := read_input(field, ANSWER, form)) is None:
        raise InputError([Fault("", EMPTY)])
    target = record_of(changed, fact) if "[" in fact else _section_of(changed, fact)
    if target is None:
        raise InputError([Fault("", "this record no longer exists")])
    target[fact.rpartition(".")[2]] = value


def _section_of(summary: dict[str, Any], fact: str) -> dict[str, Any]:
    """The section that contains a fact; created if missing."""
    section = summary
    for name in fact.split(".")[:-1]:
        if not isinstance(section.get(name), dict):
            section[name] = {}
        section = section[name]
    return section


def _list_at(summary: dict[str, Any], path: str) -> list[Any]:
    """The list at a path; created if missing."""
    records: list[Any] = _section_of(summary, path).setdefault(path.rpartition(".")[2], [])
    return records
