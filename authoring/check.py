"""Checks a trial file before it is used: reads it, lints it, accounts for its bullets and runs its cases."""

from collections.abc import Iterator
from dataclasses import dataclass

from authoring.cases import CaseResult, run_cases
from authoring.coverage import coverage
from authoring.lint import lint
from matching.trial import Trial
from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_file import TrialFile, read_trial_file


@dataclass(frozen=True)
class CheckedTrial:
    """`trial` is None if the file cannot be read or accounted for. `cases` are empty if there are errors."""

    trial: Trial | None
    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...] = ()
    cases: tuple[CaseResult, ...] = ()

    @property
    def failed(self) -> tuple[Fault, ...]:
        """The cases with another result than expected, each with its line."""
        return tuple(case.fault for case in self.cases if case.wrong)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that keeps the file from being used."""
        return (*self.errors, *self.failed)


def check_file(text: str, name: str) -> CheckedTrial:
    """Whether the file can be read, its criteria met, its branches reached and its bullets accounted for.

    The cases are not run.
    """
    try:
        return _without_cases(read_trial_file(text, name))
    except InputError as error:
        return CheckedTrial(None, error.faults)


def check_trial(text: str, trial_id: str | None = None) -> CheckedTrial:
    """The same, with the cases run. Without `trial_id` any id is accepted."""
    name = f"{trial_id or 'trial'}.yaml"
    try:
        file = read_trial_file(text, name)
        checked = _without_cases(file)
    except InputError as error:
        return CheckedTrial(None, error.faults)
    errors = (*checked.errors, *_other_id(file, trial_id))
    if errors:
        return CheckedTrial(checked.trial, errors, checked.warnings)
    try:
        return CheckedTrial(checked.trial, (), checked.warnings, tuple(run_cases(file)))
    except InputError as error:
        return CheckedTrial(checked.trial, error.faults, checked.warnings)


def _without_cases(file: TrialFile) -> CheckedTrial:
    """Raises: InputError for a bullet that is not accounted for."""
    found = lint(file)
    coverage(file)
    errors = tuple(finding.fault for finding in found if finding.severity == "error")
    return CheckedTrial(file.trial, errors, tuple(finding.fault for finding in found if finding.severity == "warning"))


def _other_id(file: TrialFile, trial_id: str | None) -> Iterator[Fault]:
    if trial_id is not None and file.trial.id != trial_id:
        yield Fault("id", "this file describes another trial", f"expected the id {trial_id}", file=file.name)
