"""The law of the registry: the vectorised path and the row-by-row fallback give the same results for every row."""

import csv
import io
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from matching.cohort import CodeColumn, NumberColumn, YesNoColumn
from registry.cohort.row_fallback import read_table_row, row_summary
from registry.cohort.vectorised import build_cohort
from registry.decode.columns import decode_columns
from registry.decode.table_header import REFERENCE
from registry.decode.template import template_headers
from registry.options import ReadOptions
from registry.read.chunk import Chunk
from registry.read.read_chunks import read_chunks
from registry.screen.screen_chunk import screen_chunk, screen_row_by_row
from schemas.summary.declared_facts import declared
from schemas.summary.encode_patients import cohort_of
from schemas.summary.fields import CodeField, YesNoField
from schemas.summary.quantity_fields import AgoField, QuantityField
from support.synthetic_registry import write_registry
from tests.generative.laws import examples
from tests.generative.real_criteria import trials

HOSTILE = (
    "", " ", "yes", "no", "TRUE", "0", "1", "-1", "nan", "inf", "1e9", "=1+1", "\u00a0", "ß", "x" * 300, "1,5 mm",
    "\x01", "<10 mm", ">= 3", "several", "8-10 mm", "10-8 mm", "5 parsecs", "12", "2020", "30 months", "0 days",
    "V600E", "p.Val600Glu", "C228T", "fusion", "CCDC6::RET", "BRAF", "RET|BRAF", "||", "123-45-6789", "unknown",
)  # fmt: skip


def _plausible(random: Random, header: str) -> str:
    """Return a plausible cell of a column."""
    path = header.partition("[")[0] + header.partition("]")[2] if "[" in header else header
    field = declared().field(path)
    if isinstance(field, CodeField):
        return random.choice(list(field.vocabulary.terms)[:60])
    if isinstance(field, YesNoField):
        return random.choice(("yes", "no"))
    if isinstance(field, AgoField) or (isinstance(field, QuantityField) and field.dimension_name == "time"):
        return random.choice(("0 days", "3 weeks", "2 months", "14 months", "<5 years", "30 months", "6-8 years"))
    if isinstance(field, QuantityField):
        unit = field.dimension.canonical.replace("1", "")
        return f"{random.choice(('', '<', '>'))}{random.randint(0, 4)} {unit}".strip()
    return random.choice(("V600E", "p.Val600Glu", "Q61R", "C228T", "fusion", "RET/PTC1"))


def _row(random: Random, number: int, columns: list[str]) -> list[str]:
    """Return a row with some hostile cells."""
    cells: dict[str, str] = {}
    for header in random.sample(columns, random.randint(0, 12)):
        cells[header] = _plausible(random, header) if random.random() < 0.985 else random.choice(HOSTILE)
    for slot in range(random.choice((0, 0, 0, 1, 2, 3))):
        cells[f"radioiodine.courses[{slot}].given"] = f"{random.randint(1, 60)} months"
        cells["radioiodine.received"] = random.choice(("yes", "yes", ""))
    if random.random() < 0.2:
        cells["radioiodine.number_of_courses"] = str(random.randint(0, 3))
        cells["disease.number_of_lesions"] = random.choice("0123")
    if random.random() < 0.97:
        _fill_required(random, cells)
    reference = f"H{number}" if random.random() < 0.97 else random.choice(HOSTILE)
    return [reference, *(cells.get(header, "") for header in columns)]


REQUIRED = {
    "genomics.tested": ("gene", ("BRAF", "RET", "NRAS")),
    "genomics.variants": ("gene", ("BRAF", "RET", "TERT", "NRAS")),
    "disease.imaging": ("technique", ("mri", "ultrasound")),
    "therapies": ("drug", ("lenvatinib", "sorafenib")),
    "labs": ("analyte", ("haemoglobin",)),
    "conditions": ("condition", ("hypertension", "brain_metastases")),
    "procedures": ("procedure", ("surgery", "biopsy")),
    "medications": ("medication", ("levothyroxine",)),
}


def _fill_required(random: Random, cells: dict[str, str]) -> None:
    """Fill the required field of each record, and mostly a value in a unit of its analyte."""
    for header in list(cells):
        table, slot, _ = header.partition("]")
        name, words = REQUIRED.get(table.partition("[")[0], ("", ()))
        if slot and name:
            cells[f"{table}].{name}"] = random.choice(words)
    for header in [header for header in cells if header.endswith((".value", ".upper_limit"))]:
        cells[header] = f"{random.randint(0, 18)} {'g/dL' if random.random() < 0.97 else 'mm'}"


def _file(rows: int, seed: int) -> bytes:
    random = Random(seed)
    columns = [header for header in template_headers(records=3) if header != REFERENCE]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([REFERENCE, *columns])
    writer.writerows(_row(random, number, columns) for number in range(rows))
    return out.getvalue().replace("\x00", "").encode()


