"""Equal nodes are the same object, wherever they were created."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest

from matching import nodes as c
from matching.interval import Interval


def example() -> c.TruthNode:
    small = c.Within(c.Fact("lesions.size"), Interval(0, 10), Interval(0, 12))
    return c.All((c.Exists(c.Records("lesions", where=small)), c.Not(c.Among("sex", frozenset({"male"})))))


def test_equal_nodes_are_one_object() -> None:
    assert example() is example()
    assert c.Records("lesions") is c.Records("lesions", c.All(()), complete_if=c.Any(()))


def test_different_criteria_are_different() -> None:
    assert c.All((c.IsYes("a"),)) is not c.Any((c.IsYes("a"),))
    assert c.IsYes("a") != c.IsYes("b")


@pytest.mark.parametrize("copied", [deepcopy, lambda node: pickle.loads(pickle.dumps(node))], ids=["copy", "pickle"])
def test_a_copy_is_the_same_object(copied: object) -> None:
    node = example()
    assert copied(node) is node  # type: ignore[operator]  # both are functions of one argument


def test_threads_agree() -> None:
    names = [f"fact {number % 50}" for number in range(2_000)]
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(c.IsYes, names))
    assert len({id(node) for node in created}) == 50


def test_an_unused_node_is_released() -> None:
    before = len(c.Interned._known)
    node = c.IsYes("used once")
    assert len(c.Interned._known) == before + 1
    del node
    assert len(c.Interned._known) == before
