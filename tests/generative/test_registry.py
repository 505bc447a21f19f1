"""The law of the registry: all rows at once and one row after the other accept the same rows, and say the same."""

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
from registry.cohort.row_fallback import read_raw_row, summary_of
from registry.cohort.vectorised import cohort_of_raw
from registry.decode.columns import raw_of
from registry.decode.headers import REFERENCE
from registry.decode.template import headers
from registry.options import ReadOptions
from registry.read.chunk import Chunk
from registry.read.chunks import read_chunks
from registry.screen.screen_chunk import screen_chunk, screen_each_row
from schemas.summary.declared_facts import declared
from schemas.summary.encode_patients import cohort_of
from schemas.summary.fields import CodeField, YesNoField
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.trials.library import load_library
from support.synthetic_registry import write_registry

TRIALS = tuple(load_library().trials.values())
HOSTILE = (
    "", " ", "yes", "no", "TRUE", "0", "1", "-1", "nan", "inf", "1e9", "=1+1", "\u00a0", "ß", "x" * 300, "1,5 mm",
    "\x01", "<10 mm", ">= 3", "several", "8-10 mm", "10-8 mm", "5 parsecs", "12", "2020", "30 months", "0 days",
    "V600E", "p.Val600Glu", "C228T", "fusion", "CCDC6::RET", "BRAF", "RET|BRAF", "||", "123-45-6789", "unknown",
)  # fmt: skip


def _plausible(random: Random, header: str) -> str:
    """A cell that its column may well hold."""
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
    """One row, of which some cells are hostile."""
    said: dict[str, str] = {}
    for header in random.sample(columns, random.randint(0, 12)):
        said[header] = _plausible(random, header) if random.random() < 0.985 else random.choice(HOSTILE)
    for slot in range(random.choice((0, 0, 0, 1, 2, 3))):
        said[f"radioiodine.courses[{slot}].given"] = f"{random.randint(1, 60)} months"
        said["radioiodine.received"] = random.choice(("yes", "yes", ""))
    if random.random() < 0.2:
        said["radioiodine.number_of_courses"] = str(random.randint(0, 3))
        said["disease.number_of_lesions"] = random.choice("0123")
    if random.random() < 0.97:
        _complete(random, said)
    reference = f"H{number}" if random.random() < 0.97 else random.choice(HOSTILE)
    return [reference, *(said.get(header, "") for header in columns)]


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


def _complete(random: Random, said: dict[str, str]) -> None:
    """Each record has what it must have, and mostly a value that its analyte can have."""
    for header in list(said):
        table, slot, _ = header.partition("]")
        name, words = REQUIRED.get(table.partition("[")[0], ("", ()))
        if slot and name:
            said[f"{table}].{name}"] = random.choice(words)
    for header in [header for header in said if header.endswith((".value", ".upper_limit"))]:
        said[header] = f"{random.randint(0, 18)} {'g/dL' if random.random() < 0.97 else 'mm'}"


def _file(rows: int, seed: int) -> bytes:
    random = Random(seed)
    columns = [header for header in headers(records=3) if header != REFERENCE]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([REFERENCE, *columns])
    writer.writerows(_row(random, number, columns) for number in range(rows))
    return out.getvalue().replace("\x00", "").encode()


@pytest.mark.parametrize("assumed", [(), ("therapies", "radioiodine.courses", "disease.lesions")])
@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_all_rows_at_once_say_what_each_row_says(assumed: tuple[str, ...], seed: int) -> None:
    options = ReadOptions(assume_complete=assumed)
    (payload,) = read_chunks(io.BytesIO(_file(250, seed)), options)
    fast, slow = (screen(payload, TRIALS, options) for screen in (screen_chunk, screen_each_row))
    assert fast.faults == slow.faults
    assert fast.to_bytes() == slow.to_bytes()


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_all_rows_at_once_give_the_facts_that_each_row_gives(seed: int) -> None:
    _same_facts(_file(60, seed))


