"""The columnar engine: for each node a table of patients that a clinician could check."""

from math import inf
from typing import Any

import numpy as np
import pytest

from matching import columnar as engine
from matching import nodes as c
from matching.cohort import MAX_BYTE_LOOKUP, Cohort, DictionaryIndices, NumberColumn, RecordTable, YesNoColumn
from matching.columnar import Program, evaluate
from matching.dependencies import belongs_to, field_of, joining_nodes, mentions
from matching.interval import EVERYTHING, Interval
from matching.truth import Truth, truth_of
from tests.generative.algebra_strategies import column

EMPTY: dict[str, list[Any]] = {"site": [], "size": []}


def lesions(*patients: list[tuple[str | None, tuple[float, float]]], complete: list[int]) -> Cohort:
    """Each patient's lesions as (site, size)."""
    records = [record for patient in patients for record in patient]
    columns = {
        "site": column("code", [site for site, _ in records]),
        "size": column("number", [size for _, size in records]),
    }
    offsets = np.cumsum([0, *(len(patient) for patient in patients)])
    return Cohort(len(patients), {}, {"lesions": RecordTable(offsets, np.array(complete, np.int8), columns)})


LUNG = c.Among("lesions.site", frozenset({"lung"}), frozenset({"distant"}))
IN_LUNG = c.Records("lesions", LUNG)
UNKNOWN = (-inf, inf)

COHORT = lesions(
    [("lung", (8, 8)), ("bone", (30, 30))],
    [("lung", (8, 8)), ("lung", UNKNOWN)],
    [("distant", (12, 12))],
    [],
    [],
    [("bone", (5, 5))],
    complete=[1, 1, 1, 1, 0, -1],
)
"""A lung and a bone lesion; two lung lesions, the second unmeasured; a lesion at a distant site; none; unknown; a bone
lesion."""


def truths(node: c.TruthNode, cohort: Cohort = COHORT) -> list[int]:
    return [int(truth) for truth in evaluate(Program([node]), cohort)[0]]


def numbers(node: c.NumberNode) -> list[tuple[float, float]]:
    program = Program([c.Within(node, EVERYTHING, EVERYTHING)])
    slot = program.slot_of(node, None)
    found = program.values(COHORT, frozenset({slot}))[slot]
    assert isinstance(found, NumberColumn)
    return list(zip(found.lo.tolist(), found.hi.tolist(), strict=True))


def test_a_lesion_is_in_the_lung() -> None:
    assert truths(c.Exists(IN_LUNG)) == [1, 1, 0, -1, 0, 0]


def test_a_list_is_complete_where_complete_if_is_true() -> None:
    asked = c.Records("lesions", LUNG, complete_if=c.Confirm("Was the chest scanned?"))
    assert truths(c.Exists(asked)) == [1, 1, 0, -1, -1, -1]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (c.Count(IN_LUNG), [(1, 1), (2, 2), (0, 1), (0, 0), (0, inf), (0, inf)]),
        (c.Total(IN_LUNG, "lesions.size"), [(8, 8), (8, inf), (0, 12), (0, 0), (0, inf), (0, inf)]),
        (c.Largest(IN_LUNG, "lesions.size"), [(8, 8), (8, inf), (-inf, 12), (-inf, -inf), (-inf, inf), (-inf, inf)]),
        (c.Smallest(IN_LUNG, "lesions.size"), [(8, 8), (-inf, 8), (12, inf), (inf, inf), (-inf, inf), (-inf, inf)]),
        (c.Total(IN_LUNG, "lesions.weight"), [(0, inf), (0, inf), (0, inf), (0, 0), (0, inf), (0, inf)]),
        (
            c.Narrowed((c.Fact("number"), c.Count(IN_LUNG))),
            [(1, 1), (2, 2), (0, 1), (0, 0), (0, inf), (0, inf)],
        ),
        (
            c.Narrowed((c.Count(c.Records("lesions")), c.Count(IN_LUNG))),  # 2 and 1 contradict each other: any number
            [UNKNOWN, (2, 2), (1, 1), (0, 0), (0, inf), (1, inf)],
        ),
    ],
)
def test_numbers_of_a_list(node: c.NumberNode, expected: list[tuple[float, float]]) -> None:
    assert numbers(node) == expected


