"""`tested`: genes whose status is known, whatever was found."""

from typing import Any

from matching import criteria as c
from schemas.blocks import Codes, all_of, among
from schemas.language import Context, Kind
from schemas.variants import TESTED, leaf_genes, tests

CONDITIONS = ("accreditation", "assay", "specimen")


class Tested(Kind):
    """Every one of these genes was tested, and so; one not reported may still be done, so its lack is UNKNOWN."""

    name = "tested"
    shorthand = "gene"
    gene = Codes("gene", "genes or groups of genes", required=True)
    accreditation = Codes("assay_accreditation", "accreditation of the laboratory")
    assay = Codes("assay", "assays accepted")
    specimen = Codes("specimen", "specimens accepted")

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        asked = [among(f"{TESTED}.{key}", given[key]) for key in CONDITIONS if key in given]
        genes = sorted(leaf_genes(given["gene"]))
        return all_of(c.Exists(c.Records(TESTED, all_of([tests(gene), *asked]))) for gene in genes)
