"""Runs the cases of a trial file: example patients with the expected verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matching.verdict import MET
from schemas.implications.contradictions import accept_patient
from schemas.inputs.faults import Fault, InputError, child_path
from schemas.trials.trial_file import TrialFile
from verdicts.match import match_patient


@dataclass(frozen=True)
class CaseResult:
    """The result of one case. `wrong` lists the differences from what was expected; it is empty if the case passed."""

    trial: str
    name: str
    line: int | None
    wrong: str
    path: str = ""
    file: str | None = None

    @property
    def fault(self) -> Fault:
        """The failure as a fault, with the file and line of the case."""
        return Fault(self.path, f"this case fails: {self.wrong}", None, self.line, self.file)


def run_cases(file: TrialFile) -> Iterator[CaseResult]:
    """Match the patient of every case against the trial.

    Raises: InputError with file, line and path, for a patient that cannot be read.
    """
    lines = file.document.lines
    for index, case in enumerate(file.head.get("cases", [])):
        path = child_path("cases", index)
        try:
            patient = accept_patient(merged(file.head.get("base_patient", {}), case["patient"]))
        except InputError as error:
            raise _in_case(error, path).placed(file.name, lines) from None
        match = match_patient(patient, [file.trial])["matches"][0]
        wrong = "; ".join(_differences(case, match))
        yield CaseResult(file.trial.id, case["name"], lines.get(path), wrong, path, file.name)


def _in_case(error: InputError, path: str) -> InputError:
    return InputError(
        Fault(f"{path}.patient.{fault.path}" if fault.path else f"{path}.patient", fault.message, fault.hint)
        for fault in error.faults
    )


def _differences(case: Mapping[str, Any], match: Mapping[str, Any]) -> Iterator[str]:
    if match["verdict"] != case["expect"]:
        blocking = [criterion["path"] for criterion in match["criteria"] if criterion["verdict"] != MET]
        yield f"expected {case['expect']}, found {match['verdict']} (not met: {', '.join(blocking) or 'none'})"
    if "cohorts" in case:
        fitting = [cohort["id"] for cohort in match["cohorts"] if cohort["verdict"] == match["verdict"]]
        if fitting != [str(cohort) for cohort in case["cohorts"]]:
            yield f"expected cohorts {case['cohorts']}, found {fitting}"
    missing_facts = [missing["fact"] for missing in match["missing"]]
    for fact in case.get("missing", []):
        if fact not in missing_facts:
            yield f"{fact} is not among the missing facts: {', '.join(missing_facts) or 'none'}"


def merged(base: Any, change: Any) -> Any:
    """Apply a JSON merge patch: mappings merge, null removes a key. Source: RFC 7396."""
    if not isinstance(change, Mapping) or not isinstance(base, Mapping):
        return change
    out = dict(base)
    for key, value in change.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merged(base.get(key), value)
    return out
