"""Tables of radioiodine courses, totals and uptake, with counterexamples."""

from typing import Any

import pytest

from tests.extraction.extracted import at

ACTIVITIES = [
    ("She received 150mCi of radioiodine.", ["150 mCi"]),
    ("3.7 GBq (100 mCi) of 131I was given.", ["3.7 GBq"]),
    ("100 mCi/3700 MBq (131)I was administered.", ["100 mCi"]),
    ("He was given 7,400 MBq of I-131.", ["7400 MBq"]),
    ("131I: 100 + 150 + 200 mCi", ["100 mCi", "150 mCi", "200 mCi"]),
    ("RAI 150 mCi 2016, 200 mCi 2018.", ["150 mCi", "200 mCi"]),
    ("Two courses of 150 mCi radioiodine were given.", ["150 mCi", "150 mCi"]),
    ("RAI x2 (5.5 GBq each).", ["5.5 GBq", "5.5 GBq"]),
    ("treated with a total of 600 mCi radioiodine; a scan was done after each 200 mCi.", ["200 mCi"] * 3),
    ("Radioablation with 1,1 GBq", ["1.1 GBq"]),
    ("Radioiodine 100 mCi was given. After the 100 mCi dose the scan was negative.", ["100 mCi"]),
    ("Radioiodine ablation therapy (100 mCi; 3,700 MBq) was performed.", ["100 mCi"]),
    ("Radioiodine was given on four occasions with 200 mCi each time.", ["200 mCi"] * 4),
    ("100mCi/150mCi/200mCi of RAI were given.", ["100 mCi", "150 mCi", "200 mCi"]),
    ("2.96 GBq 131I; 7.4 GBq 131I x2", ["2.96 GBq", "7.4 GBq", "7.4 GBq"]),
    ("Radioactive iodine (100 mCi) had been performed twice.", ["100 mCi", "100 mCi"]),
    ("4 cures of iodine 131 (100 mCi each)", ["100 mCi"] * 4),
    ("The first radioiodine dose was 3.7 GBq. After a second dose of 3.7 GBq, Tg fell.", ["3.7 GBq", "3.7 GBq"]),
    ("Hyperthyroidism treated with RAI (10 mCi); for her PTC she was given 100 mCi RAI.", ["100 mCi"]),
]

NO_COURSE = [
    "A diagnostic scan with 5 mCi of I-131 was performed.",
    "400 MBq of radioiodine were given for Graves' disease.",
    "We plan to give 150 mCi of radioiodine next month.",
    "Her sister received 100 mCi of radioiodine.",
    "If thyroglobulin rises, 150 mCi of I-131 should be given.",
    "7.4 GBq of 177Lu-DOTATATE were given.",
    "10 mCi of FDG were injected for the PET.",
    "Radioiodine (150 mCi) was not given.",
    "For RAI 100 mCi.",
    "Plan: RAI ablation 30 mCi after rhTSH.",
    "Pretherapy dosimetry with 74 MBq I-131.",
    "Third RAI with 200 mCi, or selpercatinib?",
]

FACTS = [
    ("radioiodine.cumulative_activity", "The cumulative activity of radioiodine was 22.9 GBq.", "22.9 GBq"),
    ("radioiodine.cumulative_activity", "radioactive iodine 530 mci cumulative dose", "530 mCi"),
    ("radioiodine.number_of_courses", "She had four courses of radioiodine.", 4),
    ("radioiodine.number_of_courses", "A third course of I-131 was given.", ">=3"),
    ("radioiodine.received", "Radioiodine was not administered.", False),
    ("radioiodine.received", "No radioiodine was given.", False),
    ("radioiodine.received", "Radiometabolic therapy followed surgery.", True),
    ("radioiodine.received", "He declined surgery and radioiodine.", False),
    ("radioiodine.received", "A radioiodine whole-body scan was negative.", None),
    ("radioiodine.received", "No further radioiodine was given.", None),
    ("radioiodine.received", "Radioiodine treatment has never been performed.", False),
    ("radioiodine.received", "Radioiodine had been recommended but the patient declined.", False),
    ("radioiodine.received", "RAI: not done", False),
    ("radioiodine.received", "She has not yet been treated with radioiodine.", False),
    ("radioiodine.cumulative_activity", "Total 1.2 Ci of I-131.", "1200.0 mCi"),
    ("radioiodine.cumulative_activity", "He progressed after 600 mCi of radioiodine.", "600 mCi"),
    ("radioiodine.number_of_courses", "One more radioiodine treatment followed.", None),
    ("radioiodine.last_scan.uptake", "Bone lesions: iodine-negative. Lung lesions: iodine-positive.", "mixed"),
    ("radioiodine.last_scan.uptake", "No iodine-storing foci were seen.", "non_avid"),
    ("radioiodine.refractory_judgement.value", "Radioactive iodine refractory: no.", False),
    ("radioiodine.refractory_judgement.value", "RAI-avid disease, not refractory.", False),
    ("radioiodine.refractory_judgement.value", "RAI-R DTC.", True),
    ("radioiodine.last_scan.uptake", "The post-therapy scan showed no uptake in the lung metastases.", "non_avid"),
    ("radioiodine.last_scan.uptake", "FDG-avid metastases that did not take up radioiodine.", "non_avid"),
    ("radioiodine.last_scan.uptake", "Radioiodine uptake in both lungs was intense.", "avid"),
    ("radioiodine.last_scan.uptake", "The lung lesions were intensely FDG-avid on PET.", None),
    ("radioiodine.last_scan.uptake", "Some of the nodules were iodine-avid, while others were not.", "mixed"),
    ("radioiodine.refractory_judgement.value", "The disease is radioiodine-refractory.", True),
    ("radioiodine.refractory_judgement.value", "It cannot yet be called RAI-refractory.", False),
    ("radioiodine.refractory_judgement.value", "Whether the disease is RAI-refractory was discussed.", None),
]


@pytest.mark.parametrize(("text", "expected"), ACTIVITIES)
def test_each_course_is_read_once_with_its_activity(text: str, expected: list[str]) -> None:
    assert [row["activity"] for row in at(text, "radioiodine.courses") or []] == expected


@pytest.mark.parametrize("text", NO_COURSE)
def test_activities_that_are_not_courses_for_this_cancer(text: str) -> None:
    assert at(text, "radioiodine.courses") is None


@pytest.mark.parametrize(("path", "text", "expected"), FACTS)
def test_single_facts(path: str, text: str, expected: Any) -> None:
    assert at(text, path) == expected


def test_no_uptake_in_the_metastases_means_that_there_are_metastases() -> None:
    lesions = at("The post-therapy scan showed no uptake in the lung metastases.", "disease.lesions")
    assert [(row["site"], row["rai_uptake"]) for row in lesions] == [("lung", "non_avid")]
