"""`tested`: genes that were tested, with any result."""

from typing import Any

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among
from schemas.summary.variant_groups import TESTED, leaf_genes, not_germline, tests_gene

TEST_FIELDS = ("accreditation", "assay", "specimen")


class TestedCriterion(Kind):
    """Every one of these genes was tested. A missing test can still be done, so it is UNKNOWN, not FALSE."""

    name = "tested"
    shorthand = "gene"
    gene = CodesField("gene", "genes or groups of genes", required=True)
    accreditation = CodesField("assay_accreditation", "accreditation of the laboratory")
    assay = CodesField("assay", "assays accepted")
    specimen = CodesField("specimen", "specimens accepted")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        asked = [among(f"{TESTED}.{key}", given[key]) for key in TEST_FIELDS if key in given]
        if "specimen" not in given:
            asked.append(not_germline())
        genes = sorted(leaf_genes(given["gene"]))
        return all_of(c.Exists(c.Records(TESTED, all_of([tests_gene(gene), *asked]))) for gene in genes)
