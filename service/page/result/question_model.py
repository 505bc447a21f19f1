"""The open questions of a result as the page shows them: each with an input, answer buttons, or a link to the form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.summary.declared_facts import DeclaredTable, declared
from schemas.summary.fields import CodeField
from schemas.summary.lab_units import dimension_of
from schemas.summary.vocabulary import Vocabulary
from service.page.fact_labels import COMPLETE_SUFFIX, complete_flag_of, fact_of
from service.page.patients.form_inputs import FormInput, element_id, input_of

ANSWER = "answer"
"""Name of the input for an answer."""

LAB_VALUE = "labs.value"
PATH_STEP = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class AnswerChoice:
    """An answer button: its value and its label."""

    value: str
    label: str


@dataclass(frozen=True)
class AnswerableQuestion:
    """A missing fact and how to answer it here: in an input, by a button, or only in the form.

    `table` and `codes` are set if the question asks for terms of a list: `Was NRAS tested?` asks `genomics.tested` for
    NRAS.
    """

    number: int
    fact: str
    question: str
    trials: Sequence[str]
    decides: int
    could_make_eligible: Sequence[str]
    could_make_ineligible: Sequence[str]
    input: FormInput | None
    choices: Sequence[AnswerChoice]
    table: str = ""
    codes: Sequence[str] = ()
    fault: str = ""

    @property
    def form_anchor(self) -> str:
        """The HTML id of the list or input in the form."""
        return element_id(self.table or self.fact)


def answerable_questions(
    ask_next: Sequence[Mapping[str, Any]], summary: Mapping[str, Any], faults: Mapping[str, str]
) -> list[AnswerableQuestion]:
    """The questions of a result, in their order; `faults` by question number."""
    return [_question(number, asked, summary, faults.get(str(number), "")) for number, asked in enumerate(ask_next)]


def _question(number: int, asked: Mapping[str, Any], summary: Mapping[str, Any], fault: str) -> AnswerableQuestion:
    fact, decides = asked["fact"], len({*asked["could_make_eligible"], *asked["could_make_ineligible"]})
    table, codes = _terms_asked_for(fact, asked["question"])
    answer = None if table else _input(fact, summary, fault)
    choices: Sequence[AnswerChoice] = ()
    if table and table.path == "labs":
        answer = _lab_input(codes[0], fault) if len(codes) == 1 else None
    elif table:
        choices = list(_choices(table, codes))
    elif fact.endswith(COMPLETE_SUFFIX) and answer:
        answer, choices = None, [AnswerChoice("complete", "None / that is all")]
    return AnswerableQuestion(
        number, fact, asked["question"], asked["trials"], decides, asked["could_make_eligible"],
        asked["could_make_ineligible"], answer, choices, table.path if table else "", codes, fault,
    )  # fmt: skip


def _input(fact: str, summary: Mapping[str, Any], fault: str) -> FormInput | None:
    """The input of a fact of the patient, or of a record that is in the summary."""
    field = declared().field(fact_of(fact))
    if field is None or ("[" in fact and record_of(summary, fact) is None):
        return None
    return input_of(field, ANSWER, {}, {ANSWER: fault})


def record_of(summary: Any, fact: str) -> Any:
    """The record that contains a fact, None if it is not in the summary."""
    found = summary
    for name, number in PATH_STEP.findall(fact.rpartition(".")[0]):
        found = found.get(name) if isinstance(found, Mapping) else None
        if number:
            found = found[int(number)] if isinstance(found, list) and int(number) < len(found) else None
    return found if isinstance(found, dict) else None


def _lab_input(analyte: str, fault: str) -> FormInput:
    field = declared().field(LAB_VALUE)
    assert field is not None
    units = tuple(dimension_of(analyte).factors)
    label = input_of(field, ANSWER, {}, {}).label
    return FormInput(ANSWER, label, "quantity", units=units, unit=units[0] if units else "", fault=fault)


def _terms_asked_for(fact: str, question: str) -> tuple[DeclaredTable | None, Sequence[str]]:
    """The list whose terms a question asks for, and the codes of these terms."""
    for table in declared().tables.values():
        placeholders = PLACEHOLDER.findall(table.field.question)
        if fact not in (table.path, complete_flag_of(table.path)) or len(placeholders) != 1:
            continue
        terms = _vocabulary(table, placeholders[0]).terms.values()
        if codes := [term.code for term in terms if term.question == question]:
            return table, codes
        start, end = table.field.question.split("{" + placeholders[0] + "}")
        if question.startswith(start) and question.endswith(end):
            return table, _codes(table, placeholders[0], question[len(start) : len(question) - len(end)])
    return None, ()


def _codes(table: DeclaredTable, key: str, term: str) -> Sequence[str]:
    vocabulary = _vocabulary(table, key)
    # A label may contain "or" itself.
    terms = [term] if vocabulary.code_of(term) else term.split(" or ")
    codes = [vocabulary.code_of(part) for part in terms]
    return [code for code in codes if code] if all(codes) else []


def _vocabulary(table: DeclaredTable, key: str) -> Vocabulary:
    field = table.fields[key]
    assert isinstance(field, CodeField)
    return field.vocabulary


def _choices(table: DeclaredTable, codes: Sequence[str]) -> Iterator[AnswerChoice]:
    """The possible answers about a term of a list. Only conditions can be denied one by one."""
    if not codes:
        return
    if table.path == "genomics.tested":
        yield AnswerChoice("no_finding", "Tested, nothing found")
        return
    if len(codes) == 1:
        yield AnswerChoice("yes", "Yes")
    if table.path == "conditions":
        yield AnswerChoice("no", "No")
    else:
        yield AnswerChoice("complete", f"No, and all {table.field.label} are entered")
