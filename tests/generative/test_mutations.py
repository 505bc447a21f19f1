"""The laws notice a broken evaluator; the whole table is `python -m tests.generative.mutations`."""

import pytest

from tests.generative.mutations import MUTATIONS, Mutation, broken, noticed_by


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.meaning)
def test_the_place_to_break_is_still_there(mutation: Mutation) -> None:
    with broken(mutation):
        pass


@pytest.mark.parametrize("mutation", [MUTATIONS[0], MUTATIONS[1]], ids=lambda mutation: mutation.meaning)
def test_a_law_notices(mutation: Mutation) -> None:
    assert next(noticed_by(mutation), None)


def test_a_place_that_is_gone_is_said() -> None:
    with (
        pytest.raises(ValueError, match="_exists contains 'gone' 0 times"),
        broken(Mutation("_exists", "gone", "", "")),
    ):
        pass
