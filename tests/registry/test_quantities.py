"""Quantities read in bulk equal those that the field reads one by one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from registry.decode.plain_quantities import read_plain_measures, read_plain_quantities
from schemas.summary.declared_facts import declared
from schemas.summary.fields import FactField
from schemas.summary.lab_units import check_unit, dimension_of
from schemas.summary.quantity import read_quantity
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import vocabularies

NUMBERS = ("0", "1", "2.5", "0.000001", "0.0000005", "17.123456", "89", "90", "150", "999999999", "1000000000")
UNITS = (
    "mm",
    "MM",
    "cm",
    "inch",
    "ng/mL",
    "ug/L",
    "mIU/L",
    "years",
    "months",
    "days",
    "MBq",
    "mCi",
    "%",
    "to",
    "furlong",
    "10^9/L",
    "10^3/uL",
    "g/dL",
    "mg/dL",
    "pmol/L",
)
TEXTS = [f"{number} {unit}" for number in NUMBERS for unit in UNITS]
OTHERS = ["<10 mm", "8-10 mm", "10mm", " 10 mm", "10 mm ", "10  mm", "+10 mm", "several", "", "mm", "1e3 mm", "٣ mm"]


def fields() -> dict[str, FactField]:
    facts = {path: fact.field for path, fact in declared().facts.items()}
    tables = (fact for table in declared().tables.values() for fact in table.facts)
    return facts | {fact.path: fact.field for fact in tables}


@pytest.mark.parametrize("path", [path for path, field in fields().items() if isinstance(field, QuantityField)])
def test_quantities_read_in_bulk_are_what_the_field_reads(path: str) -> None:
    field = fields()[path]
    assert isinstance(field, QuantityField)
    written: list[Any] = TEXTS + OTHERS
    values = [{"ago": text} for text in written] if isinstance(field, AgoField) else written
    for place, found in read_plain_quantities(field, values).items():
        assert found == field.interval(field.deserialize(values[place]))


def test_laboratory_values_read_in_bulk_use_the_unit_of_the_analyte(subtests: pytest.Subtests) -> None:
    for analyte in vocabularies()["analyte"].terms:
        with subtests.test(analyte=analyte):
            for place, found in read_plain_measures(dimension_of(analyte), TEXTS).items():
                assert found == check_unit({"analyte": analyte, "value": read_quantity(TEXTS[place])}, "value")


def dimensions_and_units() -> st.SearchStrategy[tuple[str, str]]:
    return st.sampled_from([(name, unit) for name, dimension in dimensions().items() for unit in dimension.factors])


NUMBERS_WRITTEN = st.decimals(0, 10**9, places=6).map(lambda number: format(number, "f"))


@given(number=NUMBERS_WRITTEN, of=st.deferred(dimensions_and_units))
def test_every_unit_is_rounded_as_the_field_rounds(number: str, of: tuple[str, str]) -> None:
    dimension, unit = dimensions()[of[0]], of[1]
    for found in read_plain_measures(dimension, [f"{number} {unit}"]).values():
        assert found == dimension.interval(read_quantity(f"{number} {unit}"))


def test_most_quantities_are_read_in_bulk() -> None:
    """In any unit, and times before the summary too."""
    assert (
        len(read_plain_quantities(fields()["disease.lesions.longest_diameter"], ["12 mm", "1.2 cm", "0.5 inch"])) == 3
    )
    times: list[Any] = [{"ago": "5 weeks"}, {"ago": "1.5 years"}, {"ago": 3}, {"year": 2023, "as_of": 2026}, "5 weeks"]
    assert set(read_plain_quantities(fields()["therapies.stopped"], times)) == {0, 1}
    assert len(read_plain_measures(dimension_of("platelets"), ["150 10^9/L", "150000 /uL", "150"])) == 2


def test_plain_quantities_are_read_in_bulk() -> None:
    assert (
        len(read_plain_quantities(fields()["disease.tsh"], ["0.5 mIU/L", "1 mU/L", "2 parsecs", "<3 mU/L", "4 U/L"]))
        == 3
    )


@pytest.mark.parametrize("text", ["1000 years", "3 furlongs", "150"])
def test_quantities_that_the_field_refuses_are_left_to_it(text: str) -> None:
    field = fields()["age"]
    assert read_plain_quantities(field, [text]) == {}
    with pytest.raises(ValidationError):
        field.deserialize(text)
