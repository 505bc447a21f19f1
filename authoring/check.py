"""All that is said of a trial file before it is used: what is wrong, what is odd, and how its cases come out."""

from collections.abc import Iterator
from dataclasses import dataclass

from authoring.cases import CaseResult, run_cases
from authoring.coverage import coverage
from authoring.lint import lint
from matching.trial import Trial
from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_file import parse_trial


@dataclass(frozen=True)
class CheckedTrial:
    """`trial` is None for a file that cannot be read. `cases` are empty when the file is at fault."""

    trial: Trial | None
    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...] = ()
    cases: tuple[CaseResult, ...] = ()

    @property
    def failed(self) -> tuple[Fault, ...]:
        """The cases that came out otherwise than expected, at their places."""
        return tuple(one.fault for one in self.cases if one.wrong)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Whatever keeps the file from being used."""
        return (*self.errors, *self.failed)


def check_file(text: str, name: str) -> CheckedTrial:
    """What can be read, met, reached and accounted for; the cases are not run."""
    try:
        trial = parse_trial(text, name)
        found = lint(text, name)
        coverage(text, name)
    except InputError as error:
        return CheckedTrial(None, error.faults)
    errors = tuple(one.fault for one in found if one.severity == "error")
    return CheckedTrial(trial, errors, tuple(one.fault for one in found if one.severity == "warning"))


def check_trial(text: str, trial_id: str | None = None) -> CheckedTrial:
    """The same with its cases; for the trial of this id, or whichever the text names."""
    name = f"{trial_id or 'trial'}.yaml"
    checked = check_file(text, name)
    errors = (*checked.errors, *_another_id(checked.trial, trial_id, name))
    if errors:
        return CheckedTrial(checked.trial, errors, checked.warnings)
    try:
        return CheckedTrial(checked.trial, (), checked.warnings, tuple(run_cases(text, name)))
    except InputError as error:
        return CheckedTrial(checked.trial, error.faults, checked.warnings)


def _another_id(trial: Trial | None, trial_id: str | None, name: str) -> Iterator[Fault]:
    if trial is not None and trial_id is not None and trial.id != trial_id:
        yield Fault("id", "the file is of another trial", f"this address is that of {trial_id}", file=name)
