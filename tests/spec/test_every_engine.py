"""Every row of every specification has the same answer on every engine. A new kind needs its specification only."""

import pytest

from matching.truth import Truth
from schemas.criteria.language import kinds
from schemas.criteria.specification import Spec
from tests.spec.engines import ENGINES, answers, csv_file
from tests.spec.manual import specs


@pytest.fixture(scope="session")
def answered() -> dict[str, list[dict[str, Truth]]]:
    """The answers to each row of a kind, kept for its other rows."""
    return {}


ROWS = [
    pytest.param(spec, row, truth, id=f"{kind}-{name}")
    for kind, spec in specs().items()
    for row, (name, (_, _, truth)) in enumerate(zip(spec.names(), spec.rows(), strict=True))
]


@pytest.mark.parametrize(("spec", "row", "truth"), ROWS)
def test_every_engine_gives_the_specified_answer(
    spec: Spec, row: int, truth: Truth, answered: dict[str, list[dict[str, Truth]]]
) -> None:
    if spec.kind not in answered:
        answered[spec.kind] = answers(spec)
    found = answered[spec.kind][row]
    assert found == dict.fromkeys(found, truth), spec.rows()[row]
    assert ENGINES.keys() - found.keys() <= {csv_file.__name__}


def test_every_kind_has_a_specification() -> None:
    assert specs().keys() == kinds().keys()


def test_the_table_of_a_registry_answers_nearly_every_row() -> None:
    """All but the summaries with an empty record."""
    asked = [answer for spec in specs().values() for answer in answers(spec)]
    assert sum(csv_file.__name__ not in answer for answer in asked) < len(asked) / 100
