"""What the declared facts can be, for proofs about criteria."""

from functools import cache
from math import inf

from matching import nodes as c
from matching.interval import CONTINUOUS_STEP, COUNTING_STEP, EVERYTHING, Interval
from matching.solver.satisfiable import PossibleNumbers
from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField
from schemas.summary.quantity_fields import QuantityField, WithinField

EXHAUSTIVE = frozenset({
    "sex", "uptake", "t_category", "n_category", "m_category", "margins", "tg_antibodies", "extrathyroidal_extension",
    "burden",
})  # fmt: skip
"""Vocabularies beside whose codes nothing is possible. Another may lack a term: `not thyroid_tumour` is somebody."""


class DeclaredDomains:
    """The values that a summary can state."""

    def numbers(self, number: c.NumberNode) -> PossibleNumbers:
        """The values of a number, on the grid of its dimension."""
        match number:
            case c.Fact(path):
                return _stated(path)
            case c.Count():
                return PossibleNumbers(Interval(0.0, inf), COUNTING_STEP)
            case c.Total(_, fact):
                return PossibleNumbers(Interval(0.0, inf), _stated(fact).step)
            case c.Largest(_, fact) | c.Smallest(_, fact):
                return PossibleNumbers(EVERYTHING, _stated(fact).step)
            case _:
                return PossibleNumbers(EVERYTHING, min(self.numbers(source).step for source in number.sources))

    def codes(self, fact: str) -> frozenset[str] | None:
        """Every code of the fact, where its vocabulary leaves nothing out."""
        return _codes(fact)


@cache
def _stated(path: str) -> PossibleNumbers:
    field = declared().field(path)
    if not isinstance(field, QuantityField):
        return PossibleNumbers(EVERYTHING, CONTINUOUS_STEP)
    return PossibleNumbers(field.unknown, field.dimension.step, isinstance(field, WithinField))


@cache
def _codes(fact: str) -> frozenset[str] | None:
    field = declared().field(fact)
    if isinstance(field, CodeField) and field.vocabulary_name in EXHAUSTIVE:
        return frozenset(field.vocabulary.terms)
    return None
