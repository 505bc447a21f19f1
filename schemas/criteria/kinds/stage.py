"""`stage`: TNM category and edition, margins, extension, size and nodes of the primary tumour."""

from typing import Any

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_is, fact_within
from schemas.summary.fields import field_error

CODE_FIELDS = {
    "t": "diagnosis.tnm.t",
    "n": "diagnosis.tnm.n",
    "m": "diagnosis.tnm.m",
    "edition": "diagnosis.tnm.edition",
    "stage": "diagnosis.stage",
    "margins": "diagnosis.margins",
    "extrathyroidal_extension": "diagnosis.extrathyroidal_extension",
}
RANGE_FIELDS = ("primary_size", "foci_total", "nodes_involved", "largest_node")


class StageCriterion(Kind):
    """Stage of the primary tumour and its nodes at diagnosis. The meaning of T3 depends on the edition."""

    name = "stage"
    t = CodesField("t_category", "T categories")
    n = CodesField("n_category", "N categories")
    m = CodesField("m_category", "M categories")
    edition = CodesField("ajcc_edition", "TNM editions")
    stage = CodesField("stage_group", "stage groups")
    margins = CodesField("margins", "resection margins")
    extrathyroidal_extension = CodesField("extrathyroidal_extension", "grades of extrathyroidal extension")
    primary_size = RangeField("length", "largest diameter of the primary tumour")
    foci_total = RangeField("length", "sum of the diameters of all foci")
    nodes_involved = RangeField("count", "number of involved nodes")
    largest_node = RangeField("length", "size of the largest involved node")
    multifocal = FlagField()

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        parts: list[c.TruthNode] = [among(path, given[key]) for key, path in CODE_FIELDS.items() if key in given]
        parts += [fact_within(f"diagnosis.{key}", given[key]) for key in RANGE_FIELDS if key in given]
        if "multifocal" in given:
            parts.append(fact_is("diagnosis.multifocal", given["multifocal"]))
        if not parts:
            raise field_error("needs a category, a size or a grade")
        return all_of(parts)
