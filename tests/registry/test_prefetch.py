"""Items taken ahead are all the items, in their order, and a fault comes in its place."""

from collections.abc import Iterator
from threading import Event

import pytest

from registry.read.prefetch import Prefetcher, one_ahead


@pytest.mark.parametrize("most", [1, 2, 3, 4, 9])
def test_every_item_comes_once_and_in_order(most: int) -> None:
    with Prefetcher(iter("abc"), most) as ahead:
        assert list(ahead) == ["a", "b", "c"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_fault_comes_after_the_items_before_it(most: int) -> None:
    def items() -> Iterator[str]:
        yield "a"
        yield "b"
        raise ValueError("the third")

    with Prefetcher(items(), most) as ahead:
        stream = iter(ahead)
        assert [next(stream), next(stream)] == ["a", "b"]
        with pytest.raises(ValueError, match="the third"):
            next(stream)


def test_no_more_is_taken_than_was_said_and_nothing_after_the_end() -> None:
    taken, enough = [], Event()

    def items() -> Iterator[int]:
        for one in range(9):
            taken.append(one)
            if len(taken) == 3:
                enough.set()
            yield one

    with Prefetcher(items(), 3):
        assert enough.wait(10)
    assert taken == [0, 1, 2]


def test_one_is_taken_ahead_and_a_fault_comes_in_its_place() -> None:
    def items() -> Iterator[str]:
        yield "a"
        yield "b"
        raise ValueError("the third")

    assert list(one_ahead(iter("abc"))) == ["a", "b", "c"]
    stream = one_ahead(items())
    assert [next(stream), next(stream)] == ["a", "b"]
    with pytest.raises(ValueError, match="the third"):
        next(stream)
