"""Normalisation of variants: the name, codon and type of each way to write them."""

from typing import Any

import pytest

from schemas.inputs.faults import InputError
from schemas.summary.facts import dump_patient, load_patient
from schemas.summary.reference_codons import protein_name


def variant(**written: Any) -> dict[str, Any]:
    """One variant as it is stored."""
    dumped = dump_patient(load_patient({"patient_ref": "P-1", "genomics": {"variants": [written]}}))
    found: dict[str, Any] = dumped["genomics"]["variants"][0]
    return found


def faults(**written: Any) -> list[str]:
    with pytest.raises(InputError) as rejected:
        variant(**written)
    return [f"{fault.path.removeprefix('genomics.variants[0].')}: {fault.message}" for fault in rejected.value.faults]


@pytest.mark.parametrize(
    ("gene", "written", "alteration", "codon", "kind"),
    [
        ("BRAF", "V600E", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "BRAF:p.(Val600Glu)", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "V600EBRAF", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "c.1799T>A", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "V600", None, "600", "mutation"),
        ("BRAF", "c.1798_1799delinsAA", "p.Val600Lys", "600", "substitution"),
        ("RET", "c.1894_1899delinsAA", "c.1894_1899delinsAA", "632-633", "indel"),
        ("BRAF", "V600_K601delinsE", "p.Val600_Lys601delinsGlu", "600-601", "indel"),
        ("RET", "c.1894_1906del", "c.1894_1906del", "632-636", "deletion"),
        ("RET", "c.1894_1895delGAinsCT", "c.1894_1895delGAinsCT", "632", "indel"),
        ("RET", "c.1894dup", "c.1894dup", "632", "duplication"),
        ("RET", "c.1894insA", "c.1894insA", "632", "insertion"),
        ("RET", "E632_L633del", "p.Glu632_Leu633del", "632-633", "deletion"),
        ("RET", "L629_D631dup", "p.Leu629_Asp631dup", "629-631", "duplication"),
        ("RET", "D631_E632insCys", "p.Asp631_Glu632insCys", "631-632", "insertion"),
        ("PTEN", "R130*", "p.Arg130Ter", "130", "truncating"),
        ("PTEN", "K267fs*9", "p.Lys267fs", "267", "truncating"),
        ("TERT", "C228T", "c.-124C>T", None, "promoter"),
        ("TERT", "c.-57A>C", "c.-57A>C", None, "promoter"),
        ("TERT", "-124C>T", "c.-124C>T", None, "promoter"),
        ("TERT", "promoter mutation", None, None, "promoter"),
        ("BRAF", "c.1799T>A (p.Val600Glu)", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "p.V600E (c.1799T>A)", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "p.(Val600Glu) (c.1799T>A)", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "c.1799T>A, p.(Val600Glu)", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "NM_004333.6:c.1799T>A", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "NM_004333.4(BRAF):c.1799T>A (p.Val600Glu)", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "BRAF(NM_004333):p.V600E", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "NP_004324.2:p.Val600Glu", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "NM_001374258.1:c.1919T>A", None, None, "mutation"),
        ("BRAF", "T1799A", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "V599E", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "t1799a", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "V600E mutation", "p.Val600Glu", "600", "substitution"),
        ("BRAF", "V600_K601>E", "p.Val600_Lys601delinsGlu", "600-601", "indel"),
        ("BRAF", "c.1799_1800TG>AA", "p.Val600Glu", "600", "substitution"),
        ("NRAS", "C181A", None, "61-181", "mutation"),
        ("RET", "L769L", "p.Leu769=", "769", "synonymous"),
        ("BRAF", "V600X", None, "600", "mutation"),
        ("BRAF", "p.Val600Xaa", None, "600", "mutation"),
        ("BRAF", "V600E/K", None, "600", "mutation"),
        ("BRAF", "c.1406G>C", "p.Gly469Ala", "469", "substitution"),
        ("BRAF", "G469A", "p.Gly469Ala", "469", "substitution"),
        ("BRAF", "c.1397G>C", "p.Gly466Ala", "466", "substitution"),
        ("BRAF", "c.1405G>A", "p.Gly469Arg", "469", "substitution"),
        ("BRAF", "c.1411G>T", "c.1411G>T", "471", "mutation"),
        ("BRAF", "c.1413A>T", "c.1413A>T", "471", None),
        ("BRAF", "c.1799_1801del", "p.Val600_Lys601delinsGlu", "600-601", "indel"),
        ("RET", "c.1852T>C", "p.Cys618Arg", "618", "substitution"),
        ("RET", "T1852C", "p.Cys618Arg", "618", "substitution"),
        ("RET", "c.2647_2648delinsTT", "p.Ala883Phe", "883", "substitution"),
        ("RET", "c.2307T>G", "p.Leu769=", "769", "synonymous"),
        ("RET", "c.1894_1899del", "p.Glu632_Leu633del", "632-633", "deletion"),
        ("TP53", "c.637C>T", "p.Arg213Ter", "213", "truncating"),
        ("EGFR", "exon 19 deletion", None, None, "deletion"),
        ("EGFR", "exon 20 insertion", None, None, "insertion"),
        ("MET", "exon 14 skipping", None, None, "mutation"),
        ("MET", "MET exon 14 skipping mutation", None, None, "mutation"),
        ("MET", "c.3028+1G>T", "c.3028+1G>T", "1010", "mutation"),
        ("TP53", "splice site", None, None, "mutation"),
        ("RET", "copy number gain", None, None, "amplification"),
        ("PTEN", "homozygous deletion", None, None, "loss"),
        ("PTEN", "K267fsX9", "p.Lys267fs", "267", "truncating"),
        ("BRAF", "mutation", None, None, "mutation"),
        ("BRAF", "amplification", None, None, "amplification"),
        ("BRAF", "fusion", None, None, "fusion"),
    ],
)
def test_the_name_of_a_variant(
    gene: str, written: str, alteration: str | None, codon: str | None, kind: str | None
) -> None:
    found = variant(gene=gene, alteration=written)
    assert (found.get("alteration"), found.get("codon"), found.get("alteration_type")) == (alteration, codon, kind)


