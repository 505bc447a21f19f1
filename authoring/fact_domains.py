"""The values that each declared fact can have, for proofs about criteria."""

from functools import cache
from math import inf

from matching import nodes as c
from matching.interval import CONTINUOUS_STEP, COUNTING_STEP, EVERYTHING, Interval
from matching.solver.satisfiable import PossibleNumbers
from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField
from schemas.summary.quantity_fields import QuantityField, WithinField

EXHAUSTIVE_VOCABULARIES = frozenset({
    "sex", "uptake", "t_category", "n_category", "m_category", "margins", "tg_antibodies", "extrathyroidal_extension",
    "burden",
})  # fmt: skip
"""Vocabularies that list every possible value. Others may lack a term: a patient can have a tumour without a code."""


class DeclaredDomains:
    """The values that a patient summary can contain."""

    def numbers(self, number: c.NumberNode) -> PossibleNumbers:
        """The possible values of a number, on the grid of its dimension."""
        match number:
            case c.Fact(path):
                return _numbers_of(path)
            case c.Count():
                return PossibleNumbers(Interval(0.0, inf), COUNTING_STEP)
            case c.Total(_, fact):
                return PossibleNumbers(Interval(0.0, inf), _numbers_of(fact).step)
            case c.Largest(_, fact) | c.Smallest(_, fact):
                return PossibleNumbers(EVERYTHING, _numbers_of(fact).step)
            case _:
                return PossibleNumbers(EVERYTHING, min(self.numbers(source).step for source in number.sources))

    def codes(self, fact: str) -> frozenset[str] | None:
        """Every code of the fact, or None if its vocabulary is not exhaustive."""
        return _codes_of(fact)


@cache
def _numbers_of(path: str) -> PossibleNumbers:
    field = declared().field(path)
    if not isinstance(field, QuantityField):
        return PossibleNumbers(EVERYTHING, CONTINUOUS_STEP)
    return PossibleNumbers(field.unknown, field.dimension.step, isinstance(field, WithinField))


@cache
def _codes_of(fact: str) -> frozenset[str] | None:
    field = declared().field(fact)
    if isinstance(field, CodeField) and field.vocabulary_name in EXHAUSTIVE_VOCABULARIES:
        return frozenset(field.vocabulary.terms)
    return None
