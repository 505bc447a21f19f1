"""The specification of a criterion kind as a table of tests."""

from typing import Any

import pytest

from schemas.specification import Example, Facts, Spec, answer

__all__ = ["Example", "Facts", "Spec", "answer", "rows"]


def rows(spec: Spec) -> Any:
    """Every example and patient of the specification, as parameters of a test."""
    return pytest.mark.parametrize(("criterion", "facts", "truth"), spec.rows(), ids=spec.names())
