"""A trial as compiled criteria, ready to be evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from matching import nodes as c

RECRUITING = frozenset({"recruiting", "not_yet_recruiting", "enrolling_by_invitation"})
"""Statuses of trials that enrol patients, or soon will."""

CriterionRole: TypeAlias = Literal["include", "exclude"]


@dataclass(frozen=True)
class Criterion:
    """One criterion of a protocol. `node` is its text as an expression; an exclusion is met when that is FALSE.

    `concluded` is the node that is evaluated: it is also decided by implied facts. None means the node itself.
    """

    path: str
    role: CriterionRole
    kind: str
    node: c.TruthNode
    label: str | None = None
    note: str | None = None
    source_quality: str | None = None
    bullets: tuple[str, ...] = ()
    concluded: c.TruthNode | None = None

    def __hash__(self) -> int:
        """Hash only the fields that identify a criterion: it is looked up for every patient."""
        return hash((self.path, self.node))

    @cached_property
    def requirement(self) -> c.TruthNode:
        """TRUE when the criterion does not exclude the patient; questions for the site count as favourable."""
        return c.favourably(self._required(self.concluded or self.node))

    @cached_property
    def written_requirement(self) -> c.TruthNode:
        """The requirement without implied facts: proofs about a protocol use what the protocol itself says."""
        return c.favourably(self._required(self.node))

    @cached_property
    def strict_requirement(self) -> c.TruthNode:
        """The requirement with every question at its unfavourable value: where the two differ, the site must ask."""
        return c.favourably(self._required(self.concluded or self.node), favourable=False)

    def _required(self, node: c.TruthNode) -> c.TruthNode:
        return node if self.role == "include" else c.Not(node)

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """The questions for the site."""
        questions = (node.question for node in c.walk(self.node) if isinstance(node, c.Confirm))
        return tuple(dict.fromkeys(question for question in questions if question))


@dataclass(frozen=True)
class TrialCohort:
    """A cohort or arm with criteria of its own, in addition to those of the trial. Nobody can join a closed cohort."""

    id: str
    title: str
    criteria: tuple[Criterion, ...]
    closed: bool = False

    @cached_property
    def requirement(self) -> c.TruthNode:
        if self.closed:
            return c.Any(())
        return c.All(tuple(criterion.requirement for criterion in self.criteria))


@dataclass(frozen=True)
class Trial:
    """One version of a trial; `version` is the hash of its text."""

    id: str
    version: str
    title: str
    phase: tuple[str, ...]
    status: str
    status_seen: str
    source: str
    completeness: str
    criteria: tuple[Criterion, ...]
    cohorts: tuple[TrialCohort, ...] = ()

    @property
    def recruiting(self) -> bool:
        return self.status in RECRUITING

    @cached_property
    def requirement(self) -> c.TruthNode:
        """TRUE is eligible, FALSE is ineligible: all criteria of the trial, and all those of any open cohort."""
        common = tuple(criterion.requirement for criterion in self.criteria)
        if not self.cohorts:
            return c.All(common)
        return c.All((*common, c.Any(tuple(cohort.requirement for cohort in self.cohorts))))

    def all_criteria(self) -> Iterator[Criterion]:
        """The criteria of the trial, then those of each cohort."""
        yield from self.criteria
        for cohort in self.cohorts:
            yield from cohort.criteria
