"""Specification of `tested`: genes that were tested."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def known(*genes: object) -> Facts:
    return {"genomics": {"tested": list(genes)}}


SPEC = Spec(
    "tested",
    [
        SpecExample(
            "tested: BRAF",
            "tested with any result; a missing test can still be done",
            met=[known("BRAF"), known("raf"), known("NRAS", "BRAF")],
            unknown=[{}, known("NRAS"), known()],
        ),
        SpecExample(
            "tested: [NRAS, HRAS]",
            "every gene must be tested",
            met=[known("NRAS", "HRAS"), known("ras")],
            unknown=[known("NRAS")],
        ),
        SpecExample(
            "tested: {gene: BRAF, accreditation: certified, specimen: tumour}",
            "by the same test, in a certified laboratory and in tumour tissue",
            met=[known({"gene": "BRAF", "accreditation": "clia", "specimen": "metastasis"})],
            unknown=[
                known("BRAF"),
                known({"gene": "BRAF", "accreditation": "none", "specimen": "tumour"}),
                known({"gene": "BRAF", "accreditation": "clia"}, {"gene": "BRAF", "specimen": "tumour"}),
            ],
        ),
        SpecExample(
            "tested: {gene: RET, assay: [ngs, fish]}",
            "by an accepted assay",
            met=[known({"gene": "RET", "assay": "rna_ngs"})],
            unknown=[known({"gene": "RET", "assay": "ihc"})],
        ),
    ],
)