def patients_with(**facts: Any) -> Cohort:
    columns = {path: column(*values) for path, values in facts.items()}
    return Cohort(max(len(values) for _, values in facts.values()), columns)


T, U, F = True, None, False
PAIRS = patients_with(
    a=("truth", [T, T, T, U, U, U, F, F, F]),
    b=("truth", [T, U, F, T, U, F, T, U, F]),
)
A, B = c.IsYes("a"), c.IsYes("b")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (c.All((A, B)), [1, 0, -1, 0, 0, -1, -1, -1, -1]),
        (c.Any((A, B)), [1, 1, 1, 1, 0, 0, 1, 0, -1]),
        (c.Not(A), [-1, -1, -1, 0, 0, 0, 1, 1, 1]),
        (c.Named("family/name", A), [1, 1, 1, 0, 0, 0, -1, -1, -1]),
        (c.AtLeast(2, (A, B)), [1, 0, -1, 0, 0, -1, -1, -1, -1]),
        (c.AtLeast(0, (A, B)), [1] * 9),
        (c.AtLeast(3, (A, B)), [-1] * 9),
        (c.Consensus((A, B)), [1, 0, 0, 0, 0, 0, 0, 0, -1]),
        (c.Agreed((A, B)), [1, 1, 0, 1, 0, -1, 0, -1, -1]),
        (c.Preferred(A, B), [1, 1, 1, 1, 0, -1, -1, -1, -1]),
        (c.AtLeast(0, ()), [1] * 9),
        (c.AtLeast(1, ()), [-1] * 9),
        (c.All(()), [1] * 9),
        (c.Any(()), [-1] * 9),
        (c.Confirm("Consent?"), [1] * 9),
        (c.Confirm("Consent?", favourable=False), [-1] * 9),
        (c.IsYes("never reported"), [0] * 9),
        (c.Among("a", frozenset({"x"})), [0] * 9),  # a yes-or-no column has no codes: unknown
    ],
)
def test_kleene_tables(node: c.TruthNode, expected: list[int]) -> None:
    assert truths(node, PAIRS) == expected


TEN = Interval(10, inf)


@pytest.mark.parametrize(
    ("known", "expected"),
    [((10, 10), 1), ((12, inf), 1), ((8, 9), -1), ((8, 10), 0), (UNKNOWN, 0), ((-inf, 9.9), -1)],
)
def test_a_number_within_a_range(known: tuple[float, float], expected: int) -> None:
    assert truths(c.Within(c.Fact("size"), TEN, TEN), patients_with(size=("number", [known]))) == [expected]


@pytest.mark.parametrize(("activity", "expected"), [(21_999, -1), (22_000, 0), (22_100, 0), (22_200, 1), (23_000, 1)])
def test_a_bound_that_is_unclear_in_the_source(activity: float, expected: int) -> None:
    """600 mCi are 22.2 GBq, and the source prints 22."""
    node = c.Within(c.Fact("activity"), Interval(22_200, inf), Interval(22_000, inf))
    assert truths(node, patients_with(activity=("number", [(activity, activity)]))) == [expected]


@pytest.mark.parametrize(("code", "expected"), [("red", 1), ("warm", 0), ("blue", -1), (None, 0)])
def test_a_code_among_others(code: str | None, expected: int) -> None:
    node = c.Among("colour", frozenset({"red"}), frozenset({"warm"}))
    assert truths(node, patients_with(colour=("code", [code, "red", "blue"])))[0] == expected


def test_a_filter_may_read_a_fact_of_the_patient() -> None:
    facts = {
        "adult": YesNoColumn(np.array([1, -1, 0, 1, 1, 1], np.int8)),
        "limit": NumberColumn(np.arange(6.0), np.arange(6.0)),
    }
    cohort = Cohort(COHORT.size, facts, COHORT.tables)
    adult = c.Exists(c.Records("lesions", c.All((LUNG, c.IsYes("adult")))))
    limit = c.Within(c.Fact("limit"), Interval(0, 1), Interval(0, 1))
    assert truths(adult, cohort) == [1, -1, 0, -1, 0, 0]
    assert truths(c.Exists(c.Records("lesions", limit)), cohort) == [1, 1, -1, -1, 0, 0]


