"""The interface through which the engine speaks of facts: labels, units and questions."""

from typing import Protocol, TypeAlias

from matching import nodes as c
from matching.interval import Interval
from matching.patient_values import Plain, Values

Implied: TypeAlias = frozenset[str] | Interval | str | None
"""What a fact can be when it follows from another: codes, a range, None for any value; a string where it follows only
from several facts together."""


class FactWording(Protocol):
    """Labels, units and questions of the declared facts."""

    def label(self, path: str) -> str:
        """The fact's name in English."""

    def codes(self, path: str, codes: frozenset[str]) -> str:
        """Terms in English, only the most general of them."""

    def range(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        """A range in the unit a reader expects: `at least 10 mm`."""

    def value(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        """What is known of a number: `8 mm`, `below 10 mm`, `not reported`."""

    def fact(self, path: str, value: Plain) -> str:
        """A fact of the patient with its value: `age 54 years`, `BRAF not reported`."""

    def singular(self, table: str) -> str:
        """The name of one record of the table: `lesion`."""

    def naming_fact(self, table: str) -> str:
        """The fact that identifies a record: the drug of a therapy."""

    def default(self, path: str) -> object:
        """The value of a fact that a record does not report, if there is one: a listed lesion is current."""

    def met_by_default(self, path: str, codes: frozenset[str]) -> bool:
        """Whether a record that does not report the fact meets the condition, so that its wording is left out."""

    def record(self, table: str, values: Values, fields: frozenset[str]) -> str:
        """A record in words: the fact that identifies it, and these fields."""

    def ask_fact(self, path: str) -> str:
        """The question for a fact of the patient."""

    def ask_record(self, table: str, field: str, row: int, record: str) -> str:
        """The question for a fact of one record."""

    def ask_list(self, table: str, where: c.TruthNode) -> str:
        """The question whether the list lacks a record that matches."""

    def sources_of(self, path: str) -> tuple[str, ...]:
        """The fact, and other facts of the same record or section from which it follows."""

    def implied_by(self, path: str, source: str) -> Implied:
        """What a fact can be when it follows from `source`."""

    def only_at_most(self, path: str) -> bool:
        """Whether an answer sets only an upper bound: `within 12 months`."""

    def completing_facts(self, table: str) -> tuple[str, ...]:
        """The facts that can make the list complete: its flag, then a count of its records."""

    def definition(self, name: str) -> str:
        """The title of a named definition."""
