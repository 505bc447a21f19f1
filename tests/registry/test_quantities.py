"""Quantities that are read many at once are those that the field reads one after the other."""

import pytest
from marshmallow import ValidationError

from registry.quantities import plain_quantities
from schemas.columns import declared
from schemas.fields import FactField, Quantity

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
)
TEXTS = [f"{number} {unit}" for number in NUMBERS for unit in UNITS]
OTHERS = ["<10 mm", "8-10 mm", "10mm", " 10 mm", "10 mm ", "10  mm", "+10 mm", "several", "", "mm", "1e3 mm", "٣ mm"]


def fields() -> dict[str, FactField]:
    facts = {path: fact.field for path, fact in declared().facts.items()}
    tables = (fact for table in declared().tables.values() for fact in table.facts)
    return facts | {fact.path: fact.field for fact in tables}


@pytest.mark.parametrize("path", [path for path, field in fields().items() if isinstance(field, Quantity)])
def test_what_is_read_together_is_what_the_field_reads(path: str) -> None:
    field = fields()[path]
    assert isinstance(field, Quantity)
    for text, found in plain_quantities(field, TEXTS + OTHERS).items():
        assert found == field.interval(field.deserialize(text))


def test_plain_quantities_are_read_together() -> None:
    assert len(plain_quantities(fields()["disease.tsh"], ["0.5 mIU/L", "1 mU/L", "2 parsecs", "<3 mU/L", "4 U/L"])) == 2


@pytest.mark.parametrize("text", ["1000 years", "3 furlongs", "150"])
def test_what_the_field_refuses_is_left_to_it(text: str) -> None:
    field = fields()["age"]
    assert plain_quantities(field, [text]) == {}
    with pytest.raises(ValidationError):
        field.deserialize(text)
