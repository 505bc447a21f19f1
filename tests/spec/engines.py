"""Runs a criterion on every engine: the two in memory, the two forms of a registry file, and the slow reference."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from matching.columnar import Program, evaluate
from matching.interval import Interval
from matching.patient_values import Plain, RecordList
from matching.trial import Criterion, Trial
from matching.truth import Truth
from registry.options import ReadOptions
from registry.read.read_chunks import read_chunks
from registry.screen.screen_chunk import screen_chunk
from schemas.criteria.specification import Facts, Spec, criterion_of
from schemas.summary.encode_patients import cohort_of, values_of
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient, load_patient
from tests import reference

Truths: TypeAlias = list[Truth | None]
"""Shape: one truth for each patient; None where the engine cannot read the patient."""


def scalar(criterion: Criterion, summaries: Sequence[Facts]) -> Truths:
    """The engine for one patient."""
    return [explainer_for(patient).truth(criterion.requirement) for patient in _patients(summaries)]


def columnar(criterion: Criterion, summaries: Sequence[Facts]) -> Truths:
    """The engine for cohorts."""
    (truths,) = evaluate(Program((criterion.requirement,)), cohort_of(_patients(summaries)))
    return [Truth(truth) for truth in truths.tolist()]


def ndjson_file(criterion: Criterion, summaries: Sequence[Facts]) -> Truths:
    """A registry of one JSON line a patient, screened as `trialmatch screen` does."""
    return _screened(criterion, "".join(f"{json.dumps(summary)}\n" for summary in summaries), ReadOptions())


def csv_file(criterion: Criterion, summaries: Sequence[Facts]) -> Truths:
    """A registry of one table row, screened as `trialmatch screen` does.

    A file for each patient: in one table the columns of a short list (`genomics.tested`) exclude those of its records.
    Unknown: None for a summary with an empty record, which no table can contain.
    """
    return [None if _has_empty_record(summary) else _screened_row(criterion, summary) for summary in summaries]


def reference_engine(criterion: Criterion, summaries: Sequence[Facts]) -> Truths:
    """The slow and obvious engine of the tests."""
    return [Truth(reference.truth(criterion.requirement, _as_reference(patient))) for patient in _patients(summaries)]


ENGINES: Mapping[str, Callable[[Criterion, Sequence[Facts]], Truths]] = {
    engine.__name__: engine for engine in (scalar, columnar, ndjson_file, csv_file, reference_engine)
}


def answers(spec: Spec) -> list[dict[str, Truth]]:
    """For each row of a specification, the answer of each engine.

    The patients of an example are one cohort and one file, so that an effect of one patient on another would show.
    """
    found: list[dict[str, Truth]] = []
    for example in spec.examples:
        criterion = criterion_of(example.yaml)
        summaries = [{"patient_ref": f"SPEC-{row}", **facts} for row, (facts, _) in enumerate(example.rows())]
        columns = {name: engine(criterion, summaries) for name, engine in ENGINES.items()}
        for row in range(len(summaries)):
            found.append({name: truth for name, truths in columns.items() if (truth := truths[row]) is not None})
    return found


def _patients(summaries: Sequence[Facts]) -> list[Patient]:
    return [load_patient(summary) for summary in summaries]


def _screened_row(criterion: Criterion, summary: Facts) -> Truth | None:
    cells = dict(_cells(summary, ""))
    text = io.StringIO()
    csv.writer(text).writerows([cells.keys(), cells.values()])
    (truth,) = _screened(criterion, text.getvalue(), ReadOptions(as_of=next(_years(summary), None)))
    return truth


def _screened(criterion: Criterion, text: str, options: ReadOptions) -> Truths:
    """Screen a file against a trial whose only criterion this is."""
    trial = Trial("SPEC", "", "specification", (), "", "", "", "", (criterion,))
    (chunk,) = read_chunks(io.BytesIO(text.encode()), options)
    result = screen_chunk(chunk, [trial], options)
    assert not result.faults, result.faults
    return [Truth(verdict) for verdict in result.trials[0].verdicts.tolist()]


def _cells(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The header and the cell of each fact of a summary."""
    match value:
        case {"ago": str(time)} | {"year": int(time)}:
            yield path, str(time)
        case dict():
            for key, below in value.items():
                yield from _cells(below, f"{path}.{key}" if path else key)
        case [str(), *_]:
            yield path, "|".join(value)
        case [*items]:
            for slot, below in enumerate(items):
                yield from _cells(below, f"{path}[{slot}]")
        case bool():
            yield path, "yes" if value else "no"
        case _:
            yield path, str(value)


def _has_empty_record(value: Any) -> bool:
    if isinstance(value, list):
        return {} in value
    return isinstance(value, dict) and any(map(_has_empty_record, value.values()))


def _years(value: Any) -> Iterator[int]:
    """The years from which a summary dates other years."""
    if isinstance(value, dict) and "as_of" in value:
        yield value["as_of"]
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _years(below)


def _as_reference(patient: Patient) -> reference.Patient:
    values = values_of(patient)
    tables = {path: _table(records) for path, records in values.tables.items()}
    return {**{path: _value(value) for path, value in values.facts.items()}, **tables}


def _table(listed: RecordList) -> dict[str, Any]:
    records = [{name: _value(value) for name, value in record.items()} for record in listed.records]
    return {"records": records, "complete": {1: True, 0: None, -1: False}[listed.complete]}


def _value(value: Plain) -> Any:
    return (value.lo, value.hi) if isinstance(value, Interval) else value
