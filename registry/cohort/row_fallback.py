"""The row-by-row fallback: reads one row at a time as the API reads a summary, and writes the message of each fault."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from extraction.identifiers import find_identifiers, refuse_identifiers
from extraction.merge import merge_note, without_contradictions
from extraction.note_text import check_note
from registry.decode.columns import DecodedRows
from registry.decode.table_header import REFERENCE
from registry.limits import MAX_FAULTS_PER_ROW, MAX_LINE_BYTES, MAX_REFERENCE_CHARS_CHECKED
from registry.options import ReadOptions, completable_lists
from registry.read.chunk import LINE_COLUMN, Chunk, RowFault
from schemas.implications.contradictions import accept_patient
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_json import read_json
from schemas.summary.declared_facts import declared
from schemas.summary.facts import Patient


def row_summary(rows: DecodedRows, row: int) -> dict[str, Any]:
    """Return a row as the JSON of a summary."""
    summary: dict[str, Any] = {}
    reference = rows.references[row].as_py()
    if reference:
        summary[REFERENCE] = reference
    for path, column in rows.facts.items():
        _set(summary, declared().facts[path].keys, column.at(row))
    for path, table in rows.tables.items():
        start, stop = int(table.offsets[row]), int(table.offsets[row + 1])
        if stop > start:
            records = [
                {name: column.at(place) for name, column in table.columns.items()} for place in range(start, stop)
            ]
            filled = [{name: value for name, value in record.items() if value is not None} for record in records]
            # A value that is not a record has an empty key.
            _set(summary, declared().tables[path].keys, [record.get("", record) for record in filled])
    return summary


def _set(summary: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    if value is not None:
        for key in keys[:-1]:
            summary = summary.setdefault(key, {})
        summary[keys[-1]] = value


def line_summary(line: bytes) -> Any:
    """Return the summary in a line of NDJSON.

    Raises: InputError for a line that is not JSON.
    """
    if len(line) > MAX_LINE_BYTES:
        raise InputError([Fault("", f"the line is longer than {MAX_LINE_BYTES:,} bytes")])
    try:
        return read_json(line)
    except InputError as error:
        # The JSON reader always reports line 1 here; the row number is the line.
        raise InputError(
            Fault(fault.path, fault.message.replace(" at line 1,", " at"), fault.hint) for fault in error.faults
        ) from None


def accept_row(data: Any, note: str | None, options: ReadOptions) -> Patient:
    """Return the patient of a summary, checked as the API checks it, with the lists that the options assume complete.

    Raises: InputError with the path of every fault.
    """
    if note is None and isinstance(data, Mapping) and options.notes and options.notes in data:
        data = dict(data)
        note = data.pop(options.notes)
    _refuse_national_number(data)
    if note is not None:
        data = _merge_note(data, note, options)
    assumed = assume_complete(data, options.assume_complete)
    if assumed is data:
        return accept_patient(data)
    try:
        return accept_patient(assumed)
    except InputError:
        # A reported value overrides the assumption: without it the row may be valid.
        return accept_patient(data)


def _refuse_national_number(data: Any) -> None:
    """Refuse a reference in the form of a national number, which identifies a patient."""
    reference = data.get(REFERENCE) if isinstance(data, Mapping) else None
    if not isinstance(reference, str):
        return
    if any(hit.kind == "national_id" for hit in find_identifiers(reference[:MAX_REFERENCE_CHARS_CHECKED])):
        raise InputError([Fault(REFERENCE, "looks like a national identity number", "use a pseudonym")])


def _merge_note(data: Any, note: Any, options: ReadOptions) -> Any:
    # Imported here because it starts spaCy, which a registry without notes does not need.
    from extraction.extract import extract

    text = check_note(note)
    refuse_identifiers(text)
    accept_patient(data)
    extracted = extract(text, str(data.get(REFERENCE, "")) or "note", options.as_of)
    joined, _ = merge_note(data, extracted.summary)
    kept, _ = without_contradictions(joined)
    return kept


def assume_complete(data: Any, lists: tuple[str, ...]) -> Any:
    """Mark these lists complete where the summary reports nothing else; the same object if nothing changes."""
    if not isinstance(data, Mapping):
        return data
    for table in lists:
        keys = completable_lists()[table]
        if _is_absent(data, keys):
            data = _set_true(data, keys)
    return data


def _is_absent(data: Any, keys: tuple[str, ...]) -> bool:
    for key in keys[:-1]:
        data = data.get(key)
        if data is None:
            return True
        if not isinstance(data, Mapping):
            return False
    return data.get(keys[-1]) is None


def _set_true(data: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    first, *rest = keys
    value = _set_true(data.get(first) or {}, tuple(rest)) if rest else True
    return {**data, first: value}


def read_rows(
    chunk: Chunk, rows: DecodedRows | None, options: ReadOptions
) -> Iterator[tuple[int, Patient | list[RowFault]]]:
    """Read every row of a chunk: its number, and the patient or the faults."""
    if rows is None:
        for row, number in enumerate(chunk.numbers.tolist()):
            yield number, read_line_row(chunk, row, options)
        return
    for row in range(rows.size):
        yield int(rows.numbers[row]), read_table_row(rows, row, options)


def read_table_row(rows: DecodedRows, row: int, options: ReadOptions) -> Patient | list[RowFault]:
    """Return the patient of a row, or its faults."""
    note = rows.notes.at(row) if rows.notes else None
    return _read_row(int(rows.numbers[row]), lambda: (row_summary(rows, row), note), options)


def read_line_row(chunk: Chunk, row: int, options: ReadOptions) -> Patient | list[RowFault]:
    """Return the patient of a line of JSON, or its faults."""
    line = chunk.table.column(LINE_COLUMN)[row].as_py()
    return _read_row(int(chunk.numbers[row]), lambda: (line_summary(line), None), options)


def _read_row(
    number: int, read_summary: Callable[[], tuple[Any, Any]], options: ReadOptions
) -> Patient | list[RowFault]:
    try:
        data, note = read_summary()
        return accept_row(data, note, options)
    except InputError as error:
        return [RowFault.of(number, fault) for fault in error.faults[:MAX_FAULTS_PER_ROW]]