@pytest.mark.parametrize("assumed", [(), ("therapies", "radioiodine.courses", "disease.lesions")])
@settings(max_examples=examples(10), deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_vectorised_rows_have_the_results_of_each_row(assumed: tuple[str, ...], seed: int) -> None:
    options = ReadOptions(assume_complete=assumed)
    (payload,) = read_chunks(io.BytesIO(_file(250, seed)), options)
    vectorised, row_by_row = (screen(payload, trials(), options) for screen in (screen_chunk, screen_row_by_row))
    assert vectorised.faults == row_by_row.faults
    assert vectorised.to_bytes() == row_by_row.to_bytes()


@settings(max_examples=examples(10), deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_vectorised_rows_have_the_facts_of_each_row(seed: int) -> None:
    _assert_same_facts(_file(60, seed))


def test_lesions_without_a_status_are_counted_in_every_row() -> None:
    head = "patient_ref,disease.number_of_lesions,disease.lesions[0].site,disease.lesions[1].site\n"
    rows = (f"L{row},{row % 3},{'lung' * (row % 3 > 0)},{'bone' * (row % 3 > 1)}\n" for row in range(9))
    _assert_same_facts((head + "".join(rows)).encode())


def _assert_same_facts(file: bytes) -> None:
    options = ReadOptions()
    (payload,) = read_chunks(io.BytesIO(file), options)
    rows = decode_columns(Chunk.from_bytes(payload), options)
    cohort, needs_fallback = build_cohort(rows, options)
    for row in range(rows.size):
        if not needs_fallback[row]:
            patient = read_table_row(rows, row, options)
            if isinstance(patient, dict):
                assert _as_python(cohort.rows(row, row + 1)) == _as_python(cohort_of([patient]))


UNUSUAL = (
    '"patient_ref": "N"', '"age": NaN', '"age": 1e400', '"sex": "fem\\u0061le"', '"radioiodine": {"last_scan": {}}',
    '"radioiodine": null, "sex": null', '"therapies": [null]', '"disease": {"lesions": {}}', '"name": "x"',
    '"disease": {"lesions": [{}, {"status": "resected"}], "number_of_lesions": 1}', '"performance": {"ecog": true}',
    '"performance": {"ecog": 1.0}', '"performance": {"ecog": 10000000000000000000}', '"schema": 2', '"schema": true',
    '"genomics": {"tested": ["BRAF", {"gene": "RET"}, 3]}', '"genomics": {"tested": ["BRAF", {"gene": "RET"}]}',
    '"age": {"min": "3 years"}', '"age": {"value": 3, "unit": "years"}', '"radioiodine": []',
    '"radioiodine": {"last_given": {"year": 2020, "as_of": 2026}}', '"radioiodine": {"courses": [{}, {}, {}]}',
)  # fmt: skip
NOT_SUMMARIES = ("[]", "7", "{", '{"patient_ref": " N"}', '{"patient_ref": 8}', "{}", '{"patient_ref": null}', "\u00a0")


@settings(max_examples=examples(6), deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_vectorised_lines_have_the_results_of_each_line(seed: int) -> None:
    random, options = Random(seed), ReadOptions(assume_complete=("therapies",))
    (payload,) = read_chunks(io.BytesIO(_file(150, seed)), options)
    rows = decode_columns(Chunk.from_bytes(payload), options)
    lines = [json.dumps(row_summary(rows, row)) for row in range(rows.size)]
    lines += [f'{{"patient_ref": "N{number}", {more}}}' for number, more in enumerate(UNUSUAL)]
    lines += NOT_SUMMARIES
    random.shuffle(lines)
    lines.insert(0, '{"patient_ref": "first"}')
    (payload,) = read_chunks(io.BytesIO("\n".join(lines).encode()), options)
    vectorised, row_by_row = (screen(payload, trials(), options) for screen in (screen_chunk, screen_row_by_row))
    assert vectorised.faults == row_by_row.faults
    assert vectorised.to_bytes() == row_by_row.to_bytes()


def _as_python(cohort: Any) -> Any:
    facts = {path: _values(column, 1) for path, column in cohort.facts.items()}
    tables = {
        path: (
            table.counts.tolist(),
            table.complete.tolist(),
            {name: _values(column, table.records) for name, column in table.columns.items()},
        )
        for path, table in cohort.tables.items()
    }
    return facts, tables


def _values(column: Any, size: int) -> Any:
    """Return a value per record; a single value applies to every record."""
    match column:
        case CodeColumn(values, names):
            found = [None if place < 0 else names[place] for place in values.tolist()]
        case NumberColumn(lo, hi):
            found = list(zip(lo.tolist(), hi.tolist(), strict=True))
        case YesNoColumn(values):
            found = values.tolist()
    return found * size if len(found) == 1 else found


def test_ordinary_rows_do_not_need_the_fallback(tmp_path: Path) -> None:
    write_registry(tmp_path / "registry.csv", 500)
    with (tmp_path / "registry.csv").open("rb") as file:
        (payload,) = read_chunks(file, ReadOptions())
    _, needs_fallback = build_cohort(decode_columns(Chunk.from_bytes(payload), ReadOptions()), ReadOptions())
    assert not needs_fallback.any()


NATIONAL_NUMBERS = ("123-45-6789", "AB123456C", "X-SSN123456", "RSSMRA85T10A562S", "passport12345678", "NINO123456")


def test_references_that_look_like_national_numbers_are_refused_by_both() -> None:
    """Also those that only the pattern of notes recognises."""
    file = "".join(f"{reference}\n" for reference in (REFERENCE, *NATIONAL_NUMBERS, "P-1", "A-123456")).encode()
    (payload,) = read_chunks(io.BytesIO(file), ReadOptions())
    vectorised, row_by_row = (screen(payload, trials(), ReadOptions()) for screen in (screen_chunk, screen_row_by_row))
    assert vectorised.references.to_pylist() == ["P-1", "A-123456"]
    assert vectorised.to_bytes() == row_by_row.to_bytes()
