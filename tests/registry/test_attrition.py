"""The attrition of each criterion equals a count patient by patient."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import nodes as c
from matching.trial import Criterion, Trial, TrialCohort
from registry.screen.attrition import Attrition, count_attrition, count_truths

NO, UNKNOWN, YES = -1, 0, 1
OWN, A, B = ("include[0]", "include[1]"), ("cohorts[0].include[0]", "cohorts[0].include[1]"), ("cohorts[1].include[0]",)


def criteria(paths: tuple[str, ...]) -> tuple[Criterion, ...]:
    return tuple(Criterion(path, "include", "sex", c.IsYes(path)) for path in paths)


TRIAL = Trial(
    "NCT00000001", "1", "A trial", (), "recruiting", "2026", "", "partial", criteria(OWN),
    (TrialCohort("A", "A", criteria(A)), TrialCohort("B", "B", criteria(B))),
)  # fmt: skip


def attrition_of(truths: dict[str, list[int]]) -> dict[str, Attrition]:
    size = len(next(iter(truths.values())))
    counted = {path: count_truths(np.array(values, np.int8), size) for path, values in truths.items()}
    return {line.path: line for line in count_attrition(TRIAL, counted, size)}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # (alone, alone_unknown, in_sequence, in_sequence_unknown, left_unknown) of the second line
        (YES, NO, (1, 0, 1, 0, 0)),
        (YES, UNKNOWN, (0, 1, 0, 1, 1)),
        (UNKNOWN, NO, (1, 0, 1, 0, 0)),  # a removed patient is no longer unknown; no count is negative
        (UNKNOWN, UNKNOWN, (0, 1, 0, 1, 1)),  # two criteria are unknown for one patient
        (UNKNOWN, YES, (0, 0, 0, 0, 1)),
        (NO, UNKNOWN, (0, 1, 0, 0, 0)),  # a removed patient counts in no later criterion
        (NO, NO, (1, 0, 0, 0, 0)),
    ],
)
def test_a_criterion_counts_patients_left_by_earlier_criteria(
    first: int, second: int, expected: tuple[int, ...]
) -> None:
    others = {path: [YES] for path in (*A, *B)}
    assert tuple(attrition_of({OWN[0]: [first], OWN[1]: [second], **others})[OWN[1]].to_json().values())[1:] == expected


PATIENTS = st.lists(st.lists(st.sampled_from([NO, UNKNOWN, YES]), min_size=5, max_size=5), min_size=1, max_size=30)


@given(PATIENTS)
def test_the_counts_equal_those_patient_by_patient(patients: list[list[int]]) -> None:
    paths = (*OWN, *A, *B)
    attrition = attrition_of({path: [patient[place] for patient in patients] for place, path in enumerate(paths)})
    for before in (OWN, OWN + A, OWN + B):
        *earlier, last = (paths.index(path) for path in before)
        remaining = [patient for patient in patients if all(patient[place] != NO for place in earlier)]
        least = [min(patient[place] for place in (*earlier, last)) for patient in remaining]
        assert attrition[before[-1]] == Attrition(
            before[-1],
            alone=sum(patient[last] == NO for patient in patients),
            alone_unknown=sum(patient[last] == UNKNOWN for patient in patients),
            in_sequence=least.count(NO),
            in_sequence_unknown=sum(patient[last] == UNKNOWN for patient in remaining),
            left_unknown=least.count(UNKNOWN),
        )


@given(PATIENTS, st.integers(0, 30))
def test_parts_add_up_to_the_whole(patients: list[list[int]], cut: int) -> None:
    paths = (*OWN, *A, *B)
    parts = [part for part in (patients[:cut], patients[cut:]) if part]
    counts = [
        attrition_of({path: [patient[place] for patient in part] for place, path in enumerate(paths)}) for part in parts
    ]
    whole = attrition_of({path: [patient[place] for patient in patients] for place, path in enumerate(paths)})
    assert {path: reduce(Attrition.__add__, (count[path] for count in counts)) for path in paths} == whole
