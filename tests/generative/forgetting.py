"""Draws summaries that know less of a patient: some facts omitted, replaced by a group, or widened to a range.

Going from less to more is learning, and consistent by construction. What a summary says by omission is not forgotten:
a fact with a default or of which definitions assume something, a record of a complete list, a variant of a tested gene.
"""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from marshmallow import Schema
from marshmallow.fields import Field

from schemas.summary.fields import CodeField, FactField
from schemas.summary.lab_units import LabValueField
from schemas.summary.quantity_fields import QuantityField, WithinField
from schemas.summary.sections import RecordsField, SectionField
from schemas.summary.variant_groups import leaf_genes
from schemas.summary.vocabulary import Vocabulary
from tests.generative.summary_strategies import Amount, Summary, Year, patient_schema


@st.composite
def knowing_less(draw: st.DrawFn, summary: Summary) -> Summary:
    """The same patient, of whom less is known."""
    return draw(_sections(patient_schema(), summary, draw(st.sampled_from([1, 2, 5, 12]))))


@st.composite
def _sections(draw: st.DrawFn, schema: Schema, reported: Summary, keeping: int) -> Summary:
    """Of `keeping + 1` facts, `keeping` are unchanged on average."""
    out: Summary = {}
    for key, value in reported.items():
        field = schema.fields[key]
        forgotten = draw(st.integers(0, keeping)) == 0
        if isinstance(field, SectionField):
            out[key] = draw(_sections(field.schema, value, keeping))
        elif isinstance(field, RecordsField):
            out[key] = draw(_lists(field, value, keeping))
        elif not forgotten:
            out[key] = value
        elif may_widen(field, key, reported) and draw(st.booleans()):
            out[key] = draw(_wider(field, value))
        elif not may_drop(field):
            out[key] = value
    _unmark_complete(schema, reported, out)
    if "variants" in reported:
        _untest(reported, out)
    return out


def may_drop(field: Field[Any]) -> bool:
    return isinstance(field, FactField) and not field.required and field.default is None and not field.assumed


def may_widen(field: Field[Any], key: str, siblings: Summary) -> bool:
    """Whether the fact can be less exact and still agree with the others.

    An absent group says more than an absent member; a named alteration belongs to a single gene.
    """
    if isinstance(field, FactField) and field.assumed:
        return False
    if (key == "condition" and not siblings.get("present", True)) or (key == "gene" and "alteration" in siblings):
        return False
    return isinstance(field, CodeField | QuantityField) and not isinstance(field, LabValueField) and key != "analyte"


@st.composite
def _lists(draw: st.DrawFn, field: RecordsField, records: list[Summary], keeping: int) -> list[Summary]:
    kept = [record for record in records if draw(st.integers(0, keeping))]
    if "analyte" in field.schema.fields and kept:
        kept = records  # an analyte that is listed is known
    if field.shorthand:
        return kept
    return [draw(_sections(field.schema, record, keeping)) for record in kept]


def _unmark_complete(schema: Schema, reported: Summary, out: Summary) -> None:
    """A list that lost a record is no longer complete."""
    for key, field in schema.fields.items():
        if isinstance(field, RecordsField) and field.complete and len(out.get(key, ())) < len(reported.get(key, ())):
            out.pop(field.complete, None)


def _untest(reported: Summary, out: Summary) -> None:
    """A variant that is no longer listed must not look like a negative test; a germline test stays with its variant."""
    kept = len(out.get("variants", ()))
    germline = [test for test in reported.get("tested", ()) if test.get("specimen") == "germline"]
    out["tested"] = [*out.get("tested", ()), *(test for test in germline if test not in out.get("tested", ()))]
    if kept < len(reported["variants"]):
        lost = leaf_genes([record["gene"] for record in reported["variants"]])
        out["tested"] = [test for test in out.get("tested", ()) if lost.isdisjoint(leaf_genes([test["gene"]]))]


# --- facts ----------------------------------------------------------------------------------------


def _wider(field: Field[Any], value: Any) -> st.SearchStrategy[Any]:
    if isinstance(field, CodeField):
        return st.sampled_from([value, *groups_above(field.vocabulary, value)])
    if isinstance(value, Year) or not isinstance(field, QuantityField):
        return st.just(value)
    by = st.integers(0, 40).map(Fraction)
    return st.builds(lambda down, up: widened(value, field, down, up), by, by)


def groups_above(vocabulary: Vocabulary, code: str) -> list[str]:
    """The groups of which the code is a member: each is less exact."""
    return [group for group, term in vocabulary.terms.items() if term.group and code in vocabulary.below([group])]


def widened(amount: Amount, field: QuantityField, down: Fraction, up: Fraction) -> Amount:
    """The amount with its ends moved outwards, within the possible range."""
    possible = field.dimension.possible
    low = None if amount.low is None or isinstance(field, WithinField) else amount.low - down
    high = None if amount.high is None else amount.high + up
    if low is not None and low < Fraction(possible.lo):
        low = None
    if high is not None and high > possible.hi:
        high = None
    if low is None and high is None:
        return amount
    low_open, high_open = amount.low_open and low is not None, amount.high_open and high is not None
    return Amount(low, high, low_open, high_open)
