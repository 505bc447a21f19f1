"""Tables of lesions, burden, markers, drugs, histology, age and sex."""

from typing import Any

import pytest

from extraction.extract import extract
from tests.extraction.extracted import at, drugs, summary

LESIONS = [
    ("Lung metastases measuring up to 8 mm.", [("lung", "<=8 mm")]),
    ("A 2.4 x 1.8 cm metastatic left level IV lymph node.", [("lymph_node_neck_lateral", "24 mm")]),
    ("sacral metastasis 54 mm, L2 metastasis 21 mm", [("bone", "54 mm"), ("bone", "21 mm")]),
    ("The liver metastasis grew from 1.2x0.8 cm to 2 cm.", [("liver", "20 mm")]),
    ("Hepatic metastasis has increased from 1.8 to 2.6 cm.", [("liver", "26 mm")]),
    ("innumerable sub-centimetre pulmonary metastases", [("lung", "<10 mm")]),
    ("minimal lung, humerus and T9 spine metastases", [("lung", None), ("bone", None)]),
    ("M1 (lung, bone)", [("lung", None), ("bone", None)]),
    ("cM1 (PUL, OSS)", [("lung", None), ("bone", None)]),
    ("Metastatic to lungs, liver and brain.", [("lung", None), ("liver", None), ("brain", None)]),
    ("Distant metastases: lungs.", [("lung", None)]),
    ("Lung mets: largest 1.8 cm (prev 1.2 cm).", [("lung", "18 mm")]),
    ("Recurrence in the thyroid bed, 17 mm.", [("thyroid_bed", "17 mm")]),
    ("Enlarged LNs at right level II, the biggest one was 2.1*1.3 cm, FNA confirmed metastatic PTC.",
     [("lymph_node_neck_lateral", "21 mm")]),
    ("Imaging studies revealed hepatic metastases of up to 1.7 cm.", [("liver", "<=17 mm")]),
    ("FDG-PET showed hypermetabolic lesions in the lungs, the liver and the T5 vertebra.",
     [("lung", None), ("liver", None), ("bone", None)]),
    ("The post-therapy scan showed diffuse uptake in both lungs after 150 mCi.", [("lung", None)]),
]  # fmt: skip

NO_LESION = [
    "No evidence of pulmonary or hepatic metastases.",
    "The liver, adrenals and skeleton are free of metastases.",
    "CT of the chest was normal.",
    "Lung function was normal and bone density low.",
    "A simple cyst of the liver measures 22 mm.",
    "His father died of lung metastases.",
    "Distant metastases: none.",
    "There were concerns about bone metastases but MRI showed only degenerative change.",
    "The radioiodine scan showed physiological uptake in the liver.",
]

BURDENS = [
    ("Miliary lung metastases.", "microscopic"),
    ("Lung metastases of 5 mm.", "microscopic"),
    ("Bone metastasis of 32 mm.", "macroscopic"),
    ("Bulky neck recurrence.", "macroscopic"),
    ("There is no evidence of disease.", "none"),
    ("Biochemical disease only.", "biochemical_only"),
    ("Complete remission of the symptoms of hyponatraemia.", None),
    ("Lung metastases.", None),
    ("Countless tiny nodules throughout both lungs, none larger than 6 mm.", "microscopic"),
    ("The acetabular lesion, measuring 4.7 cm, was irradiated.", "macroscopic"),
    ("A 5-mm nodule in the middle lobe is too small to characterise.", None),
    ("The lung metastases of 14 mm have completely resolved.", None),
]

