"""The specification of a criterion kind as a table of tests."""

from typing import Any

import pytest

from schemas.criteria.specification import Facts, Spec, SpecExample, answer

__all__ = ["Facts", "Spec", "SpecExample", "answer", "rows"]


def rows(spec: Spec) -> Any:
    """Every example and patient of the specification, as parameters of a test."""
    return pytest.mark.parametrize(("criterion", "facts", "truth"), spec.rows(), ids=spec.names())
