"""Every format of a registry gives the same verdicts."""

import gzip
import io

import pyarrow as pa
import pytest
from pyarrow import parquet

from registry.options import ReadOptions
from registry.screen.totals import add_up
from schemas.implications.contradictions import accept_patient
from support.synthetic_patients import synthetic_summaries
from tests.registry.screened_files import faults, ndjson, screened, trials, verdicts
from verdicts.match import match_patient

TRUTHS = {"ineligible": -1, "possible": 0, "eligible": 1}


def _one_at_a_time(patients):
    out = {}
    for patient in patients:
        result = match_patient(accept_patient(patient), trials())
        found = {match["trial"]: TRUTHS[match["verdict"]] for match in result["matches"]}
        out[patient["patient_ref"]] = [found[trial.id] for trial in trials()]
    return out


def test_ndjson_has_the_verdicts_of_one_patient_at_a_time():
    patients = synthetic_summaries(60)
    assert verdicts(screened(ndjson(patients), rows=25)) == _one_at_a_time(patients)


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, lambda body: pa.compress(body, "zstd", asbytes=True), lambda body: gzip.compress(body) * 1],
)
def test_a_compressed_file_gives_the_same_verdicts(compress):
    body = ndjson(synthetic_summaries(50))
    assert verdicts(screened(compress(body))) == verdicts(screened(body))


def test_nested_parquet_gives_the_same_verdicts():
    patients = synthetic_summaries(80)
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(patients), file)
    assert verdicts(screened(file.getvalue())) == verdicts(screened(ndjson(patients)))


FLAT = (
    "patient_ref;age;radioiodine.received;radioiodine.courses[0].activity;radioiodine.courses[0].given;genomics.tested\n"
    "A1;54,5 years;yes;150,5 mCi;30 months;BRAF|RET\n"
    "A2;40 years;0;;;\n"
)
SAME = [
    {
        "patient_ref": "A1",
        "age": "54.5 years",
        "radioiodine": {"received": True, "courses": [{"activity": "150.5 mCi", "given": {"ago": "30 months"}}]},
        "genomics": {"tested": ["BRAF", "RET"]},
    },
    {"patient_ref": "A2", "age": "40 years", "radioiodine": {"received": False}},
]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_a_flat_table_with_decimal_commas_gives_the_same_verdicts(mark, end, sign):
    text = FLAT.replace("|", "+").replace(";", sign).replace("\n", end)
    text = text.replace("+", "|" if sign != "|" else "")
    body = mark + (text if sign != "|" else text.replace("BRAFRET", '"BRAF|RET"')).encode()
    assert verdicts(screened(body, ReadOptions(decimal=","))) == _one_at_a_time(SAME)


def test_long_form_merges_the_rows_of_a_patient():
    body = (
        b"patient_ref,age,radioiodine.courses.activity,radioiodine.courses.given,radioiodine.received\n"
        b"A,50 years,,,\nA,,100 mCi,3 years,\nA,,150 mCi,1 years,yes\nB,4 years,,,\nB,5 years,,,no\n"
    )
    found = screened(body, ReadOptions(long=True))
    courses = [{"activity": f"{mci} mCi", "given": {"ago": ago}} for mci, ago in ((100, "3 years"), (150, "1 years"))]
    patient = {"patient_ref": "A", "age": "50 years", "radioiodine": {"received": True, "courses": courses}}
    assert verdicts(found) == _one_at_a_time([patient])
    assert faults(found) == [(4, "age")]


def test_rows_are_counted_once_and_bad_rows_are_reported():
    patients = ndjson(synthetic_summaries(30)).decode().splitlines()
    patients[6], patients[9], patients[20] = "{bad", patients[8], '{"patient_ref": "x y"}'
    found = screened("\n".join(patients).encode(), rows=12)
    assert faults(found) == [(7, ""), (10, "patient_ref"), (21, "patient_ref")]
    totals = add_up(found)
    assert (totals.rows, totals.matched, totals.bad) == (30, 27, 3)
