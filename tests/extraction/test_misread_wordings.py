"""Wordings that were once misread, by kind of fact, with near misses."""

from typing import Any

import pytest

from tests.extraction.extracted import at, clear, drugs, summary, variants

GIVEN = "He received radioiodine. "
UPTAKE = [
    ("Intense iodine accumulation was noted in all bone lesions.", "avid"),
    ("Intense storage was seen in known metastases of the sacrum.", "avid"),
    ("Radioiodine uptake was absent.", "non_avid"),
    ("Uptake at last RAI: absent.", "non_avid"),
    ("The latest scan no longer showed pulmonary uptake.", "non_avid"),
    ("The scan showed no more iodine storage.", "non_avid"),
    ("The lung nodules were never radioiodine avid.", "non_avid"),
    ("WBS: thyroid bed only.", "remnant_only"),
    ("On the scan, uptake was confined to the neck.", "remnant_only"),
    ("He had negative ultrasound, chest CT and post-therapy scans.", "non_avid"),
    ("The images after the dose showed captation in both lungs.", "avid"),
    ("The lung lesions lost their iodine avidity.", "non_avid"),
    ("Lung metastases concentrated radioiodine while the bone lesions did not.", "mixed"),
    ("In the last scintigraphy there was not uptake.", "non_avid"),
    ("The scan showed complete disappearance of the pulmonary uptake.", "non_avid"),
]


@pytest.mark.parametrize(("text", "uptake"), UPTAKE)
def test_uptake(text: str, uptake: str) -> None:
    assert at(GIVEN + text, "radioiodine.last_scan.uptake") == uptake


ACTIVITIES = [
    ("She received two cycles of radioiodine, each 7.4 GBq.", ["7.4 GBq"] * 2),
    ("Radioiodine was administered on four occasions (each 3.7 GBq).", ["3.7 GBq"] * 4),
    ("He was treated with 100 mCi of I-131 on two occasions.", ["100 mCi"] * 2),
    ("RAI x3 (100/150/200).", ["100 mCi", "150 mCi", "200 mCi"]),
    ("RAI after each 200 mCi scan.", ["200 mCi"]),
    ("RAI in the years (12/14/16).", []),
]


@pytest.mark.parametrize(("text", "activities"), ACTIVITIES)
def test_activities(text: str, activities: list[str]) -> None:
    rows = at(text, "radioiodine.courses") or []
    assert [row["activity"] for row in rows] == activities


@pytest.mark.parametrize(
    "text",
    [
        "No thyroidectomy was undertaken and radioiodine was not an option.",
        "Neither radioiodine nor any other treatment of the thyroid was given.",
        "She opted against completion thyroidectomy and radioiodine.",
        "The tumour was excised and did not require iodine treatment.",
        "The board felt that neither completion thyroidectomy nor radioiodine was required.",
    ],
)
def test_radioiodine_that_was_not_given(text: str) -> None:
    assert at(text, "radioiodine.received") is False


