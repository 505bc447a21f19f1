"""Rows one at a time, as the summaries that the API takes: the slow way, which words every fault."""

from collections.abc import Iterator, Mapping
from typing import Any

from extraction.identifiers import identifiers, refuse_identifiers
from extraction.join import consistent, join
from extraction.note import check_note
from registry.decode.columns import DistinctRows
from registry.decode.headers import REFERENCE
from registry.limits import MAX_LINE_BYTES
from registry.options import ReadOptions, completable
from registry.read.chunk import LINE, Chunk
from registry.screen.row_faults import RowFault
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_json import read_json
from schemas.summary.contradictions import accept_patient
from schemas.summary.declared_facts import declared
from schemas.summary.facts import Patient

MAX_FAULTS_OF_ROW = 20


def summary_of(raw: DistinctRows, row: int) -> dict[str, Any]:
    """One row as JSON."""
    summary: dict[str, Any] = {}
    reference = raw.references[row].as_py()
    if reference:
        summary[REFERENCE] = reference
    for path, column in raw.facts.items():
        _set(summary, declared().facts[path].keys, column.at(row))
    for path, table in raw.tables.items():
        start, stop = int(table.offsets[row]), int(table.offsets[row + 1])
        if stop > start:
            records = [
                {name: column.at(place) for name, column in table.columns.items()} for place in range(start, stop)
            ]
            stated = [{name: value for name, value in one.items() if value is not None} for one in records]
            _set(summary, declared().tables[path].keys, [one.get("", one) for one in stated])
    return summary


def _set(summary: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    if value is not None:
        for key in keys[:-1]:
            summary = summary.setdefault(key, {})
        summary[keys[-1]] = value


def line_summary(line: bytes) -> Any:
    """The summary of a line of NDJSON.

    Raises: InputError for what is no JSON.
    """
    if len(line) > MAX_LINE_BYTES:
        raise InputError([Fault("", f"a line longer than {MAX_LINE_BYTES:,} bytes")])
    try:
        return read_json(line)
    except InputError as error:
        # The line of the text is always 1 here; the row says which.
        raise InputError(
            Fault(one.path, one.message.replace(" at line 1,", " at"), one.hint) for one in error.faults
        ) from None


def accepted(data: Any, note: str | None, options: ReadOptions) -> Patient:
    """The patient of a summary, as the API would take it, and with what absence means in this file.

    Raises: InputError with the path of every fault.
    """
    if note is None and isinstance(data, Mapping) and options.notes and options.notes in data:
        data = dict(data)
        note = data.pop(options.notes)
    _refuse_number(data)
    if note is not None:
        data = _with_note(data, note, options)
    assumed = with_completeness(data, options.assume_complete)
    if assumed is data:
        return accept_patient(data)
    try:
        return accept_patient(assumed)
    except InputError:
        # What is assumed never goes before what is stated: without it the row may be in order.
        return accept_patient(data)


def _refuse_number(data: Any) -> None:
    """A reference that has the form of a national number names somebody."""
    reference = data.get(REFERENCE) if isinstance(data, Mapping) else None
    if isinstance(reference, str) and any(hit.kind == "national_id" for hit in identifiers(reference[:200])):
        raise InputError([Fault(REFERENCE, "holds an identifier (national_id)", "use a pseudonym")])


def _with_note(data: Any, note: Any, options: ReadOptions) -> Any:
    # Here, for it starts spaCy: a registry without notes need not wait for that.
    from extraction.extract import extract

    text = check_note(note)
    refuse_identifiers(text)
    accept_patient(data)
    found = extract(text, str(data.get(REFERENCE, "")) or "note", options.as_of)
    joined, _ = join(data, found.summary)
    kept, _ = consistent(joined)
    return kept


def with_completeness(data: Any, assumed: tuple[str, ...]) -> Any:
    """The summary with the lists complete that are so unless it says otherwise; the same object if nothing changes."""
    if not isinstance(data, Mapping):
        return data
    for table in assumed:
        keys = completable()[table]
        if _lacks(data, keys):
            data = _stating(data, keys)
    return data


def _lacks(data: Any, keys: tuple[str, ...]) -> bool:
    for key in keys[:-1]:
        data = data.get(key)
        if data is None:
            return True
        if not isinstance(data, Mapping):
            return False
    return data.get(keys[-1]) is None


def _stating(data: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    first, *more = keys
    below = _stating(data.get(first) or {}, tuple(more)) if more else True
    return {**data, first: below}


def rows_of(
    chunk: Chunk, raw: DistinctRows | None, options: ReadOptions
) -> Iterator[tuple[int, Patient | list[RowFault]]]:
    """Every row of a chunk by its number: the patient, or what is wrong with it."""
    if raw is None:
        for row, number in enumerate(chunk.numbers.tolist()):
            yield number, read_line_row(chunk, row, options)
        return
    for row in range(raw.size):
        yield int(raw.numbers[row]), read_raw_row(raw, row, options)


def read_raw_row(raw: DistinctRows, row: int, options: ReadOptions) -> Patient | list[RowFault]:
    """The patient of a row, or its faults."""
    note = raw.notes.at(row) if raw.notes else None
    return read_row(int(raw.numbers[row]), lambda: (summary_of(raw, row), note), options)


def read_line_row(chunk: Chunk, row: int, options: ReadOptions) -> Patient | list[RowFault]:
    """The same for a line of JSON."""
    line = chunk.table.column(LINE)[row].as_py()
    return read_row(int(chunk.numbers[row]), lambda: (line_summary(line), None), options)


def read_row(number: int, read: Any, options: ReadOptions) -> Patient | list[RowFault]:
    """The patient of a row, or its faults."""
    try:
        data, note = read()
        return accepted(data, note, options)
    except InputError as error:
        return [RowFault.of(number, fault) for fault in error.faults[:MAX_FAULTS_OF_ROW]]
