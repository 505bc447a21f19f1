"""Specification of `stated_burden`: the burden in the words of the summary."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "stated_burden",
    [
        SpecExample(
            "stated_burden: [macroscopic]",
            "mixed disease is macroscopic too",
            met=[{"disease": {"stated_burden": "macroscopic"}}, {"disease": {"stated_burden": "mixed"}}],
            not_met=[{"disease": {"stated_burden": "microscopic"}}],
            unknown=[{}, {"disease": {"stated_burden": "residual disease"}}],
        ),
    ],
)


@rows(SPEC)
def test_stated_burden(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
