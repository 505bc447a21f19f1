"""The cases of a trial file: examples that are tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matching.verdict import MET
from schemas.inputs.faults import Fault, InputError, join
from schemas.summary.facts import load_patient
from schemas.trials.trial_file import parse_trial, read_trial_file
from verdicts.match import match_patient


@dataclass(frozen=True)
class CaseResult:
    """One case run. `wrong` says what came out otherwise than expected; empty when it passed."""

    trial: str
    name: str
    line: int | None
    wrong: str
    path: str = ""
    file: str | None = None

    @property
    def fault(self) -> Fault:
        """What came out otherwise, at the place of the case."""
        return Fault(self.path, f"this case fails: {self.wrong}", None, self.line, self.file)


def run_cases(text: str, file: str) -> Iterator[CaseResult]:
    """Match every case of a trial file.

    Raises: InputError with file, line and path, for a fault in the trial or in a case's patient.
    """
    trial = parse_trial(text, file)
    source, head = read_trial_file(text, file)
    for place, case in enumerate(head.get("cases", [])):
        path = join("cases", place)
        try:
            patient = load_patient(merged(head.get("base_patient", {}), case["patient"]))
        except InputError as error:
            raise _in_case(error, path).placed(file, source.lines) from None
        match = match_patient(patient, [trial])["matches"][0]
        yield CaseResult(trial.id, case["name"], source.lines.get(path), "; ".join(_wrong(case, match)), path, file)


def _in_case(error: InputError, path: str) -> InputError:
    return InputError(
        Fault(f"{path}.patient.{fault.path}" if fault.path else f"{path}.patient", fault.message, fault.hint)
        for fault in error.faults
    )


def _wrong(case: Mapping[str, Any], match: Mapping[str, Any]) -> Iterator[str]:
    if match["verdict"] != case["expect"]:
        blocking = [one["path"] for one in match["criteria"] if one["verdict"] != MET]
        yield f"expected {case['expect']}, found {match['verdict']} (not met: {', '.join(blocking) or 'none'})"
    if "cohorts" in case:
        fitting = [cohort["id"] for cohort in match["cohorts"] if cohort["verdict"] == match["verdict"]]
        if fitting != [str(cohort) for cohort in case["cohorts"]]:
            yield f"expected cohorts {case['cohorts']}, found {fitting}"
    facts = [one["fact"] for one in match["missing"]]
    for fact in case.get("missing", []):
        if fact not in facts:
            yield f"{fact} is not among the missing facts: {', '.join(facts) or 'none'}"


def merged(base: Any, change: Any) -> Any:
    """The base with the change laid over it: mappings merge, null removes. Source: RFC 7396."""
    if not isinstance(change, Mapping) or not isinstance(base, Mapping):
        return change
    out = dict(base)
    for key, value in change.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merged(base.get(key), value)
    return out
