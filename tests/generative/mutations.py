"""Breaks the evaluator on purpose, in one place at a time, and says which law notices.

python -m tests.generative.mutations          the first law that fails for each
python -m tests.generative.mutations --all    every law that fails for each
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from unittest.mock import patch

from matching import columnar as evaluate
from matching import scalar as single
from tests.generative import test_algebra_laws
from tests.generative.laws import LAWS


@dataclass(frozen=True)
class Mutation:
    """One place of an evaluator: a function, what stands there, what is put instead, and what that means."""

    function: str
    old: str
    new: str
    meaning: str
    engine: ModuleType = evaluate


MUTATIONS = (
    Mutation("_exists", "found.complete > 0", "found.complete > -2", "a list counts as complete though nobody said so"),
    Mutation("_within", "number.hi <= inside.hi", "number.hi <= inside.hi + 2.0**-20", "an upper bound one step off"),
    Mutation("_within", "number.lo >= inside.lo", "number.lo > inside.lo", "a lower bound leaves itself out"),
    Mutation(
        "_within", "number.hi < possibly.lo", "number.hi < inside.lo", "a bound that the source leaves open is closed"
    ),
    Mutation("_truth_of_names", "0 if name in node.possible else -1", "-1", "a wider term is taken for no"),
    Mutation("_truth_of_names", "np.zeros(len(names) + 1", "np.full(len(names) + 1, -1", "not stated is taken for no"),
    Mutation(
        "_leaf", "return column.values", "return np.where(column.values == 0, -1, column.values)", "silence is a no"
    ),
    Mutation(
        "_compute", "-cast(Truths, values[first])", "1 - abs(cast(Truths, values[first]))", "NOT of UNKNOWN is TRUE"
    ),
    Mutation("_compute", "isinstance(node, c.All)", "False", "nothing to meet is not met"),
    Mutation("_combined", "np.maximum(low, 0) + np.minimum(high, 0)", "low", "a split consensus is a no"),
    Mutation(
        "_combined", "np.sign(low + high)", "np.where(low < 0, low, high)", "a contradiction is resolved silently"
    ),
    Mutation("_combined", "(first == 0)", "(first <= 0)", "a stated no does not go first"),
    Mutation("_at_least", "(possibly < count)", "(surely < count)", "what may still hold is not counted"),
    Mutation("_matches", "np.maximum(table.complete, also)", "table.complete", "no test settles a list"),
    Mutation(
        "_aggregate",
        "nothing, values.hi, possibly, table)",
        "nothing, values.hi, surely, table)",
        "a total leaves out what may match",
    ),
    Mutation("_aggregate", "np.maximum(values.lo, 0.0)", "values.lo", "a total may be negative"),
    Mutation("_aggregate", "one, possibly", "one, surely", "a count leaves out what may match"),
    Mutation(
        "_aggregate",
        "np.full(1, -inf), values.hi, possibly",
        "np.full(1, -inf), values.hi, surely",
        "a maximum of sure ones only",
    ),
    Mutation("_aggregate", "_unless_complete(found, lo, -inf)", "lo", "a minimum forgets that records may be missing"),
    Mutation("_narrowed", "np.where(contradicts, -inf, lo)", "lo", "a contradiction of numbers is kept"),
    Mutation(
        "_raised",
        "table.owners[chosen]",
        "np.arange(len(chosen)) % table.size",
        "the records of one patient go to another",
    ),
    Mutation(
        "_repeated",
        "values[table.owners]",
        "np.resize(values, table.records)",
        "facts go to others' records",
    ),
    Mutation("evaluate", "cohort.rows(start, stop)", "cohort.rows(0, stop - start)", "each block is the first"),
    Mutation("_among", "stated in possible or ", "", "a wider term is taken for no, for one patient", single),
    Mutation("_decided", "found = UNKNOWN", "pass", "ALL and ANY forget what is unknown", single),
    Mutation("_decided", "if truth is by", "if truth is OPPOSITE[by]", "ALL is taken for ANY, and ANY for ALL", single),
    Mutation("_within", "known.hi <= inside.hi", "known.hi < inside.hi", "an upper bound leaves itself out", single),
    Mutation("_exists", "(*found.truths, UNKNOWN)", "(*found.truths, FALSE)", "no list may lack a record", single),
    Mutation("_at_least", "truths.count(FALSE) <", "truths.count(UNKNOWN) <", "a no still counts", single),
    Mutation("_unanimous", "else UNKNOWN", "else TRUE", "a contradiction is a yes", single),
    Mutation(
        "_aggregate",
        "surely), 0.0), hi if complete else inf",
        "surely), 0.0), hi",
        "a total forgets what may be missing",
        single,
    ),
    Mutation(
        "_narrowed",
        "if lo <= hi else EVERYTHING",
        "if lo <= hi else Interval(hi, lo)",
        "a contradiction is kept",
        single,
    ),
)


@contextmanager
def broken(mutation: Mutation) -> Iterator[None]:
    """The evaluator with the mutation in it.

    Raises: ValueError when the place to break is not there, or not the only one.
    """
    engine = mutation.engine
    source = inspect.getsource(getattr(engine, mutation.function))
    if source.count(mutation.old) != 1:
        raise ValueError(f"{mutation.function} has {source.count(mutation.old)} times {mutation.old!r}")
    made: dict[str, object] = {}
    exec(source.replace(mutation.old, mutation.new), vars(engine), made)
    try:
        with patch.object(engine, mutation.function, made[mutation.function]):
            _forget(engine)
            yield
    finally:  # also where whoever looks stops at the first law that fails
        _forget(engine)


def _forget(engine: ModuleType) -> None:
    """Nothing that was made of the functions as they were is kept."""
    for one in vars(engine).values():
        if hasattr(one, "cache_clear"):
            one.cache_clear()


def algebra_laws() -> list[str]:
    """The laws of the algebra, the one that compares with the reference first."""
    return [name for name in LAWS if name in vars(test_algebra_laws)]


def noticed_by(mutation: Mutation) -> Iterator[str]:
    """The laws that fail."""
    with broken(mutation):
        for name in algebra_laws():
            try:
                LAWS[name]()
            except Exception:  # whatever goes wrong, it did not go unnoticed
                yield name


def main() -> int:
    """Print a row a mutation; 1 if one of them went unnoticed."""
    unnoticed = 0
    for mutation in MUTATIONS:
        laws = list(noticed_by(mutation)) if "--all" in sys.argv else [next(noticed_by(mutation), "")]
        told = ", ".join(law.removeprefix("test_").replace("_", " ") for law in laws if law)
        unnoticed += not told
        print(f"{mutation.function:<11} {mutation.meaning:<50} {told or 'NOBODY NOTICED'}", flush=True)
    print(f"{len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} mutations noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
