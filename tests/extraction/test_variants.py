"""Tables of gene results, with counterexamples."""

import pytest

from tests.extraction.extracted import clear, variants

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
    ("A mutation of BRAF (V600E) was evidenced.", {V600E}),
    ("BRAF V600E was present not only in the primary but also in the node.", {V600E}),
    ("The patient's tumour is known to be BRAF V600E mutated.", {V600E}),
    ("No BRAF V600E, but a BRAF K601E variant, was detected.", {"BRAF p.Lys601Glu"}),
    ("no BRAF mutation, NRAS Q61K mutation", {"NRAS p.Gln61Lys"}),
    ("Mutation at NRAS codon 61 (CAA>AAA; p.Gln61Lys)", {"NRAS p.Gln61Lys"}),
    ("RET-rearranged papillary carcinoma", {"RET fusion"}),
    ("Rearrangement of NTRK3 with ETV6 as partner was demonstrated.", {"NTRK3 fusion ETV6"}),
    ("A KIF5B-RET and not the more usual CCDC6-RET fusion was present.", {"RET fusion KIF5B"}),
    ("NRAS Q61R +ve / BRAF -ve", {"NRAS p.Gln61Arg"}),
    ("RET fusion: no. ALK fusion: yes.", {"ALK fusion"}),
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
    "We did not have enough material to look for BRAF or RAS mutations.",
    "BRAF V600E mutations are found in about 45% of papillary carcinomas.",
    "BRAF V600E was looked for and not found.",
    "The V600E mutant allele was absent.",
    "BRAF V600E immunostain VE1 weak, considered negative.",
    "We were unable to detect a BRAF mutation.",
    "BRAF V600E mutation was detected in the lymph node metastasis of her brother.",
    "VUS: RET p.Gly691Ser.",
    "EGFR was mutated (L858R) in the lung tumour.",
    "The tumour had a BRAF-like expression signature.",
    "A germline RET mutation was excluded.",
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
    ("BRAF mut neg.", {"BRAF"}),
    ("A germline RET mutation was excluded.", {"RET"}),
    ("absent the mutations of NRAS and of TERT promoter", {"NRAS", "TERT"}),
    (
        "No mutations in BRAF exon 15 or in codons 12, 13 and 61 of the three RAS genes.",
        {"BRAF", "NRAS", "HRAS", "KRAS"},
    ),
    ("BRAF exon 15 sequencing showed wild-type sequence.", {"BRAF"}),
    ("BRAF : WILD  TYPE", {"BRAF"}),
    ("RET/PTC1 was not detected.", set()),
    ("NRAS codon 61: not mutated", set()),
]


@pytest.mark.parametrize(("text", "expected"), SHOULD_FIND)
def test_usual_forms_of_variants_are_read(text: str, expected: set[str]) -> None:
    assert variants(text) == expected


@pytest.mark.parametrize("text", SHOULD_NOT_FIND)
def test_variants_not_found_in_this_patient(text: str) -> None:
    assert variants(text) == set()


@pytest.mark.parametrize(("text", "expected"), CLEAR)
def test_genes_with_a_negative_test(text: str, expected: set[str]) -> None:
    assert clear(text) == expected


def test_negation_does_not_leak_over_a_full_stop_after_a_variant() -> None:
    assert variants("BRAF was negative for V600E. NRAS Q61R was detected.") == {"NRAS p.Gln61Arg"}


def test_contradictory_results_leave_the_gene_unknown() -> None:
    text = "BRAF V600E was detected in the first sample. BRAF V600E was not detected in the second."
    assert variants(text) == set()
    assert clear(text) == set()
