"""`variant`: a gene alteration, or a class of alterations."""

from typing import Any

from marshmallow import ValidationError, fields

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, DefinedNameField
from schemas.criteria.kinds.tested import TEST_FIELDS
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, any_of
from schemas.inputs.faults import FaultMessage
from schemas.inputs.spelling import nearest
from schemas.summary.fields import field_error
from schemas.summary.variant_groups import TESTED, any_variant_found, expanded_patterns, leaf_genes, tests_gene
from schemas.summary.vocabulary import knowledge_table

PATTERN_FIELDS = (
    "gene",
    "alteration",
    "codons",
    "type",
    "fusion_partner",
    "significance",
    "functional_class",
    "origin",
)


class VariantCriterion(Kind):
    """A variant of this class was found. `not` of it requires wild type, which only a test can show."""

    name = "variant"
    group = DefinedNameField("variant_group", metadata={"description": "a variant group, such as ras-activating"})
    gene = CodesField("gene", "genes or groups of genes")
    alteration = fields.List(fields.String(), metadata={"description": "names, such as p.Val600Glu"})
    codons = fields.List(fields.Integer(strict=True))
    type = CodesField("alteration_type", "types of alteration")
    fusion_partner = CodesField("fusion_partner", "fusion partners")
    significance = CodesField("significance", "significance of the variant")
    functional_class = CodesField("functional_class", "functional classes")
    origin = CodesField("variant_origin", "origins that count; the tumour if omitted")
    accreditation = CodesField("assay_accreditation", "accreditation of the laboratory that tested the gene")
    assay = CodesField("assay", "assays accepted")
    specimen = CodesField("specimen", "specimens accepted")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        patterns = [_pattern(given)]
        test_fields = [key for key in TEST_FIELDS if key in given]
        if not test_fields:
            return any_variant_found(patterns)
        genes = leaf_genes(gene for pattern in expanded_patterns(patterns) for gene in pattern["gene"])
        asked = [among(f"{TESTED}.{key}", given[key]) for key in test_fields]
        test = c.Exists(c.Records(TESTED, all_of([any_of(tests_gene(gene) for gene in sorted(genes)), *asked])))
        return c.All((any_variant_found(patterns), test))


def _pattern(given: dict[str, Any]) -> dict[str, Any]:
    pattern = {key: given[key] for key in PATTERN_FIELDS if key in given}
    if "group" not in given:
        if "gene" not in pattern:
            raise field_error("needs a group or a gene")
        return pattern
    known = knowledge_table("variant_group")
    if given["group"] not in known:
        near = nearest(given["group"], known)
        raise ValidationError(
            {"group": [FaultMessage("unknown variant group", f"did you mean {near}?" if near else None)]}
        )
    if pattern:
        raise field_error("use either a group, or a gene with an alteration")
    return {"group": given["group"]}