FACTS = [
    ("age", "A 57-year-old man", "57 years"),
    ("age", "Age/sex: 71 M", "71 years"),
    ("age", "A fifty-two-year-old lady", "52 years"),
    ("age", "At age 51 years, she had surgery; she is 68 years old now.", "68 years"),
    ("age", "Her 45-year-old sister is well.", None),
    ("sex", "63F PTC", "female"),
    ("sex", "His serum thyroglobulin rose.", "male"),
    ("diagnosis.histology", "papillary carcinoma of thyroid", "papillary"),
    ("diagnosis.histology", "Hürthle cell carcinoma", "oncocytic"),
    ("diagnosis.histology", "papillary thyroid carcinoma with anaplastic transformation", "anaplastic"),
    ("diagnosis.histology", "follicular variant of papillary carcinoma", "papillary"),
    ("diagnosis.histology", "His sister had medullary thyroid carcinoma.", None),
    (
        "diagnosis.histology",
        "The initial report of papillary carcinoma was revised to follicular carcinoma.",
        "follicular",
    ),
    ("diagnosis.tnm.t", "(pT1bNxMx)", "T1b"),
    ("diagnosis.tnm.t", "a lytic lesion of T2", None),
    ("diagnosis.margins", "Resection margins were clear (R0).", "R0"),
    ("diagnosis.extrathyroidal_extension", "with gross extrathyroidal extension", "gross"),
    ("performance.ecog", "ECOG PS 1.", "1"),
    ("performance.karnofsky", "Karnofsky 80%", "80 %"),
    ("disease.thyroglobulin", "Tg 38,4 ng/ml", "38.4 ng/mL"),
    ("disease.thyroglobulin", "thyroglobulin decreased to 44.000 ng/ml from over 100.000", "44000 ng/mL"),
    ("disease.thyroglobulin", "Tg 1,250 ng/mL", "1250 ng/mL"),
    ("disease.thyroglobulin", "Tg rose from 12 to 96 µg/L", "96 ug/L"),
    ("disease.thyroglobulin", "anti-Tg 340 IU/mL", None),
    ("disease.tg_antibodies", "anti-Tg antibodies were negative", "negative"),
    ("disease.tg_antibodies", "TgAb elevated at 340 IU/mL", "positive"),
    ("disease.tsh", "TSH was 73 µIU/ml", "73 uIU/mL"),
    ("disease.metastatic", "There are no distant metastases.", False),
    ("disease.metastatic", "Distant metastases: none.", None),
    ("disease.progression", "Several enlarged LNs were seen.", None),
    ("disease.thyroglobulin", "Tg 0.9 (TgAb 410 - positive)", "0.9 ng/mL"),
    ("disease.thyroglobulin", "Tg rose from 80 to 140 ng/ml and returned to 85 ng/ml.", "85 ng/mL"),
    ("disease.tg_antibodies", "Tg 1.2 ng/mL, TgAb (-)", "negative"),
    ("disease.tg_antibodies", "TgAb was 15.3 IU/ml (normal range: 0-115 IU/ml)", "negative"),
    ("disease.tg_antibodies", "TgAb was 215 IU/ml (normal range: 0-115 IU/ml)", "positive"),
    ("diagnosis.histology", "RET/PTC rearrangement (-).", None),
    ("diagnosis.histology", "Anaplastic carcinoma arising from papillary carcinoma.", "anaplastic"),
    ("diagnosis.subtype", "a classic papillary thyroid carcinoma", "classic"),
    ("diagnosis.primary_size", "papillary thyroid carcinoma, 1.2 cm, with 14 of 32 metastatic lymph nodes", "12 mm"),
    ("age", "Patient of 68 years, followed for a follicular carcinoma", "68 years"),
    ("sex", "The 59-year-old patient (m.) presented", "male"),
    ("performance.ecog", "PS0", "0"),
    ("disease.progression.within", "Disease progressed within 11 months according to RECIST.", "11 months"),
]

