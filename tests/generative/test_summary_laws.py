"""The laws of matching, on generated patient summaries read with real trials, definitions and probes."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import assume, event
from hypothesis import strategies as st

from matching.columnar import Program, evaluate
from matching.describe import describe
from matching.trial import Trial
from schemas.summary.contradictions import contradictions
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import explainer_for
from schemas.summary.fact_wording import WORDS
from schemas.summary.facts import Patient, dump_patient, load_patient
from schemas.summary.load_stored import load_stored
from tests.generative.forgetting import knowing_less
from tests.generative.laws import law
from tests.generative.mending import consistent, readable
from tests.generative.readers import every_criterion, trials
from tests.generative.spelling import first, spell
from tests.generative.summaries import Summary
from verdicts.match import match_patient
from verdicts.match_schema import MatchResultSchema
from verdicts.ranking import ELIGIBLE_FROM, POSSIBLE_FROM

WAYS_TO_KNOW_LESS = 3


@cache
def program() -> Program:
    return Program(every_criterion())


@cache
def some_criteria(place: int) -> Program:
    return Program(every_criterion()[place::5])


def truths(patients: Sequence[Patient]) -> list[list[int]]:
    """For each patient, the truth of every criterion."""
    return [[int(one) for one in row] for row in evaluate(program(), cohort_of(patients)).T]


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether every criterion answers alike for both."""
    first, second = truths([load_patient(one), load_patient(other)])
    return first == second


@law(summary=consistent(), data=st.data())
def test_learning_never_overturns_a_settled_verdict_of_a_summary(summary: Summary, data: Any) -> None:
    after = load_patient(spell(summary))
    assume(not contradictions(explainer_for(after), every_criterion()))
    less = [spell(data.draw(knowing_less(summary))) for _ in range(WAYS_TO_KNOW_LESS)]
    now, *earlier = truths([after, *map(load_patient, less)])
    for before, was in zip(less, earlier, strict=True):
        overturned = [place for place, truth in enumerate(was) if truth not in (0, now[place])]
        named = [describe(every_criterion()[place], WORDS) for place in overturned]
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


@law(cohort=st.tuples(readable(), readable(), readable()), place=st.integers(0, 2))
def test_a_batch_of_summaries_gives_each_the_same_truths_as_alone(cohort: tuple[Summary, ...], place: int) -> None:
    patients = [load_patient(spell(summary)) for summary in cohort]
    together = evaluate(some_criteria(place), cohort_of(patients))
    alone = evaluate(some_criteria(place), cohort_of([patients[place]]))
    assert together[:, place].tolist() == alone[:, 0].tolist()


@law(summary=readable())
def test_a_patient_read_alone_is_read_as_in_a_cohort(summary: Summary) -> None:
    patient = load_patient(spell(summary))
    reader = explainer_for(patient)
    assert [[int(reader.truth(node)) for node in every_criterion()]] == truths([patient])


@law(summary=readable(), asked=st.deferred(lambda: st.lists(st.sampled_from(trials()), max_size=2, unique=True)))
def test_every_summary_gets_a_complete_answer(summary: Summary, asked: list[Trial]) -> None:
    answer = match_patient(load_patient(spell(summary)), asked)
    assert MatchResultSchema().validate(answer) == {}
    assert sorted(match["trial"] for match in answer["matches"]) == sorted(trial.id for trial in asked)
    ranks = [["eligible", "possible", "ineligible"].index(match["verdict"]) for match in answer["matches"]]
    assert ranks == sorted(ranks)
    for match in answer["matches"]:
        event(match["verdict"])
        _check(match, answer["contradictions"])


def _check(match: dict[str, Any], contradicting: list[Any]) -> None:
    verdicts = [line["verdict"] for line in match["criteria"]]
    cohorts = [cohort["verdict"] for cohort in match["cohorts"]]
    assert all(line["text"] for line in match["criteria"])
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
