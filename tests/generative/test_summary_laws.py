"""The laws of matching, on generated patient summaries and real trials, definitions and probes."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import assume, event
from hypothesis import strategies as st

from matching.columnar import Program, evaluate
from matching.describe import describe
from matching.trial import Trial
from matching.verdict import VERDICT_RANK
from schemas.implications.contradictions import contradictions
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import explainer_for
from schemas.summary.fact_wording import WORDS
from schemas.summary.facts import Patient, dump_patient, load_patient
from schemas.summary.load_stored import load_stored
from tests.generative.acceptable_summaries import consistent, readable
from tests.generative.forgetting import knowing_less
from tests.generative.laws import law
from tests.generative.real_criteria import every_criterion, trials
from tests.generative.summary_strategies import Summary
from tests.generative.written_summaries import first, spell
from verdicts.match import match_patient
from verdicts.match_schema import MatchResultSchema
from verdicts.ranking import ELIGIBLE_FROM, POSSIBLE_FROM

WAYS_TO_KNOW_LESS = 3


@cache
def program() -> Program:
    return Program(every_criterion())


@cache
def some_criteria(start: int) -> Program:
    return Program(every_criterion()[start::5])


def truths(patients: Sequence[Patient]) -> list[list[int]]:
    """For each patient, the truth of every criterion."""
    return [[int(truth) for truth in row] for row in evaluate(program(), cohort_of(patients)).T]


def agree(written: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether every criterion has the same truth for both summaries."""
    first, second = truths([load_patient(written), load_patient(other)])
    return first == second


@law(summary=consistent(), data=st.data())
def test_learning_never_overturns_a_decided_verdict_of_a_summary(summary: Summary, data: Any) -> None:
    after = load_patient(spell(summary))
    assume(not contradictions(explainer_for(after), every_criterion()))
    less = [spell(data.draw(knowing_less(summary))) for _ in range(WAYS_TO_KNOW_LESS)]
    now, *earlier = truths([after, *map(load_patient, less)])
    for before, was in zip(less, earlier, strict=True):
        overturned = [row for row, truth in enumerate(was) if truth not in (0, now[row])]
        named = [describe(every_criterion()[row], WORDS) for row in overturned]
        assert not named, f"before: {before}, after: {spell(summary)}"


@law(summary=readable(), data=st.data())
def test_the_way_of_writing_does_not_matter(summary: Summary, data: Any) -> None:
    chosen = spell(summary, lambda options: data.draw(st.sampled_from(list(options))))
    assert agree(chosen, spell(summary))


@law(summary=readable(), data=st.data())
def test_the_order_of_records_in_a_summary_does_not_matter(summary: Summary, data: Any) -> None:
    reordered = shuffled(spell(summary, first), lambda records: data.draw(st.permutations(records)))
    assert agree(reordered, spell(summary))


def shuffled(value: Any, shuffle: Any) -> Any:
    if isinstance(value, list):
        return shuffle(value)
    return {key: shuffled(below, shuffle) for key, below in value.items()} if isinstance(value, dict) else value


@law(summary=readable(), data=st.data())
def test_a_dumped_summary_loads_as_the_same_patient(summary: Summary, data: Any) -> None:
    patient = load_patient(spell(summary, lambda options: data.draw(st.sampled_from(list(options)))))
    dumped = dump_patient(patient)
    stored = json.loads(json.dumps(dumped))
    assert load_patient(stored) == patient
    assert load_stored(stored) == patient
    assert dump_patient(load_patient(dumped)) == dumped


@law(cohort=st.tuples(readable(), readable(), readable()), row=st.integers(0, 2))
def test_a_batch_of_summaries_gives_each_the_same_truths_as_alone(cohort: tuple[Summary, ...], row: int) -> None:
    patients = [load_patient(spell(summary)) for summary in cohort]
    together = evaluate(some_criteria(row), cohort_of(patients))
    alone = evaluate(some_criteria(row), cohort_of([patients[row]]))
    assert together[:, row].tolist() == alone[:, 0].tolist()


@law(summary=readable())
def test_a_patient_alone_has_the_truths_of_a_cohort(summary: Summary) -> None:
    patient = load_patient(spell(summary))
    explainer = explainer_for(patient)
    assert [[int(explainer.truth(node)) for node in every_criterion()]] == truths([patient])


@law(summary=readable(), asked=st.deferred(lambda: st.lists(st.sampled_from(trials()), max_size=2, unique=True)))
def test_every_summary_gets_a_complete_answer(summary: Summary, asked: list[Trial]) -> None:
    answer = match_patient(load_patient(spell(summary)), asked)
    assert MatchResultSchema().validate(answer) == {}
    assert sorted(match["trial"] for match in answer["matches"]) == sorted(trial.id for trial in asked)
    ranks = [VERDICT_RANK[match["verdict"]] for match in answer["matches"]]
    assert ranks == sorted(ranks)
    for match in answer["matches"]:
        event(match["verdict"])
        _check(match, answer["contradictions"])


def _check(match: dict[str, Any], contradicting: list[Any]) -> None:
    verdicts = [criterion["verdict"] for criterion in match["criteria"]]
    cohorts = [cohort["verdict"] for cohort in match["cohorts"]]
    assert all(criterion["text"] for criterion in match["criteria"])
    match match["verdict"]:
        case "eligible":
            assert ELIGIBLE_FROM <= match["score"] <= 1
            assert "eligible" in cohorts or not cohorts
        case "possible":
            assert POSSIBLE_FROM <= match["score"] < ELIGIBLE_FROM
            assert match["missing"] or contradicting
            assert "possible" in cohorts or not cohorts
        case "ineligible":
            assert match["score"] == 0
            assert "not_met" in verdicts
            assert set(cohorts) <= {"ineligible"}