DRUGS = [
    ("Lenvatinib was stopped because of proteinuria.", {"lenvatinib": False}),
    ("She remains on selpercatinib.", {"selpercatinib": True}),
    ("1L sorafenib -> PD; 2L cabozantinib ongoing.", {"sorafenib": False, "cabozantinib": True}),
    (
        "She progressed on sorafenib and was switched to lenvatinib, which she is still taking.",
        {"sorafenib": False, "lenvatinib": True},
    ),
    ("Sorafenib was started. After discontinuation of the therapy the rash ceased.", {"sorafenib": False}),
    ("We discussed starting lenvatinib.", {}),
    ("Start lenvatinib 24 mg.", {}),
    ("Lenvatinib was declined by the patient.", {}),
    ("Dabrafenib was never started.", {}),
    ("His brother was treated with vandetanib.", {}),
    ("If BRAF is mutated, dabrafenib and trametinib will be given.", {}),
    ("The patient refused sorafenib.", {}),
    ("A BRAF inhibitor would be an option.", {}),
    ("Sorafenib was changed to lenvatinib.", {"sorafenib": False, "lenvatinib": True}),
    ("After progression under sorafenib, he was switched to lenvatinib.", {"sorafenib": False, "lenvatinib": True}),
    ("Previous lines: sorafenib, lenvatinib. Current: cabozantinib.",
     {"sorafenib": False, "lenvatinib": False, "cabozantinib": True}),
    ("Sorafenib was initiated at 400 mg; after 7 months it was discontinued.", {"sorafenib": False}),
    ("Lenvatinib was interrupted and then restarted at 10 mg.", {"lenvatinib": True}),
    ("She received lenvatinib, which is ongoing.", {"lenvatinib": True}),
    ("He received sunitinib, which was stopped, and cabozantinib, with which he is still being treated.",
     {"sunitinib": False, "cabozantinib": True}),
    ("Lenvatinib 24 mg was started, and the disease has been stable for 10 months.", {"lenvatinib": True}),
    ("The disease was considered refractory to radioiodine and lenvatinib was initiated.", {"lenvatinib": True}),
    ("He progressed under vandetanib and then under cabozantinib.", {"vandetanib": False, "cabozantinib": False}),
    ("Pembrolizumab was started. She died two months later.", {"pembrolizumab": False}),
    ("No longer on lenvatinib.", {"lenvatinib": False}),
    ("Anlotinib was given until now.", {"anlotinib": True}),
    ("Prior TKI: none.", {}),
    ("He was offered sorafenib but preferred watchful waiting.", {}),
    ("The board advised against sorafenib.", {}),
    ("Selpercatinib if refractory.", {}),
    ("For start of selpercatinib once funding is approved.", {}),
    ("Selpercatinib could be used in the future.", {}),
    ("Lenvatinib is approved for RAI-refractory DTC.", {}),
    ("He would not be keen on a kinase inhibitor.", {}),
]  # fmt: skip


def lesions(text: str) -> list[tuple[str, str | None]]:
    rows = at(text, "disease.lesions") or []
    return [(row["site"], row.get("longest_diameter")) for row in rows if row.get("status") != "suspected"]


@pytest.mark.parametrize(("text", "expected"), LESIONS)
def test_lesions_with_their_sizes(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert lesions(text) == expected


@pytest.mark.parametrize("text", NO_LESION)
def test_no_lesion_of_this_patient(text: str) -> None:
    assert lesions(text) == []


def test_a_lesion_that_cannot_be_ruled_out_is_suspected() -> None:
    rows = at("Bone metastases cannot be ruled out.", "disease.lesions")
    assert [row["status"] for row in rows] == ["suspected"]


def test_a_suspected_lesion_that_proved_benign_is_removed() -> None:
    assert at("Bone metastases were suspected. Biopsy showed a haemangioma.", "disease.lesions") is None


@pytest.mark.parametrize(("text", "expected"), BURDENS)
def test_burden(text: str, expected: str | None) -> None:
    found = extract(text).burden
    assert (found and found["value"]) == expected


@pytest.mark.parametrize(("path", "text", "expected"), FACTS)
def test_single_facts(path: str, text: str, expected: Any) -> None:
    assert at(text, path) == expected


@pytest.mark.parametrize(("text", "expected"), DRUGS)
def test_drugs_that_were_given(text: str, expected: dict[str, bool]) -> None:
    assert drugs(text) == expected


def test_no_systemic_therapy_is_a_complete_empty_list() -> None:
    found = summary("He has not received any systemic therapy.")
    assert (found["therapies"], found["therapies_complete"]) == ([], True)


def test_a_year_counts_only_if_the_year_of_the_note_is_known() -> None:
    text = "Radioiodine (100 mCi) was given in 2019."
    assert "given" not in summary(text)["radioiodine"]["courses"][0]
    assert summary(text, as_of=2026)["radioiodine"]["courses"][0]["given"] == {"year": 2019, "as_of": 2026}
