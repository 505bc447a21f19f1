"""A trial as criteria, ready to be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from matching import nodes as c

RECRUITING = frozenset({"recruiting", "not_yet_recruiting", "enrolling_by_invitation"})
"""Statuses of trials that take, or soon will take, patients."""

Role: TypeAlias = Literal["include", "exclude"]


@dataclass(frozen=True)
class Criterion:
    """One line of a protocol. `node` says what the line says; an exclusion is met when that is FALSE."""

    path: str
    role: Role
    kind: str
    node: c.TruthNode
    label: str | None = None
    note: str | None = None
    source_quality: str | None = None
    bullets: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Of what tells lines apart: they are looked up for every patient."""
        return hash((self.path, self.node))

    @cached_property
    def requirement(self) -> c.TruthNode:
        """TRUE when the line does not stand in the way; questions for the site at their favourable value."""
        asked = self.node if self.role == "include" else c.Not(self.node)
        return c.favourably(asked)

    @cached_property
    def doubted(self) -> c.TruthNode:
        """The same with every question at its unfavourable value: where it differs, the site must ask."""
        asked = self.node if self.role == "include" else c.Not(self.node)
        return c.favourably(asked, favourable=False)

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """What the site must ask."""
        asked = (node.question for node in c.walk(self.node) if isinstance(node, c.Confirm))
        return tuple(dict.fromkeys(question for question in asked if question))


@dataclass(frozen=True)
class TrialCohort:
    """A cohort or arm with criteria of its own, beside those of the trial."""

    id: str
    title: str
    criteria: tuple[Criterion, ...]

    @cached_property
    def requirement(self) -> c.TruthNode:
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
        """TRUE is eligible, FALSE is ineligible: all of the trial's lines, and those of some cohort."""
        common = tuple(criterion.requirement for criterion in self.criteria)
        if not self.cohorts:
            return c.All(common)
        return c.All((*common, c.Any(tuple(cohort.requirement for cohort in self.cohorts))))

    def all_criteria(self) -> Iterator[Criterion]:
        """Those of the trial, then those of each cohort."""
        yield from self.criteria
        for cohort in self.cohorts:
            yield from cohort.criteria
