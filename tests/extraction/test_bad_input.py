"""Invalid and unusual notes: a clear error, no crash, and no word of the text in the error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.extract import extract
from extraction.note_text import MAX_NOTE_CHARACTERS, flatten, lower_case
from schemas.inputs.faults import InputError
from tests.extraction.extracted import at

REFUSED = {
    "nothing": "",
    "white space": " \n\t ",
    "binary": "%PDF-1.4\x00\x01\x02 Smithson",
    "too long": "Smithson " * MAX_NOTE_CHARACTERS,
    "not text": b"Smithson",
    "a number": 7,
    "half a character": "Smithson \ud800",
}
HARMLESS = {
    "right to left": "المريضة تبلغ من العمر 45 عاما وخضعت لاستئصال الغدة الدرقية",
    "German": "Die Patientin wurde wegen eines papillären Karzinoms operiert.",
    "Chinese": "患者女性，45岁，甲状腺乳头状癌。",
    "markup that never ends": "<p " * 500,
    "a table": "| Gene | Result |\n|---|---|\n| BRAF | V600E |\n| NRAS | wt |",
    "only signs": "?!()[]{}+-*/^$|\\ " * 50,
    "numbers": "1.2.3.4,5,6/7/8 mCi mCi mm mm x x x " * 20,
    "a long chain": "BRAF and " * 300,
    "noise": "Pt w1th papi11ary thyr0id carc1noma, RA1 l50 mCi, BRAF V6OOE",
    "letters that grow in small": "İSTANBUL İİİ BRAF V600E detected.",
    "letters that grow when composed": "\u0958\u0344\u0301 \u1fd3\u0344 BRAF V600E detected.",
    "one word": "x\u0301" * 20_000,
    "a word of letters beyond ASCII": "\u00e9" * 40_000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_invalid_notes_are_rejected_without_quoting_them(name: str) -> None:
    with pytest.raises(InputError) as refused:
        extract(REFUSED[name])
    assert [fault.path for fault in refused.value.faults] == ["note"]
    assert "Smithson" not in str(refused.value)


@pytest.mark.parametrize("name", HARMLESS)
def test_unusual_notes_are_read_with_exact_evidence(name: str) -> None:
    text = HARMLESS[name]
    for fact in extract(text).facts:
        for span in fact["evidence"]:
            assert text[span["start"] : span["end"]] == span["text"]


AS_TYPED_ELSEWHERE = [
    ("\uff22\uff32\uff21\uff26 \uff36\uff16\uff10\uff10\uff25 detected", "genomics.variants"),
    ("\u00b9\u00b3\u00b9I \uff11\uff10\uff10 mCi was given", "radioiodine.courses"),
    ("Hu\u0308rthle cell carcinoma of the thyroid", "diagnosis.histology"),
    ("pap\u00adillary thyroid car\u00adcinoma", "diagnosis.histology"),
    ("lung\u3000metastases", "disease.lesions"),
    ("A 54\u2011year\u2011old woman", "age"),
    ("A 54-year-old woman.\r\nPTC.\r\n", "diagnosis.histology"),
    ("A 54-YEAR-OLD WOMAN WITH PAPILLARY THYROID CARCINOMA", "diagnosis.histology"),
]
"""Full-width letters, combining accents, soft and hard hyphens, Windows line ends, capitals."""


@pytest.mark.parametrize(("text", "path"), AS_TYPED_ELSEWHERE)
def test_typographic_variants_read_alike(text: str, path: str) -> None:
    assert at(text, path) is not None
    spans = [span for fact in extract(text).facts for span in fact["evidence"]]
    assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)


@given(st.text(max_size=60))
def test_normalising_keeps_offsets(text: str) -> None:
    assert len(flatten(text)) == len(text)
    assert len(lower_case(flatten(text))) == len(text)


def test_a_table_is_read_row_by_row() -> None:
    found = extract("| Gene | Result |\n| BRAF | V600E |\n| NRAS | wild type |").summary["genomics"]
    assert found["variants"] == [{"gene": "BRAF", "alteration": "p.Val600Glu"}]
    assert found["tested"] == [{"gene": "NRAS"}]


@pytest.mark.parametrize(
    "piece",
    [
        "No BRAF, NRAS or RET mutation was found in the lung metastases of 8 mm after 150 mCi of radioiodine and ",
        "( ",
        "no no no ",
        "12 x 3 x ",
        "1, 2 and ",
        "100 mCi, ",
        "lung, bone and ",
    ],
)
def test_a_very_long_line_is_read(piece: str) -> None:
    """Time is not measured: a pattern with worse than linear time would not finish within the run."""
    text = (piece * (40_000 // len(piece)))[:40_000]
    assert extract(text).summary["schema"] == 1


def test_evidence_is_at_most_120_characters() -> None:
    text = "Papillary thyroid carcinoma. " + "x" * 500
    assert all(len(span["text"]) <= 120 for fact in extract(text).facts for span in fact["evidence"])
