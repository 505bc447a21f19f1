"""The laws notice a broken engine; `python -m tests.generative.mutations` prints the whole table."""

import pytest

from tests.generative.mutations import MUTATIONS, Mutation, broken, noticed_by


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.meaning)
def test_the_text_to_replace_exists(mutation: Mutation) -> None:
    with broken(mutation):
        pass


@pytest.mark.parametrize("mutation", [MUTATIONS[0], MUTATIONS[1]], ids=lambda mutation: mutation.meaning)
def test_a_law_notices(mutation: Mutation) -> None:
    assert next(noticed_by(mutation), None)


def test_a_text_that_does_not_exist_is_reported() -> None:
    with (
        pytest.raises(ValueError, match="_exists contains 'gone' 0 times"),
        broken(Mutation("_exists", "gone", "", "")),
    ):
        pass
