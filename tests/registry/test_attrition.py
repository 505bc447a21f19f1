"""What each criterion of a trial removes: a count for each line, and the same patient by patient."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import nodes as c
from matching.trial import Criterion, Trial, TrialCohort
from registry.screen.attrition import attrition, line_of
from registry.screen.results import Attrition

NO, UNKNOWN, YES = -1, 0, 1
OWN, A, B = ("include[0]", "include[1]"), ("cohorts[0].include[0]", "cohorts[0].include[1]"), ("cohorts[1].include[0]",)


def criteria(paths: tuple[str, ...]) -> tuple[Criterion, ...]:
    return tuple(Criterion(path, "include", "sex", c.Holds(path)) for path in paths)


TRIAL = Trial(
    "NCT00000001", "1", "A trial", (), "recruiting", "2026", "", "partial", criteria(OWN),
    (TrialCohort("A", "A", criteria(A)), TrialCohort("B", "B", criteria(B))),
)  # fmt: skip


def counted(truths: dict[str, list[int]]) -> dict[str, Attrition]:
    size = len(next(iter(truths.values())))
    lines = {path: line_of(np.array(one, np.int8), size) for path, one in truths.items()}
    return {one.path: one for one in attrition(TRIAL, lines, size)}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # (alone, alone_unknown, in_sequence, in_sequence_unknown, left_unknown) of the second line
        (YES, NO, (1, 0, 1, 0, 0)),
        (YES, UNKNOWN, (0, 1, 0, 1, 1)),
        (UNKNOWN, NO, (1, 0, 1, 0, 0)),  # whoever was unknown and falls is unknown no more; nothing is below zero
        (UNKNOWN, UNKNOWN, (0, 1, 0, 1, 1)),  # two things are not known of one patient
        (UNKNOWN, YES, (0, 0, 0, 0, 1)),
        (NO, UNKNOWN, (0, 1, 0, 0, 0)),  # whoever fell before counts in no line after it
        (NO, NO, (1, 0, 0, 0, 0)),
    ],
)
def test_a_line_counts_whom_none_before_it_removed(first: int, second: int, expected: tuple[int, ...]) -> None:
    others = {path: [YES] for path in (*A, *B)}
    assert tuple(counted({OWN[0]: [first], OWN[1]: [second], **others})[OWN[1]].to_json().values())[1:] == expected


PATIENTS = st.lists(st.lists(st.sampled_from([NO, UNKNOWN, YES]), min_size=5, max_size=5), min_size=1, max_size=30)


@given(PATIENTS)
def test_the_counts_are_those_of_one_patient_after_the_other(patients: list[list[int]]) -> None:
    paths = (*OWN, *A, *B)
    told = counted({path: [one[place] for one in patients] for place, path in enumerate(paths)})
    for before in (OWN, OWN + A, OWN + B):
        *earlier, last = (paths.index(path) for path in before)
        left = [one for one in patients if all(one[place] != NO for place in earlier)]
        still = [min(one[place] for place in (*earlier, last)) for one in left]
        assert told[before[-1]] == Attrition(
            before[-1],
            alone=sum(one[last] == NO for one in patients),
            alone_unknown=sum(one[last] == UNKNOWN for one in patients),
            in_sequence=still.count(NO),
            in_sequence_unknown=sum(one[last] == UNKNOWN for one in left),
            left_unknown=still.count(UNKNOWN),
        )


@given(PATIENTS, st.integers(0, 30))
def test_parts_add_up_to_the_whole(patients: list[list[int]], cut: int) -> None:
    paths = (*OWN, *A, *B)
    parts = [part for part in (patients[:cut], patients[cut:]) if part]
    told = [counted({path: [one[place] for one in part] for place, path in enumerate(paths)}) for part in parts]
    whole = counted({path: [one[place] for one in patients] for place, path in enumerate(paths)})
    assert {path: reduce(Attrition.__add__, (one[path] for one in told)) for path in paths} == whole