def test_a_fact_of_the_patient_may_narrow_a_fact_of_the_record() -> None:
    limit = NumberColumn(np.full(6, 0.0), np.full(6, 10.0))
    size = c.Narrowed((c.Fact("lesions.size"), c.Fact("limit")))
    node = c.Exists(c.Records("lesions", c.Within(size, Interval(0, 10), Interval(0, 10))))
    assert truths(node, Cohort(COHORT.size, {"limit": limit}, COHORT.tables)) == [1, 1, 0, -1, 0, 1]


def test_a_filter_may_contain_another_list_of_the_patient() -> None:
    node = c.Exists(c.Records("lesions", c.All((LUNG, c.Exists(c.Records("courses"))))))
    assert truths(node) == [0, 0, 0, -1, 0, 0]


@pytest.mark.parametrize("where", [LUNG, c.Not(LUNG), c.Exists(c.Records("courses", c.Any((LUNG,))))])
def test_a_filter_cannot_read_the_records_of_another_list(where: c.TruthNode) -> None:
    inner = c.Exists(c.Records("courses", where))
    with pytest.raises(ValueError, match="a filter on courses mentions the records of lesions"):
        Program([c.Exists(c.Records("lesions", inner))])


def test_blocks_do_not_change_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    lists, pairs = truths(c.Exists(IN_LUNG)), truths(c.All((A, B)), PAIRS)
    monkeypatch.setattr(engine, "PATIENTS_PER_BLOCK", 2)
    assert truths(c.Exists(IN_LUNG)) == lists
    assert truths(c.All((A, B)), PAIRS) == pairs


def test_a_shared_criterion_is_computed_once() -> None:
    program = Program([c.Exists(IN_LUNG), c.Not(c.Exists(c.Records("lesions", LUNG)))])
    assert sum(isinstance(step.node, c.Exists) for step in program.steps) == 1


def test_only_compiled_nodes_have_a_slot() -> None:
    with pytest.raises(KeyError):
        Program([A]).slot_of(B, None)


def test_joining_nodes_are_found() -> None:
    joined = c.Agreed((A, B))
    assert joining_nodes((c.Not(joined),)) == ((joined, None),)


def test_only_combinations_of_truths_are_combined() -> None:
    with pytest.raises(TypeError, match="Fact is not a combination"):
        engine._combined(c.Fact("age"), [])


@pytest.mark.parametrize(
    ("path", "table", "belongs"),
    [
        ("lesions.size", "lesions", True),
        ("lesions_complete", "lesions", False),
        ("disease.lesions.size", "disease", False),
        ("disease.lesions.size", "disease.lesions", True),
    ],
)
def test_a_field_belongs_to_its_table(path: str, table: str, belongs: bool) -> None:
    assert belongs_to(path, table) is belongs
    assert not belongs or field_of(path, table) == "size"


def test_a_list_does_not_mention_the_records_of_its_own_table() -> None:
    assert mentions(LUNG, "lesions")
    assert not mentions(c.Exists(IN_LUNG), "lesions")


@pytest.mark.parametrize(("value", "truth"), [(True, Truth.TRUE), (False, Truth.FALSE), (None, Truth.UNKNOWN)])
def test_the_truth_of_a_boolean(value: bool | None, truth: Truth) -> None:
    assert truth_of(value) == truth


def test_equal_nodes_have_equal_hashes() -> None:
    assert hash(c.All((A, B))) == hash(c.All((A, B)))
    assert c.All((A, B)) == c.All((A, B)) != c.All((B, A))


@pytest.mark.parametrize("distinct", [2, MAX_BYTE_LOOKUP, MAX_BYTE_LOOKUP + 1, 1000])
def test_truths_of_distinct_values_are_looked_up_for_each_row(distinct: int) -> None:
    truths = np.array([*(place % 3 - 1 for place in range(distinct)), 0], np.int8)
    indices = np.array([distinct - 1, -1, 0, distinct // 2], np.int32)
    assert DictionaryIndices(indices).look_up(truths).tolist() == truths[indices].tolist()
    assert DictionaryIndices(indices[:1]).look_up(truths).tolist() == [truths[distinct - 1]]
