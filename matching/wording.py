"""What a reading needs to know to speak of facts in words."""

from typing import Protocol

from matching import nodes as c
from matching.interval import Interval
from matching.patient_values import Plain, Values


class FactWording(Protocol):
    """Labels, units and questions of the declared facts."""

    def label(self, path: str) -> str:
        """The fact's name in English."""

    def codes(self, path: str, codes: frozenset[str]) -> str:
        """Terms in English, the most general of them only."""

    def range(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        """A range in the unit a reader expects: `at least 10 mm`."""

    def value(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        """What is known of a number: `8 mm`, `below 10 mm`, `not stated`."""

    def fact(self, path: str, stated: Plain) -> str:
        """What is stated of a fact of the patient: `age 54 years`, `BRAF not stated`."""

    def one(self, table: str) -> str:
        """What one record of the table is called."""

    def naming(self, table: str) -> str:
        """The fact that says which record it is: the drug of a therapy."""

    def default(self, path: str) -> object:
        """What leaving the fact out of a record says, if anything: a listed lesion is a current one."""

    def record(self, table: str, stated: Values, fields: frozenset[str]) -> str:
        """What is stated of one record: what it is, and these fields."""

    def ask_fact(self, path: str) -> str:
        """The question that asks for a fact of the patient."""

    def ask_record(self, table: str, field: str, place: int, record: str) -> str:
        """The question that asks for a fact of one record."""

    def told_by(self, path: str) -> tuple[str, ...]:
        """The fact, and other facts of the same record or section from which it would follow."""

    def tells(self, path: str, other: str) -> "frozenset[str] | Interval | str | None":
        """What a fact can be by another from which it follows: codes, a range, None for anything; else with others."""

    def only_at_most(self, path: str) -> bool:
        """Whether the number can only be told to be at most so much: `within 12 months`."""

    def ask_list(self, table: str, where: c.TruthNode) -> str:
        """The question whether the list lacks a record of this sort."""

    def completes(self, table: str) -> tuple[str, ...]:
        """The facts that can say that the list leaves nothing out: a flag, or how many there are."""

    def definition(self, name: str) -> str:
        """The title of a named definition."""
