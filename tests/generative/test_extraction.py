"""Laws of reading notes, over notes put together from parts: evidence is exact, and what is denied is never found."""

from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.extract import extract
from schemas.summary.facts import dump_patient, load_patient
from tests.generative.laws import examples

PARTS = st.sampled_from(
    (
        "Papillary thyroid carcinoma",
        "BRAF V600E",
        "was detected",
        "was not detected",
        "no",
        "lung metastases",
        "8 mm",
        "1.2x0.8 cm",
        "150mCi",
        "3,7 GBq",
        "radioiodine",
        "lenvatinib",
        "was stopped",
        "remains on",
        "pending",
        "her mother",
        "if",
        "planned",
        ".",
        ",",
        ";",
        "\n",
        "and",
        "but",
        "(131)I",
        "¹³¹I",
        "µg/L",
        "Tg 44.000 ng/ml",
        "NRAS p.Gln61Arg",
        "CCDC6::RET",
        "ECOG 1",
        "57-year-old",
        "woman",
        "pT3bN1b",
        "<b>",
        "&nbsp;",
        "—",
        "İ",
        "癌",
        "suspected",
        "uptake",
        "third course",
        "cumulative",
        "Hürthle cell carcinoma",
        "bone",
        "T10",
        "no evidence of disease",
        "wild type",
    )
)
NOTES = st.lists(PARTS, min_size=1, max_size=40).map(" ".join).filter(str.strip)
VARIANTS = st.sampled_from(("BRAF V600E", "NRAS Q61R", "a RET fusion", "CCDC6::RET", "TERT C228T", "HRAS p.Gly13Arg"))
DENIALS = st.sampled_from(
    (
        "No {} was found.",
        "{} was not detected.",
        "The tumour was negative for {}.",
        "{}: negative.",
        "{} is pending.",
        "Testing revealed no {}.",
        "Her mother carries {}.",
        "If {} is found, treatment will change.",
        "{} was absent.",
        "Absence of {}.",
        "Family history: {} in a brother.",
        "{} could not be detected.",
        "Without {}.",
        "{} was not.",
    )
)
DRUGS = st.sampled_from(("lenvatinib", "sorafenib", "selpercatinib", "dabrafenib", "vandetanib", "cabozantinib"))
NOT_GIVEN = st.sampled_from(
    (
        "We plan to start {}.",
        "{} was never given.",
        "{} was declined.",
        "His brother takes {}.",
        "If needed, {} will be given.",
        "{} is recommended.",
        "The patient refused {}.",
        "She has never received {}.",
        "{} is planned.",
        "Start {} next month.",
        "{} will be considered at progression.",
        "No prior {}.",
        "Patients treated with {} often have hypertension.",
    )
)


@given(NOTES)
@settings(max_examples=examples(150), deadline=None)
def test_every_evidence_slice_is_the_text_it_claims(text: str) -> None:
    found = extract(text)
    for fact in found.facts:
        for span in fact["evidence"]:
            assert 0 <= span["start"] < span["end"] <= len(text)
            assert text[span["start"] : span["end"]] == span["text"]


@given(NOTES)
@settings(max_examples=examples(100), deadline=None)
def test_what_is_read_is_always_a_summary(text: str) -> None:
    patient = load_patient(extract(text).summary)
    assert load_patient(dump_patient(patient)) == patient


@given(st.lists(st.tuples(VARIANTS, DENIALS), min_size=1, max_size=3))
@settings(max_examples=examples(100), deadline=None)
def test_a_denied_variant_never_reaches_the_matcher_as_found(said: list[tuple[str, str]]) -> None:
    text = " ".join(denial.format(variant) for variant, denial in said)
    assert "variants" not in extract(text).summary.get("genomics", {})


@given(st.lists(st.tuples(DRUGS, NOT_GIVEN), min_size=1, max_size=3))
@settings(max_examples=examples(100), deadline=None)
def test_a_drug_that_was_not_given_never_reaches_the_matcher(said: list[tuple[str, str]]) -> None:
    text = " ".join(form.format(drug) for drug, form in said)
    assert not extract(text).summary.get("therapies")


@given(NOTES)
@settings(max_examples=examples(50), deadline=None)
def test_only_used_facts_stand_behind_the_summary(text: str) -> None:
    unused = {"negated", "family", "planned", "superseded", "other_person", "conditional", "benign", "unsettled"}
    for fact in extract(text).facts:
        if fact["used"]:
            assert not unused & set(fact["context"])