@pytest.mark.parametrize("written", ["CCDC6::RET", "RET-CCDC6", "CCDC6/RET fusion", "RET/PTC1"])
def test_a_fusion_names_its_partner(written: str) -> None:
    assert variant(gene="RET", alteration=written) == {
        "gene": "RET",
        "alteration_type": "fusion",
        "fusion_partner": "CCDC6",
    }


def test_a_partner_outside_the_vocabulary_is_kept() -> None:
    assert variant(gene="RET", alteration="NEWGENE1::RET")["fusion_partner"] == "NEWGENE1"
    assert variant(gene="RET", fusion_partner="C12orf4")["fusion_partner"] == "C12orf4"
    assert faults(gene="RET", alteration="RET/NRAS") == ["alteration: not the name of an alteration"]


@pytest.mark.parametrize(
    ("gene", "written", "problem"),
    [
        ("BRAF", "V640E", "the reference has another residue here"),
        ("BRAF", "p.Val806Glu", "the reference has another residue here"),
        ("HRAS", "Q261R", "the reference has another residue here"),
        ("BRAF", "c.1799A>T", "the reference has another base here"),
        ("BRAF", "c.1799T>A (p.Val600Lys)", "names two different alterations"),
        ("BRAF", "c.1406G>A (p.Val600Glu)", "names two different alterations"),
    ],
)
def test_a_name_that_does_not_fit_the_reference_is_rejected(gene: str, written: str, problem: str) -> None:
    assert faults(gene=gene, alteration=written) == [f"alteration: {problem}"]


@pytest.mark.parametrize("written", ["certainly not", "A::B::RET", "KIF5B::CCDC6", "x" * 81, 600, ""])
def test_an_unreadable_name_is_rejected(written: Any) -> None:
    assert faults(gene="RET", alteration=written) == ["alteration: not the name of an alteration"]


@pytest.mark.parametrize(
    ("others", "rejected"),
    [
        ({"codon": 601}, "codon"),
        ({"alteration_type": "fusion"}, "alteration_type"),
        ({"fusion_partner": "CCDC6"}, "alteration_type"),
    ],
)
def test_a_field_that_contradicts_the_name_is_rejected(others: dict[str, Any], rejected: str) -> None:
    assert faults(gene="BRAF", alteration="V600E", **others) == [
        f"{rejected}: contradicts the alteration or the fusion partner"
    ]


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        ({"codon": "599-601"}, {"codon": "600", "alteration_type": "substitution"}),
        ({"alteration_type": "mutation"}, {"codon": "600", "alteration_type": "substitution"}),
    ],
)
def test_the_name_is_kept_over_less_exact_fields(others: dict[str, Any], kept: dict[str, Any]) -> None:
    found = variant(gene="BRAF", alteration="V600E", **others)
    assert {key: found[key] for key in kept} == kept


def test_a_field_more_exact_than_the_name_is_kept() -> None:
    assert variant(gene="BRAF", alteration="mutation", alteration_type="substitution")["alteration_type"] == (
        "substitution"
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("M918T", "p.Met918Thr"),
        ("p.(Gln61Arg)", "p.Gln61Arg"),
        ("Q61*", "p.Gln61Ter"),
        ("G12=", "p.Gly12="),
        ("G12", None),
        ("exon 11", None),
    ],
)
def test_the_protein_name(written: str, name: str | None) -> None:
    assert protein_name(written) == name


@pytest.mark.parametrize(("gene", "written"), [("BRAF", "A9999T"), ("BRAF", "T9999A"), ("KRAS", "A34T")])
def test_a_bare_name_that_is_neither_a_residue_nor_a_base_is_refused(gene: str, written: str) -> None:
    assert faults(gene=gene, alteration=written) == ["alteration: the reference has another residue here"]


@pytest.mark.parametrize("written", ["c.1799del", "c.1799dup", "c.1799_1800delinsA"])
def test_a_coding_name_that_shifts_the_frame_has_a_codon_and_no_protein_name(written: str) -> None:
    found = variant(gene="BRAF", alteration=written)
    assert (found["alteration"], found["codon"]) == (written, "600")
