"""Checks and converts the units of laboratory values, which depend on the analyte."""

from functools import cache
from math import inf
from typing import Any

from marshmallow import ValidationError

from matching.interval import Interval
from schemas.inputs.faults import FaultMessage
from schemas.summary.fields import field_error
from schemas.summary.quantity import Quantity, read_quantity
from schemas.summary.quantity_fields import QuantityField
from schemas.summary.units import Dimension, dimensions
from schemas.summary.vocabulary import vocabularies


def dimension_of(analyte: str) -> Dimension:
    """The dimension of an analyte. Source: knowledge/vocabulary/analyte.yaml."""
    return dimensions()[str(vocabularies()["analyte"].terms[analyte].more["dimension"])]


@cache
def usual_upper_limit(analyte: str) -> Interval | None:
    """The upper limits of normal that laboratories use for an analyte, where its vocabulary lists them.

    Units: canonical of the analyte.
    """
    limits = vocabularies()["analyte"].terms[analyte].more.get("usual_upper_limit")
    if limits is None:
        return None
    lowest, highest = (dimension_of(analyte).interval(read_quantity(limit)) for limit in limits)
    return Interval(lowest.lo, highest.hi)


class LabValueField(QuantityField):
    """A quantity whose unit is checked once the analyte of its record is known. Units: canonical of the analyte."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__("ratio", label, **kwargs)

    @property
    def unknown(self) -> Interval:
        return Interval(0.0, inf)

    def read(self, value: Any) -> Quantity:
        try:
            return read_quantity(value)
        except ValueError as error:
            raise field_error(str(error), 'for example "1.5 10^9/L"') from None


def check_unit(record: dict[str, Any], key: str) -> Interval | None:
    """The value in the analyte's canonical unit.

    Raises: ValidationError at `key` for a unit the analyte does not have.
    """
    quantity = record.get(key)
    if quantity is None:
        return None
    try:
        return dimension_of(record["analyte"]).interval(quantity)
    except ValueError as error:
        raise ValidationError({key: [FaultMessage(str(error))]}) from None