DRUGS = [
    ("He has now been on lenvatinib for 22 months with stable disease.", {"lenvatinib": True}),
    ("He was treated with lenvatinib for 22 months.", {"lenvatinib": False}),
    ("Vandetanib was started; after progression he was switched to selpercatinib, which he still takes.",
     {"vandetanib": False, "selpercatinib": True}),
    ("Lenvatinib was started. Its dose was switched to 14 mg.", {"lenvatinib": True}),
    ("Sorafenib 5 mo, PD. Lenvatinib 11 mo, PD.", {"sorafenib": False, "lenvatinib": False}),
    ("Neoadjuvant dabrafenib led to regression. Later the treatment was resumed.", {"dabrafenib": True}),
    ("We discussed larotrectinib, but his tumour carries no NTRK fusion.", {}),
    ("Rec: selpercatinib, prior auth submitted.", {}),
    ("He had progressive disease on vandetanib and subsequently on cabozantinib.",
     {"vandetanib": False, "cabozantinib": False}),
    ("She had progressed despite 4 courses of RAI (total 28.7 GBq) and sorafenib.", {"sorafenib": False}),
    ("The metastases responded completely to vemurafenib.", {"vemurafenib": False}),
    ("He was enrolled in a trial of selumetinib.", {"selumetinib": False}),
    ("Sunitinib was commenced, followed by lenvatinib because of fatigue.", {"sunitinib": False, "lenvatinib": True}),
    ("Lenvatinib therapy was discussed but not deemed necessary.", {}),
    ("The tumour acquired resistance to dabrafenib.", {"dabrafenib": False}),
    ("A man receiving nivolumab for melanoma has a neck mass.", {"nivolumab": True}),
    ("Encorafenib and binimetinib were initiated.", {"encorafenib": True, "binimetinib": True}),
    ("Encorafenib was considered and binimetinib was initiated.", {"binimetinib": True}),
    ("Since March sorafenib 800 mg, reduced to 400 mg; stopped in December for PD.", {"sorafenib": False}),
    ("Treatment with lenvatinib at 24 mg/day was instituted.", {"lenvatinib": True}),
    ("Lenvatinib could not be obtained; sorafenib was therefore given for eight months.", {"sorafenib": False}),
    ("The board recommended vemurafenib, which she took for 6 months.", {"vemurafenib": False}),
    ("The board recommended vemurafenib, which she declined.", {}),
    ("He is keen to defer lenvatinib.", {}),
    ("At progression, lenvatinib was started.", {"lenvatinib": True}),
    ("At progression, we would start lenvatinib.", {}),
    ("She had an extraordinary 18-month response to everolimus.", {"everolimus": False}),
    ("He will be enrolled in a trial of selumetinib.", {}),
    ("In vitro, mutant cells were sensitive to trametinib but resistant to vemurafenib.", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "given"), DRUGS)
def test_drugs(text: str, given: dict[str, bool]) -> None:
    assert drugs(text) == given


