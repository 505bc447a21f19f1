"""The specification of `receptor`, and the cases of the trial that uses it."""

from importlib.resources import files

import pytest
from trialmatch_breast.specification import RECEPTOR

from authoring.cases import run_cases
from matching.truth import Truth
from schemas.criteria.specification import Facts, answer
from schemas.trials.trial_file import read_trial_file


@pytest.mark.parametrize(("criterion", "facts", "truth"), RECEPTOR.rows(), ids=RECEPTOR.names())
def test_receptor(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth


def test_every_case_of_the_trial_passes() -> None:
    text = (files("trialmatch_breast.trials") / "NCT03734029.yaml").read_text("utf-8")
    results = list(run_cases(read_trial_file(text, "NCT03734029.yaml")))
    assert len(results) == 5
    assert [result for result in results if result.wrong] == []
