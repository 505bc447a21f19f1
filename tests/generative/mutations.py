"""Breaks the engines on purpose, one place at a time, and reports which law fails.

python -m tests.generative.mutations          the first law that fails for each mutation
python -m tests.generative.mutations --all    every law that fails for each mutation
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from unittest.mock import patch

from matching import columnar, scalar
from tests.generative import test_algebra_laws
from tests.generative.laws import LAWS


@dataclass(frozen=True)
class Mutation:
    """One change to an engine: the function, the text replaced, its replacement, and the effect."""

    function: str
    old: str
    new: str
    meaning: str
    engine: ModuleType = columnar


MUTATIONS = (
    Mutation("_exists", "matches.complete > 0", "matches.complete > -2", "a list counts as complete without a mark"),
    Mutation("_within", "number.hi <= inside.hi", "number.hi <= inside.hi + 2.0**-20", "an upper bound one step off"),
    Mutation("_within", "number.lo >= inside.lo", "number.lo > inside.lo", "a lower bound excludes itself"),
    Mutation(
        "_within", "number.hi < possibly.lo", "number.hi < inside.lo", "a bound that is unclear in the source is closed"
    ),
    Mutation("_truth_of_names", "0 if name in node.possible else -1", "-1", "a wider term counts as no"),
    Mutation("_truth_of_names", "np.zeros(len(names) + 1", "np.full(len(names) + 1, -1", "not reported counts as no"),
    Mutation(
        "_leaf",
        "return column.values",
        "return np.where(column.values == 0, -1, column.values)",
        "unknown counts as no",
    ),
    Mutation(
        "_compute", "-cast(Truths, values[first])", "1 - abs(cast(Truths, values[first]))", "NOT of UNKNOWN is TRUE"
    ),
    Mutation("_compute", "isinstance(node, c.All)", "False", "no parts count as not met"),
    Mutation("_combined", "np.maximum(low, 0) + np.minimum(high, 0)", "low", "a split consensus is FALSE"),
    Mutation(
        "_combined", "np.sign(low + high)", "np.where(low < 0, low, high)", "a contradiction is resolved silently"
    ),
    Mutation("_combined", "(first == 0)", "(first <= 0)", "a judgement of no does not take precedence"),
    Mutation("_at_least", "(possibly < count)", "(surely < count)", "parts that may be TRUE are not counted"),
    Mutation("_matches", "np.maximum(table.complete, covered)", "table.complete", "no test makes a list complete"),
    Mutation(
        "_aggregate",
        "zero, values.hi, possibly, table)",
        "zero, values.hi, surely, table)",
        "a total omits possible matches",
    ),
    Mutation("_aggregate", "np.maximum(values.lo, 0.0)", "values.lo", "a total may be negative"),
    Mutation("_aggregate", "ones, possibly", "ones, surely", "a count omits possible matches"),
    Mutation(
        "_aggregate",
        "np.full(1, -inf), values.hi, possibly",
        "np.full(1, -inf), values.hi, surely",
        "a maximum of sure matches only",
    ),
    Mutation("_aggregate", "_if_complete(matches, lo, -inf)", "lo", "a minimum ignores that records may be missing"),
    Mutation("_narrowed", "np.where(contradicts, -inf, lo)", "lo", "a contradiction of numbers is kept"),
    Mutation(
        "_accumulate",
        "table.owners[chosen]",
        "np.arange(len(chosen)) % table.size",
        "records are assigned to another patient",
    ),
    Mutation(
        "_repeated",
        "values[table.owners]",
        "np.resize(values, table.records)",
        "facts are assigned to records of others",
    ),
    Mutation("evaluate", "cohort.rows(start, stop)", "cohort.rows(0, stop - start)", "each block is the first block"),
    Mutation("_among", "value in possible or ", "", "a wider term counts as no, for one patient", scalar),
    Mutation("_decided", "result = UNKNOWN", "pass", "All and Any ignore UNKNOWN", scalar),
    Mutation("_decided", "if truth is by", "if truth is OPPOSITE[by]", "All and Any are swapped", scalar),
    Mutation("_within", "known.hi <= inside.hi", "known.hi < inside.hi", "an upper bound excludes itself", scalar),
    Mutation(
        "_exists", "(*matched.truths, UNKNOWN)", "(*matched.truths, FALSE)", "every list counts as complete", scalar
    ),
    Mutation("_at_least", "truths.count(FALSE) <", "truths.count(UNKNOWN) <", "FALSE parts count", scalar),
    Mutation("_unanimous", "else UNKNOWN", "else TRUE", "a contradiction is TRUE", scalar),
    Mutation(
        "_aggregate",
        "surely), 0.0), hi if complete else inf",
        "surely), 0.0), hi",
        "a total ignores that records may be missing",
        scalar,
    ),
    Mutation(
        "_narrowed",
        "if lo <= hi else EVERYTHING",
        "if lo <= hi else Interval(hi, lo)",
        "a contradiction is kept",
        scalar,
    ),
)


@contextmanager
def broken(mutation: Mutation) -> Iterator[None]:
    """Apply the mutation to the engine.

    Raises: ValueError unless the text to replace occurs exactly once.
    """
    engine = mutation.engine
    source = inspect.getsource(getattr(engine, mutation.function))
    if source.count(mutation.old) != 1:
        raise ValueError(f"{mutation.function} contains {mutation.old!r} {source.count(mutation.old)} times")
    mutated: dict[str, object] = {}
    exec(source.replace(mutation.old, mutation.new), vars(engine), mutated)
    try:
        with patch.object(engine, mutation.function, mutated[mutation.function]):
            _clear_caches(engine)
            yield
    finally:  # also when the caller stops at the first law that fails
        _clear_caches(engine)


def _clear_caches(engine: ModuleType) -> None:
    for member in vars(engine).values():
        if hasattr(member, "cache_clear"):
            member.cache_clear()


def algebra_laws() -> list[str]:
    """The laws of the algebra, first the comparison with the reference."""
    return [name for name in LAWS if name in vars(test_algebra_laws)]


def noticed_by(mutation: Mutation) -> Iterator[str]:
    """The names of the laws that fail."""
    with broken(mutation):
        for name in algebra_laws():
            try:
                LAWS[name]()
            except Exception:  # any exception counts as noticed
                yield name


def main() -> int:
    """Print a row for each mutation; return 1 if a mutation is not noticed."""
    unnoticed = 0
    for mutation in MUTATIONS:
        laws = list(noticed_by(mutation)) if "--all" in sys.argv else [next(noticed_by(mutation), "")]
        failed = ", ".join(law.removeprefix("test_").replace("_", " ") for law in laws if law)
        unnoticed += not failed
        print(f"{mutation.function:<11} {mutation.meaning:<50} {failed or 'NOT NOTICED'}", flush=True)
    print(f"{len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} mutations noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