LESIONS = [
    ("Nodes: 6 of 14 involved.", [("lymph_node", None, "resected")]),
    ("PET showed hypermetabolic mediastinal and hilar lymph nodes.",
     [("lymph_node_mediastinal", None, None)]),
    ("SPECT depicted avid nodes in the mediastinum.", [("lymph_node_mediastinal", None, None)]),
    ("A metastatic mass in the mediastinum.", [("mediastinum", None, None)]),
    ("4/11 positive central nodes.", [("lymph_node", None, "resected")]),
    ("0/12 positive nodes.", []),
    ("CT of the thorax showed innumerable nodules up to 1.8 cm.", [("lung", "<=18 mm", "suspected")]),
    ("CT of the thorax showed nodules in the liver.", []),
    ("Two metastatic lumps of the scalp, measuring 28 mm and 14 mm, hurt.",
     [("skin", "28 mm", None), ("skin", "14 mm", None)]),
    ("A mass of the brain turned out to be a metastasis.", [("brain", None, None)]),
    ("A metastasis of the brain turned out to be a meningioma.", []),
    ("Metastatic cervical lymph nodes were found. Later a neck dissection was done.",
     [("lymph_node_neck", None, "resected")]),
    ("Metastatic cervical lymph nodes were found. A neck dissection is planned.", [("lymph_node_neck", None, None)]),
    ("pT4aN1bM1 (pulm)", [("lung", None, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "lesions"), LESIONS)
def test_lesions(text: str, lesions: list[tuple[str, str | None, str | None]]) -> None:
    rows: list[dict[str, Any]] = at(text, "disease.lesions") or []
    assert [(row["site"], row.get("longest_diameter"), row.get("status")) for row in rows] == lesions


PRIMARY = [
    ("A 6 mm papillary microcarcinoma with extensive spread to the lungs.", "6 mm"),
    ("A 4.2 cm mass in the right thyroid lobe and lytic lesions in L2.", "42 mm"),
    ("A cytologically indeterminate 2.3 cm nodule was removed.", "23 mm"),
    ("Bilateral medullary carcinoma, the largest focus 12 mm.", "12 mm"),
]


@pytest.mark.parametrize(("text", "size"), PRIMARY)
def test_the_size_of_the_primary(text: str, size: str) -> None:
    assert at(text, "diagnosis.primary_size") == size


def test_a_mutation_of_the_father_is_not_the_patients() -> None:
    text = "A man, whose father had died of medullary thyroid cancer, was found to carry a RET C634R mutation."
    assert variants(text) == {"RET p.Cys634Arg"}
    assert not variants("His father was found to carry a RET C634R mutation.")


def test_a_bone_scan_does_not_report_radioiodine_uptake() -> None:
    assert at(GIVEN + "Bone scintigraphy was negative.", "radioiodine.last_scan") is None


def test_a_mutation_shared_with_another_tumour_counts() -> None:
    assert variants("Thyroid carcinoma, BRAF V600E-mutated like the melanoma.") == {"BRAF p.Val600Glu"}
    assert not variants("The melanoma was BRAF V600E-mutated.")


def test_late_and_truncating_variants() -> None:
    assert variants("At progression, a RET G810S mutation was detected.") == {"RET p.Gly810Ser"}
    assert variants("Sequencing revealed a TSC2 Q1178* nonsense mutation.") == {"TSC2 p.Gln1178Ter"}


def test_thyrotoxicosis_caused_by_radioiodine_is_not_its_indication() -> None:
    text = "He developed thyrotoxicosis five days after radioiodine therapy with 5.5 GBq for metastases."
    assert len(at(text, "radioiodine.courses")) == 1
    assert at("He received 0.5 GBq of radioiodine for thyrotoxicosis.", "radioiodine.courses") is None


def test_a_family_mutation_that_the_patient_carries_too() -> None:
    text = "His mother carries a RET C634Y mutation. Analysis revealed the same mutation in our patient."
    assert variants(text) == {"RET p.Cys634Tyr"}
    assert not variants("His mother carries a RET C634Y mutation. His sister has the same mutation as this woman.")


def test_lung_nodules_that_take_up_radioiodine_are_metastases() -> None:
    text = "CT showed multiple lung nodules. She received 150 mCi of radioiodine; the scan showed uptake in both lungs."
    assert at(text, "disease.lesions") == [{"site": "lung", "rai_uptake": "avid"}]


def test_massive_bleeding_is_not_massive_disease() -> None:
    assert at("She suffered a massive bleeding.", "disease.stated_burden") is None
    assert at("She had massive disease.", "disease.stated_burden") == "macroscopic"


def test_an_indeterminate_nodule_is_not_an_indeterminate_test() -> None:
    text = "Testing of an indeterminate thyroid nodule returned an NRAS Q61R mutation."
    assert variants(text) == {"NRAS p.Gln61Arg"}
    assert not variants("NRAS Q61R: indeterminate.")
    assert not clear("NRAS: indeterminate.")


AGES = [
    ("| 64 | male | FTC |", "64 years"),
    ("A woman in her fifties (53 years) underwent resection.", "53 years"),
    ("Age at registration 37. PTC.", "37 years"),
    ("Age at diagnosis 37. PTC.", None),
    ("He is 61 and has PTC.", "61 years"),
    ("He is 12 months after thyroidectomy.", None),
]


@pytest.mark.parametrize(("text", "age"), AGES)
def test_ages(text: str, age: str | None) -> None:
    assert at(text, "age") == age


def test_thousands_after_a_space() -> None:
    assert at("Tg on the day of therapy was 1 480 ng/ml.", "disease.thyroglobulin") == "1480 ng/mL"


def test_the_first_of_numbered_cases_is_the_patient() -> None:
    text = (
        "Case 1. A 50-year-old woman with follicular thyroid carcinoma received 200 mCi of radioiodine. "
        "Case 2. A 38-year-old man with papillary thyroid carcinoma received lenvatinib for lung metastases."
    )
    found = summary(text)
    assert found["age"] == "50 years"
    assert found["diagnosis"]["histology"] == "follicular"
    assert "therapies" not in found
    assert "lesions" not in found.get("disease", {})
    assert drugs("Case 2 was a 38-year-old man who received lenvatinib.") == {"lenvatinib": False}
