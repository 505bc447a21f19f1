"""Laws of the names of variants: respelling changes nothing, and knowing less never gives a wrong answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.truth import Truth
from schemas.criteria.specification import criterion_of
from schemas.implications.contradictions import accept_patient
from schemas.summary import alteration
from schemas.summary.engines import explainer_for
from schemas.summary.reference_codons import CODING, LETTERS, PROTEIN, translate
from schemas.summary.vocabulary import knowledge_table

Case = tuple[str, str, str]
"""A gene, the coding name of a substitution in one of its reference codons, and the protein name."""


@st.composite
def substitutions(draw: st.DrawFn) -> Case:
    codons = knowledge_table("alteration")["codons"]
    gene = draw(st.sampled_from(sorted(codons)))
    codon = draw(st.sampled_from(sorted(codons[gene])))
    offset = draw(st.integers(0, 2))
    before = codons[gene][codon][offset]
    after = draw(st.sampled_from(sorted(set("ACGT") - {before})))
    coding = f"c.{3 * int(codon) - 2 + offset}{before}>{after}"
    found = CODING.fullmatch(coding)
    assert found is not None
    protein = translate(gene, found)
    assert protein is not None
    return gene, coding, protein


def respellings(case: Case) -> list[str]:
    """Names of exactly this alteration."""
    gene, coding, protein = case
    found = PROTEIN.fullmatch(protein)
    assert found is not None
    change = found["change"] if found["change"] == "=" else LETTERS[found["change"]]
    short = f"{LETTERS[found['from']]}{found['codon']}{change}"
    transcripts = knowledge_table("alteration")["transcripts"].get(gene, [])
    return [
        *(protein, short, f"p.{short}", f"p.({protein.removeprefix('p.')})", f"{gene}:{protein}", short.lower()),
        *(coding, f"{coding} ({protein})", f"{protein} ({coding})", f"{coding}, p.({short})", coding.lower()),
        *(f"{transcript}.1:{coding} ({protein})" for transcript in transcripts),
    ]


def vague_names(case: Case) -> list[dict[str, Any]]:
    """Variants that say less than the alteration, and nothing else."""
    gene, coding, protein = case
    found = PROTEIN.fullmatch(protein)
    assert found is not None
    codon, residue = int(found["codon"]), LETTERS[found["from"]]
    after = "E/K" if found["change"] in ("Glu", "Lys") else "X"
    vague: list[dict[str, Any]] = [{}, {"codon": codon}, {"codon": f"{max(1, codon - 2)}-{codon + 1}"}]
    if not protein.endswith("="):
        vague += [{"alteration": name} for name in ("mutation", f"{residue}{codon}X", f"{residue}{codon}{after}")]
        vague += [
            {"alteration": f"{residue}{codon}"},
            {"alteration": f"NM_000000.1:{coding}"} if gene == "BRAF" else {},
        ]
    return [variant for variant in vague if "alteration" in variant or not protein.endswith("=")]


@st.composite
def asked(draw: st.DrawFn, case: Case) -> dict[str, Any]:
    """A criterion on the gene of the case, or on its group."""
    gene, _, protein = case
    other = draw(substitutions().filter(lambda drawn: drawn[0] == gene))[2]
    codon = int(PROTEIN.fullmatch(draw(st.sampled_from([protein, other])))["codon"])  # type: ignore[index]  # a name
    name = draw(st.sampled_from([protein, other]))
    groups = [name for name in knowledge_table("variant_group") if name.startswith(gene.lower())]
    return draw(
        st.sampled_from(
            [
                {"gene": [gene], "alteration": [name]},
                {"gene": [gene], "alteration": sorted({protein, other})},
                {"gene": [gene], "codons": [codon]},
                {"gene": [gene], "codons": [codon], "type": ["substitution"]},
                {"gene": [gene], "type": ["truncating"]},
                {"gene": [gene], "type": ["mutation"]},
                *({"group": group} for group in groups),
            ]
        )
    )


def truth(criterion: dict[str, Any], gene: str, **named: Any) -> Truth:
    variants = [{"gene": gene, **named}]
    patient = accept_patient({"patient_ref": "P-1", "genomics": {"tested": [gene], "variants": variants}})
    return explainer_for(patient).truth(criterion_of(json.dumps({"variant": criterion})).requirement)


@given(st.data())
def test_respelling_never_changes_the_answer(data: st.DataObject) -> None:
    case = data.draw(substitutions())
    criterion = data.draw(asked(case))
    expected = truth(criterion, case[0], alteration=case[2])
    for name in respellings(case):
        assert truth(criterion, case[0], alteration=name) == expected, name


@given(st.data())
def test_knowing_less_of_a_variant_never_gives_a_wrong_answer(data: st.DataObject) -> None:
    case = data.draw(substitutions())
    criterion = data.draw(asked(case))
    expected = truth(criterion, case[0], alteration=case[2])
    for vague in vague_names(case):
        assert truth(criterion, case[0], **vague) in (expected, Truth.UNKNOWN), vague


@given(st.data())
def test_a_coding_name_in_an_unknown_codon_never_decides_about_that_codon(data: st.DataObject) -> None:
    codon, offset = data.draw(st.integers(300, 440)), data.draw(st.integers(0, 2))
    before, after = data.draw(st.permutations("ACGT"))[:2]
    coding = f"c.{3 * codon - 2 + offset}{before}>{after}"
    residues = st.sampled_from(sorted(set(LETTERS.values()) - {"*"}))
    named = f"{data.draw(residues)}{codon}{data.draw(residues)}"
    assert truth({"gene": ["BRAF"], "alteration": [named]}, "BRAF", alteration=coding) == Truth.UNKNOWN
    assert truth({"group": "braf-v600e"}, "BRAF", alteration=coding) == Truth.FALSE


def test_a_broken_comparison_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading X as one residue, or comparing untranslated names, breaks the laws above."""
    monkeypatch.setattr("schemas.summary.derive.comparable_alteration", lambda variant: variant.get("alteration", "?"))
    assert truth({"gene": ["BRAF"], "alteration": ["V600E"]}, "BRAF", alteration="V600X") == Truth.FALSE
    with pytest.raises(AssertionError):
        test_knowing_less_of_a_variant_never_gives_a_wrong_answer()
    monkeypatch.undo()
    monkeypatch.setattr(alteration, "translate", lambda gene, coding: None)
    with pytest.raises(AssertionError):
        test_respelling_never_changes_the_answer()
