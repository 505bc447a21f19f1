"""Specifies a criterion kind by examples: a criterion, and patients for whom it is met, not met or unknown."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from matching.trial import Criterion
from matching.truth import Truth
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.implications.closure import concluded
from schemas.inputs.strict_yaml import read_yaml
from schemas.plugins import SPECS, AddedByPackages, EntryPointObject, read_entry_points
from schemas.summary.engines import explainer_for
from schemas.summary.facts import load_patient

Facts = dict[str, Any]


@dataclass(frozen=True)
class SpecExample:
    """One criterion as YAML, the rule it shows, and the facts of patients by the expected answer."""

    yaml: str
    shows: str
    met: list[Facts] = field(default_factory=list)
    not_met: list[Facts] = field(default_factory=list)
    unknown: list[Facts] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[Facts, Truth]]:
        """Each patient with the expected answer."""
        for facts, truth in ((self.met, Truth.TRUE), (self.not_met, Truth.FALSE), (self.unknown, Truth.UNKNOWN)):
            for patient in facts:
                yield patient, truth


@dataclass(frozen=True)
class Spec:
    """The specification of one criterion kind."""

    kind: str
    examples: list[SpecExample]

    def rows(self) -> list[tuple[str, Facts, Truth]]:
        """Every criterion with each of its patients and the expected answer: the parameters of a test."""
        return [(example.yaml, patient, truth) for example in self.examples for patient, truth in example.rows()]

    def names(self) -> list[str]:
        """A test id for each row: the rule it shows and the expected answer."""
        return [f"{example.shows}: {truth.name.lower()}" for example in self.examples for _, truth in example.rows()]


def criterion_of(yaml: str) -> Criterion:
    """Read one criterion, as an inclusion criterion of a trial.

    Raises: InputError for an error in it.
    """
    parsed = read_criterion(read_yaml(yaml, "spec").data, CriterionContext("", packaged_definitions().node))
    return Criterion("", "include", parsed.kind, parsed.node, concluded=concluded(parsed.node))


def answer(criterion: str, facts: Facts) -> Truth:
    """Return the truth of a criterion for one patient.

    Raises: InputError for an error in either.
    """
    node = criterion_of(criterion).requirement
    return explainer_for(load_patient({"patient_ref": "SPEC", **facts})).truth(node)


@cache
def added_specs() -> AddedByPackages[Spec]:
    """The specifications of criterion kinds in installed packages, for the manual."""
    return read_entry_points(SPECS, _added_spec, ())


def _added_spec(entry: EntryPointObject) -> Spec:
    if not isinstance(entry.value, Spec) or entry.value.kind != entry.name:
        raise entry.rejected("must be a schemas.criteria.specification.Spec with the name of its kind")
    return entry.value
