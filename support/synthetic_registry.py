"""Writes a synthetic registry of any size as a flat CSV with gaps; the same seed gives the same rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from pyarrow import csv

from registry.decode.columns import DecodedRows, decode_columns
from registry.options import ReadOptions
from registry.read.chunk import Chunk
from registry.read.read_chunks import read_chunks

BLOCK_ROWS = 50_000
COURSES, LESIONS, THERAPIES, VARIANTS, CONDITIONS = 4, 5, 3, 2, 3
"""Numbered columns of each list."""

HISTOLOGIES = ["papillary"] * 6 + ["follicular", "oncocytic", "poorly_differentiated", "medullary", "anaplastic"]
SITES = ["lung", "lung", "bone", "liver", "lymph_node_neck", "thyroid_bed"]
DRUGS = ["sorafenib", "lenvatinib", "cabozantinib", "vandetanib", "dabrafenib", "selpercatinib"]
GENE_ALTERATIONS = [
    ("BRAF", "p.Val600Glu"),
    ("BRAF", "V600E"),
    ("NRAS", "Q61R"),
    ("HRAS", "p.Gln61Arg"),
    ("TERT", "C228T"),
]
PANELS = ["BRAF", "BRAF|NRAS|HRAS|KRAS", "BRAF|NRAS|HRAS|KRAS|RET|NTRK1|NTRK3|ALK|TERT", "BRAF|RET"]
LABS = {
    "haemoglobin": [f"{tenth / 10} g/dL" for tenth in range(70, 170)],
    "absolute_neutrophil_count": [f"{tenth / 10} 10^9/L" for tenth in range(5, 90)],
    "platelets": [f"{count} 10^9/L" for count in range(40, 450)],
    "creatinine": [f"{hundredth / 100} mg/dL" for hundredth in range(40, 300)],
}
CONDITION_WORDS = ["hypertension", "heart_failure", "brain_metastases", "hypertension_uncontrolled", "seizures"]
BRAIN_METASTASES = CONDITION_WORDS.index("brain_metastases")

Rows = NDArray[np.bool_]


class ColumnWriter:
    """Draws random columns for a block of rows. `stated`: the rows in which the value is present."""

    def __init__(self, random: Generator, first: int, size: int) -> None:
        self.random, self.size = random, size
        self.columns: dict[str, Any] = {"patient_ref": pa.array([f"R{first + row:08d}" for row in range(size)])}

    def some(self, share: float) -> Rows:
        """Draw this share of the rows."""
        return self.random.random(self.size) < share

    def pick(self, header: str, words: Sequence[str], stated: Rows | float) -> NDArray[np.int64]:
        """Write a random word into each of the stated rows, and return the index of each word."""
        chosen = self.random.integers(0, len(words), self.size)
        self.put(header, words, chosen, self.some(stated) if isinstance(stated, float) else stated)
        return chosen

    def put(self, header: str, words: Sequence[str], chosen: NDArray[Any], stated: Rows) -> None:
        """Write the chosen words into the stated rows."""
        codes = pa.array(chosen.astype(np.int32), mask=~stated)
        self.columns[header] = pa.DictionaryArray.from_arrays(codes, pa.array(list(words))).cast(pa.string())

    def truth(self, header: str, values: Rows, stated: Rows | float) -> None:
        """Write yes or no into the stated rows."""
        rows = self.some(stated) if isinstance(stated, float) else stated
        self.put(header, ("no", "yes"), values.astype(np.int64), rows)


def write_registry(path: Path, rows: int, seed: int = 7) -> None:
    """Write this many patients as CSV."""
    random = default_rng(seed)
    writer: csv.CSVWriter | None = None
    for first in range(0, rows, BLOCK_ROWS):
        table = _rows(random, first, min(BLOCK_ROWS, rows - first))
        writer = writer or csv.CSVWriter(str(path), table.schema, write_options=csv.WriteOptions(quoting_style="none"))
        writer.write_table(table)
    if writer is not None:
        writer.close()


def first_chunk(file: Path, rows: int) -> DecodedRows:
    """Read the first rows of a file, as a screen of the file reads them."""
    with file.open("rb") as stream:
        payload = next(read_chunks(stream, ReadOptions(), rows))
    return decode_columns(Chunk.from_bytes(payload), ReadOptions())


def _rows(random: Generator, first: int, size: int) -> pa.Table:
    out = ColumnWriter(random, first, size)
    _person(out)
    _genomics(out)
    _radioiodine(out)
    not_metastatic, brain_lesion = _disease(out)
    _treatment(out, not_metastatic, brain_lesion)
    return pa.table(out.columns)


def _person(out: ColumnWriter) -> None:
    out.pick("age", [f"{years} years" for years in range(12, 90)], 0.99)
    out.pick("sex", ["female", "female", "female", "male"], 0.995)
    out.pick("performance.ecog", ["0", "0", "1", "1", "2", "3"], 0.6)
    out.pick("diagnosis.histology", HISTOLOGIES, 0.97)
    out.pick("diagnosis.stage", ["I", "II", "III", "IVA", "IVB"], 0.7)
    out.pick("diagnosis.tnm.t", ["T1a", "T1b", "T2", "T3a", "T3b", "T4a"], 0.8)
    out.pick("diagnosis.tnm.n", ["N0", "N1a", "N1b"], 0.75)
    out.pick("diagnosis.margins", ["R0", "R0", "R1", "R2"], 0.65)
    out.pick("diagnosis.primary_size", [f"{mm} mm" for mm in range(2, 90)], 0.7)


def _genomics(out: ColumnWriter) -> None:
    tested = out.some(0.35)
    out.pick("genomics.tested", PANELS, tested)
    more = tested & out.some(0.6)
    for slot in range(VARIANTS):
        chosen = out.random.integers(0, len(GENE_ALTERATIONS), out.size)
        for index, name in enumerate(("gene", "alteration")):
            out.put(f"genomics.variants[{slot}].{name}", [pair[index] for pair in GENE_ALTERATIONS], chosen, more)
        more = more & out.some(0.15)


def _radioiodine(out: ColumnWriter) -> None:
    received, known = out.some(0.7), out.some(0.9)
    out.truth("radioiodine.received", received, known)
    more, ago = received & known & out.some(0.85), np.full(out.size, 150)
    listed = more
    for slot in range(COURSES):
        ago = ago - out.random.integers(6, 36, out.size)
        head = f"radioiodine.courses[{slot}]"
        out.pick(f"{head}.activity", [f"{mci} mCi" for mci in (30, 100, 120, 150, 180, 200)], more & out.some(0.9))
        out.put(f"{head}.given", [f"{months} months" for months in range(151)], ago, more)
        out.pick(f"{head}.uptake", ["avid", "non_avid", "mixed"], more & out.some(0.6))
        out.pick(f"{head}.response", ["stable", "progression", "partial_response"], more & out.some(0.4))
        more = more & out.some(0.45)
    out.truth("radioiodine.courses_complete", np.ones(out.size, np.bool_), listed & out.some(0.7))


def _disease(out: ColumnWriter) -> tuple[Rows, Rows]:
    """Return the rows that report no distant metastasis, and those with a brain lesion: conditions must agree."""
    brain_lesion = np.zeros(out.size, np.bool_)
    more = out.some(0.4)
    listed, complete = more, out.some(0.5)
    for slot in range(LESIONS):
        head = f"disease.lesions[{slot}]"
        sites = out.pick(f"{head}.site", SITES, more)
        brain_lesion |= more & np.isin(sites, [index for index, site in enumerate(SITES) if site == "brain"])
        out.pick(f"{head}.longest_diameter", [f"{mm} mm" for mm in range(3, 70)], more & out.some(0.8))
        out.pick(f"{head}.rai_uptake", ["avid", "non_avid"], more & out.some(0.5))
        out.truth(f"{head}.irradiated", out.some(0.2), more & out.some(0.5))
        more = more & out.some(0.5)
    out.truth("disease.lesions_complete", np.ones(out.size, np.bool_), listed & complete)
    not_metastatic = ~listed & out.some(0.5)
    out.truth("disease.metastatic", np.zeros(out.size, np.bool_), not_metastatic)
    progressed, known = out.some(0.4), out.some(0.6)
    out.truth("disease.progression.progressed", progressed, known)
    out.pick("disease.progression.within", [f"{months} months" for months in range(2, 25)], progressed & known)
    out.pick("disease.progression.basis", ["recist_1_1", "clinical", "biochemical"], progressed & known)
    out.pick("disease.thyroglobulin", [f"{tenth / 10} ng/mL" for tenth in range(1, 5_000)], 0.6)
    out.pick("disease.tg_antibodies", ["negative", "negative", "positive"], 0.5)
    out.pick("disease.tsh", [f"{hundredth / 100} mIU/L" for hundredth in range(1, 500)], 0.55)
    return not_metastatic, brain_lesion


def _treatment(out: ColumnWriter, not_metastatic: Rows, brain_lesion: Rows) -> None:
    more = out.some(0.25)
    for slot in range(THERAPIES):
        head, ongoing = f"therapies[{slot}]", out.some(0.3)
        out.pick(f"{head}.drug", DRUGS, more)
        out.truth(f"{head}.ongoing", ongoing, more & ongoing)
        out.pick(f"{head}.stopped", [f"{weeks} weeks" for weeks in range(1, 200)], more & ~ongoing & out.some(0.8))
        out.truth(f"{head}.progressed", out.some(0.5), more & out.some(0.6))
        more = more & out.some(0.4)
    out.truth("therapies_complete", np.ones(out.size, np.bool_), out.some(0.5))
    for slot, (analyte, values) in enumerate(LABS.items()):
        taken = out.some(0.5)
        out.put(f"labs[{slot}].analyte", [analyte], np.zeros(out.size), taken)
        out.pick(f"labs[{slot}].value", values, taken)
    for slot in range(CONDITIONS):
        stated = out.some(0.25)
        brain = out.pick(f"conditions[{slot}].condition", CONDITION_WORDS, stated) == BRAIN_METASTASES
        present = np.where(brain & not_metastatic, False, np.where(brain & brain_lesion, True, out.some(0.5)))
        out.truth(f"conditions[{slot}].present", present, stated)
