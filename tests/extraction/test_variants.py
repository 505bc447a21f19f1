"""Tables of what is read of genes, and what must not be."""

import pytest

from tests.extraction.reads import clear, variants

V600E = "BRAF p.Val600Glu"

SHOULD_FIND = [
    ("BRAF V600E mutation was detected.", {V600E}),
    ("The tumour carried BRAF p.Val600Glu.", {V600E}),
    ("BRAF p.(Val600Glu) variant, allele fraction 31%.", {V600E}),
    ("c.1799T>A (p.V600E) in BRAF", {V600E}),
    ("BRAF c.1799T > A was found.", {V600E}),
    ("The T1799A BRAF mutation was found.", {V600E}),
    ("V600EBRAF was present.", {V600E}),
    ("BRAFV600E positive.", {V600E}),
    ("V600E mutation in the BRAF gene", {V600E}),
    ("BRAF: V600E", {V600E}),
    ("BRAF V600E+.", {V600E}),
    ("A mutation in codon 61 of NRAS was found.", {"NRAS codon 61"}),
    ("NRAS Q61R and TERT C228T were detected.", {"NRAS p.Gln61Arg", "TERT c.-124C>T"}),
    ("TERT promoter mutation c.-146C>T was present.", {"TERT c.-146C>T"}),
    ("CCDC6-RET fusion was identified.", {"RET fusion CCDC6"}),
    ("RET::CCDC6 rearrangement.", {"RET fusion CCDC6"}),
    ("ETV6/NTRK3 was detected.", {"NTRK3 fusion ETV6"}),
    ("RET/PTC1 was detected.", {"RET fusion CCDC6"}),
    ("RET/PTC rearrangement was found.", {"RET fusion"}),
    ("The tumour was BRAF-mutated but RAS wild type.", {"BRAF"}),
    ("BRAF (-), NRAS (+)", {"NRAS"}),
    ("a BRAF-positive papillary thyroid carcinoma", {"BRAF"}),
    ("RET M918T (somatic)", {"RET p.Met918Thr"}),
    ("KRAS G12V mut, TP53 wt", {"KRAS p.Gly12Val"}),
]

SHOULD_NOT_FIND = [
    "BRAF V600E was not detected.",
    "ETV6 was intact; BRAF V600E was not.",
    "No BRAF V600E mutation was found.",
    "Negative for BRAF V600E, NRAS Q61R and RET fusions.",
    "BRAF V600E, NRAS Q61R and TERT C228T were not detected.",
    "BRAF testing is pending.",
    "BRAF V600E result is awaited.",
    "BRAF mutation analysis was not performed.",
    "Her mother carries a RET M918T mutation.",
    "If a BRAF V600E mutation is found, dabrafenib will be considered.",
    "Two of the other patients had an NRAS p.Q61K mutation, none of them survived.",
    "Patients with RET fusion-positive tumours may benefit from selpercatinib.",
    "A BRAF inhibitor was discussed.",
    "Immunohistochemistry was positive for TTF-1, PAX8 and p53.",
    "TSH receptor antibodies were positive.",
    "Lytic lesions of L3 and T12 were seen on CT after I-131.",
    "The report of a BRAF V600E mutation was entered in error.",
    "VE1 immunostaining for BRAF V600E was negative.",
    "BRAF/NRAS/HRAS panel ordered.",
    "The patient met the team and was ret urned to the ward.",
]

CLEAR = [
    ("BRAF wild type.", {"BRAF"}),
    ("wild-type BRAF and mutated NRAS", {"BRAF"}),
    ("BRAF (-), NRAS (+)", {"BRAF"}),
    ("BRAF V600E negative", {"BRAF"}),
    ("No RET or NTRK fusion.", {"RET", "NTRK1", "NTRK2", "NTRK3"}),
    ("Neither BRAF nor RAS mutations were detected.", {"BRAF", "NRAS", "HRAS", "KRAS"}),
    ("HRAS G13R, TP53 p.R175H; BRAF and RET wild-type.", {"BRAF", "RET"}),
    ("NRAS Q61K, BRAF wt", {"BRAF"}),
    ("BRAF was not tested.", set()),
    ("BRAF pending, RET negative.", {"RET"}),
    ("No family history of thyroid cancer.", set()),
]


@pytest.mark.parametrize(("text", "expected"), SHOULD_FIND)
def test_every_usual_form_is_read(text: str, expected: set[str]) -> None:
    assert variants(text) == expected


@pytest.mark.parametrize("text", SHOULD_NOT_FIND)
def test_what_was_not_found_in_this_patient_is_no_variant(text: str) -> None:
    assert variants(text) == set()


@pytest.mark.parametrize(("text", "expected"), CLEAR)
def test_only_a_test_makes_a_gene_clear(text: str, expected: set[str]) -> None:
    assert clear(text) == expected


def test_negation_does_not_leak_over_a_full_stop_after_a_variant() -> None:
    assert variants("BRAF was negative for V600E. NRAS Q61R was detected.") == {"NRAS p.Gln61Arg"}


def test_results_that_exclude_each_other_leave_the_gene_unknown() -> None:
    text = "BRAF V600E was detected in the first sample. BRAF V600E was not detected in the second."
    assert variants(text) == set()
    assert clear(text) == set()
