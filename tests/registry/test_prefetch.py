"""Prefetched items are complete and in order, and an error comes after the items before it."""

from collections.abc import Iterator
from threading import Event

import pytest

from registry.read.prefetch import Prefetcher, prefetch_one


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9])
def test_every_item_comes_once_and_in_order(limit: int) -> None:
    with Prefetcher(iter("abc"), limit) as prefetcher:
        assert list(prefetcher) == ["a", "b", "c"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_an_error_comes_after_the_items_before_it(limit: int) -> None:
    def items() -> Iterator[str]:
        yield "a"
        yield "b"
        raise ValueError("the third")

    with Prefetcher(items(), limit) as prefetcher:
        stream = iter(prefetcher)
        assert [next(stream), next(stream)] == ["a", "b"]
        with pytest.raises(ValueError, match="the third"):
            next(stream)


def test_no_more_than_the_limit_is_prefetched() -> None:
    read, enough = [], Event()

    def items() -> Iterator[int]:
        for number in range(9):
            read.append(number)
            if len(read) == 3:
                enough.set()
            yield number

    with Prefetcher(items(), 3):
        assert enough.wait(10)
    assert read == [0, 1, 2]


def test_prefetching_one_item_keeps_order_and_error() -> None:
    def items() -> Iterator[str]:
        yield "a"
        yield "b"
        raise ValueError("the third")

    assert list(prefetch_one(iter("abc"))) == ["a", "b", "c"]
    stream = prefetch_one(items())
    assert [next(stream), next(stream)] == ["a", "b"]
    with pytest.raises(ValueError, match="the third"):
        next(stream)
