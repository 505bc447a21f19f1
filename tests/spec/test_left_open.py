"""Specification of `left_open`: a clause whose limit the source does not give."""

from matching.columnar import Program, evaluate
from matching.truth import Truth
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.summary.encode_patients import cohort_of
from schemas.summary.facts import load_patient
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

CLAUSE = "Is the last course as long ago as the protocol asks (not seen)?"

SPEC = Spec(
    "left_open",
    [
        SpecExample(
            f"left_open: {CLAUSE}",
            "in a trial a question for the site, at its favourable value",
            met=[{}],
        ),
        SpecExample(
            f"all: [{{prior_radioiodine: {{cumulative_activity: {{above: 600 mCi}}}}}}, {{left_open: {CLAUSE}}}]",
            "what stands beside the clause decides as ever",
            met=[{"radioiodine": {"cumulative_activity": "700 mCi"}}],
            not_met=[{"radioiodine": {"cumulative_activity": "500 mCi"}}],
            unknown=[{}],
        ),
    ],
)


@rows(SPEC)
def test_left_open(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth


def test_a_definition_with_an_open_clause_is_unknown_where_only_the_clause_decides() -> None:
    line = read_criterion({"left_open": CLAUSE}, CriterionContext())
    patient = load_patient({"patient_ref": "A"})
    assert evaluate(Program((line.node,)), cohort_of([patient]))[0, 0] == Truth.UNKNOWN
