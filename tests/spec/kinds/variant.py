"""Specification of `variant`: alterations, classes of alterations, and wild type."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def found(gene: str, alteration: str | None = None, **more: object) -> Facts:
    """A patient with one variant whose tumour was tested for BRAF."""
    variant = {"gene": gene, **({"alteration": alteration} if alteration else {}), **more}
    return {"genomics": {"tested": ["BRAF"], "variants": [variant]}}


def tested(gene: str, alteration: str, **more: object) -> Facts:
    """A patient with one variant of a tested gene."""
    return {"genomics": {"tested": [gene], "variants": [{"gene": gene, "alteration": alteration, **more}]}}


def germline(gene: str, alteration: str, *tests: object) -> Facts:
    """A patient with one variant of a gene that was tested in germline DNA, and further tests."""
    tested_genes = [{"gene": gene, "specimen": "germline"}, *tests]
    return {"genomics": {"tested": tested_genes, "variants": [{"gene": gene, "alteration": alteration}]}}


TESTED = {"genomics": {"tested": ["BRAF", "NRAS", "HRAS", "KRAS"], "variants": []}}
FUSION = {"genomics": {"tested": ["RET"], "variants": [{"gene": "RET", "fusion_partner": "CCDC6"}]}}

SPEC = Spec(
    "variant",
    [
        SpecExample(
            "variant: {group: braf-v600e}",
            "every usual name means the same variant",
            met=[
                found("BRAF", "V600E"),
                found("BRAF", "p.Val600Glu"),
                found("BRAF", "p.V600E"),
                found("BRAF", "c.1799T>A"),
                found("BRAF", "V600EBRAF"),
                found("BRAF", "c.1799T>A (p.Val600Glu)"),
                found("BRAF", "NM_004333.6:c.1799T>A"),
                found("BRAF", "T1799A"),
                found("BRAF", "V599E"),
            ],
            not_met=[
                TESTED,
                found("BRAF", "V600K"),
                found("BRAF", "K601E"),
                found("BRAF", "c.1411G>T"),
                found("BRAF", codon=601),
            ],
            unknown=[
                {},
                found("BRAF"),
                found("BRAF", "mutation"),
                found("BRAF", "V600X"),
                found("BRAF", codon=600),
                found("BRAF", "NM_001374258.1:c.1919T>A"),
                {"genomics": {"tested": ["RET"]}},
            ],
        ),
        SpecExample(
            "variant: {gene: [RET], codons: [633]}",
            "a deletion concerns its whole span",
            not_met=[tested("RET", "M918T"), tested("RET", "c.1900T>C")],
            unknown=[found("RET", "E632_L633del"), found("RET", "c.1894_1906del"), found("RET", "splice site")],
        ),
        SpecExample(
            "variant: {gene: [EGFR], alteration: [p.Glu746_Ala750del]}",
            "an exon says neither the alteration nor that it is another",
            not_met=[tested("EGFR", "L858R")],
            unknown=[found("EGFR", "exon 19 deletion")],
        ),
        SpecExample(
            "variant: {group: ras-mutation}",
            "a gene family is ruled out only if every member was tested",
            met=[
                {"genomics": {"variants": [{"gene": "HRAS", "alteration": "Q61R"}]}},
                {"genomics": {"variants": [{"gene": "ras", "alteration": "mutation"}]}},
            ],
            not_met=[TESTED, {"genomics": {"tested": ["ras"]}}],
            unknown=[{"genomics": {"tested": ["NRAS"]}}, {}],
        ),
        SpecExample(
            "not: {variant: {gene: [BRAF]}}",
            "wild type follows only from a test",
            met=[TESTED],
            not_met=[found("BRAF", "V600E")],
            unknown=[{}, {"genomics": {"tested": ["NRAS"]}}],
        ),
        SpecExample(
            "variant: {group: braf-mutation}",
            "a benign or synonymous variant is none, an uncertain one may be",
            met=[found("BRAF", "P301S"), found("BRAF", "P301S", significance="likely pathogenic")],
            not_met=[
                found("BRAF", "P301S", significance="benign"),
                found("BRAF", "P301S", significance="likely_benign"),
                found("BRAF", "p.Gly32_Ala33dup", significance="benign_or_likely"),
                found("BRAF", "p.Gly643="),
                found("BRAF", "p.(Gly643=)", significance="likely_benign"),
            ],
            unknown=[found("BRAF", "P301S", significance="uncertain")],
        ),
        SpecExample(
            "not: {variant: {group: braf-mutation}}",
            "a benign variant does not break wild type",
            met=[found("BRAF", "A33V", significance="benign"), found("BRAF", "p.Gly643=")],
            not_met=[found("BRAF", "A33V")],
            unknown=[found("BRAF", "A33V", significance="uncertain")],
        ),
        SpecExample(
            "variant: {gene: [BRAF], significance: [uncertain, benign_or_likely]}",
            "a criterion that names the significance decides by it",
            met=[found("BRAF", "P301S", significance="uncertain"), found("BRAF", "P301S", significance="benign")],
            not_met=[found("BRAF", "P301S", significance="pathogenic")],
            unknown=[found("BRAF", "P301S")],
        ),
        SpecExample(
            "not: {variant: {group: braf-altered}}",
            "a fused gene is not its wild type",
            met=[TESTED],
            not_met=[found("BRAF", "AGK::BRAF"), found("BRAF", "fusion"), found("BRAF", "V600E")],
            unknown=[{"genomics": {"tested": [{"gene": "BRAF", "scope": "mutations"}]}}],
        ),
        SpecExample(
            "variant: {gene: [HRAS], codons: [12]}",
            "a variant of a gene tested in germline DNA only says nothing of the tumour",
            met=[
                found("HRAS", "G12S"),
                found("HRAS", "G12S", origin="somatic"),
                germline("HRAS", "G12S", {"gene": "HRAS", "specimen": "tumour"}),
                germline("HRAS", "G12S", "HRAS"),
            ],
            not_met=[germline("HRAS", "Q61R", "HRAS")],
            unknown=[
                germline("HRAS", "G12S"),
                germline("HRAS", "G12S", {"gene": "NRAS", "specimen": "tumour"}),
                found("HRAS", "G12S", origin="germline"),
                {"genomics": {"tested": [{"gene": "HRAS", "specimen": "germline"}], "variants": []}},
            ],
        ),
        SpecExample(
            "variant: {group: ret-activating-mutation}",
            "hereditary medullary carcinoma counts",
            met=[germline("RET", "C634R"), found("RET", "M918T", origin="germline")],
        ),
        SpecExample(
            "variant: {group: ret-mutation}",
            "hereditary medullary carcinoma counts in the wide class too",
            met=[germline("RET", "C634R")],
            not_met=[tested("RET", "L769L")],
        ),
        SpecExample(
            "variant: {gene: [RET], type: [mutation], origin: [germline]}",
            "the origin can be asked for",
            met=[germline("RET", "C634R")],
            not_met=[tested("RET", "C634R", origin="somatic")],
            unknown=[tested("RET", "C634R")],
        ),
        SpecExample(
            "variant: {group: ret-fusion}",
            "a test for mutations does not cover fusions",
            met=[FUSION, {"genomics": {"variants": [{"gene": "RET", "alteration": "fusion"}]}}],
            not_met=[{"genomics": {"tested": [{"gene": "RET", "scope": "fusions"}]}}],
            unknown=[{"genomics": {"tested": [{"gene": "RET", "scope": "mutations"}]}}],
        ),
        SpecExample(
            "variant: {group: braf-v600e}",
            "a test for V600E alone decides V600E",
            not_met=[{"genomics": {"tested": [{"gene": "BRAF", "scope": "v600e"}]}}],
        ),
        SpecExample(
            "variant: {group: braf-v600e, accreditation: [clia]}",
            "the test must have these properties",
            met=[
                {
                    "genomics": {
                        "tested": [{"gene": "BRAF", "accreditation": "clia"}],
                        "variants": [{"gene": "BRAF", "alteration": "V600E"}],
                    }
                }
            ],
            not_met=[TESTED],
            unknown=[found("BRAF", "V600E")],
        ),
    ],
)