def test_lesions_whose_status_nobody_states_are_counted_for_every_row() -> None:
    head = "patient_ref,disease.number_of_lesions,disease.lesions[0].site,disease.lesions[1].site\n"
    rows = (f"L{row},{row % 3},{'lung' * (row % 3 > 0)},{'bone' * (row % 3 > 1)}\n" for row in range(9))
    _same_facts((head + "".join(rows)).encode())


def _same_facts(file: bytes) -> None:
    options = ReadOptions()
    (payload,) = read_chunks(io.BytesIO(file), options)
    raw = raw_of(Chunk.from_bytes(payload), options)
    cohort, odd = cohort_of_raw(raw, options)
    for row in range(raw.size):
        if not odd[row]:
            patient = read_raw_row(raw, row, options)
            if isinstance(patient, dict):
                assert _spelt(cohort.rows(row, row + 1)) == _spelt(cohort_of([patient]))


STRANGE = (
    '"patient_ref": "N"', '"age": NaN', '"age": 1e400', '"sex": "fem\\u0061le"', '"radioiodine": {"last_scan": {}}',
    '"radioiodine": null, "sex": null', '"therapies": [null]', '"disease": {"lesions": {}}', '"name": "x"',
    '"disease": {"lesions": [{}, {"status": "resected"}], "number_of_lesions": 1}', '"performance": {"ecog": true}',
    '"performance": {"ecog": 1.0}', '"performance": {"ecog": 10000000000000000000}', '"schema": 2', '"schema": true',
    '"genomics": {"tested": ["BRAF", {"gene": "RET"}, 3]}', '"genomics": {"tested": ["BRAF", {"gene": "RET"}]}',
    '"age": {"min": "3 years"}', '"age": {"value": 3, "unit": "years"}', '"radioiodine": []',
    '"radioiodine": {"last_given": {"year": 2020, "as_of": 2026}}', '"radioiodine": {"courses": [{}, {}, {}]}',
)  # fmt: skip
NO_SUMMARY = ("[]", "7", "{", '{"patient_ref": " N"}', '{"patient_ref": 8}', "{}", '{"patient_ref": null}', "\u00a0")


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_lines_at_once_say_what_each_line_says(seed: int) -> None:
    random, options = Random(seed), ReadOptions(assume_complete=("therapies",))
    (payload,) = read_chunks(io.BytesIO(_file(150, seed)), options)
    raw = raw_of(Chunk.from_bytes(payload), options)
    lines = [json.dumps(summary_of(raw, row)) for row in range(raw.size)]
    lines += [f'{{"patient_ref": "N{number}", {more}}}' for number, more in enumerate(STRANGE)]
    lines += NO_SUMMARY
    random.shuffle(lines)
    lines.insert(0, '{"patient_ref": "first"}')
    (payload,) = read_chunks(io.BytesIO("\n".join(lines).encode()), options)
    fast, slow = (screen(payload, TRIALS, options) for screen in (screen_chunk, screen_each_row))
    assert fast.faults == slow.faults
    assert fast.to_bytes() == slow.to_bytes()


def _spelt(cohort: Any) -> Any:
    facts = {path: _values(column, 1) for path, column in cohort.facts.items()}
    tables = {
        path: (
            table.counts.tolist(),
            table.complete.tolist(),
            {name: _values(one, table.records) for name, one in table.columns.items()},
        )
        for path, table in cohort.tables.items()
    }
    return facts, tables


def _values(column: Any, size: int) -> Any:
    """A single value stands for every record."""
    match column:
        case CodeColumn(values, names):
            found = [None if place < 0 else names[place] for place in values.tolist()]
        case NumberColumn(lo, hi):
            found = list(zip(lo.tolist(), hi.tolist(), strict=True))
        case YesNoColumn(values):
            found = values.tolist()
    return found * size if len(found) == 1 else found


def test_few_ordinary_rows_need_a_second_look(tmp_path: Path) -> None:
    write_registry(tmp_path / "registry.csv", 500)
    with (tmp_path / "registry.csv").open("rb") as file:
        (payload,) = read_chunks(file, ReadOptions())
    _, odd = cohort_of_raw(raw_of(Chunk.from_bytes(payload), ReadOptions()), ReadOptions())
    assert not odd.any()
