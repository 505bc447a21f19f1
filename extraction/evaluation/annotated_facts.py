"""Converts annotations into the items that are compared with the extracted facts."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError

from extraction.assemble.genomics import variant_record
from extraction.recognise.radioiodine.activities import MBQ_PER_MCI
from schemas.summary.alteration import normalise_variant
from schemas.summary.vocabulary import vocabularies

FactItem = tuple[Any, ...]
COMPARED_SITES = ("lung", "bone", "lymph_node", "brain", "liver")
"""Sites that annotations distinguish; all others are `other`."""

NON_SYSTEMIC_CLASSES = ("radiotherapy", "radioiodine", "surgery", "supportive", "hormone", "local")
"""Classes of annotated therapies that are not systemic; radiotherapy is compared as a fact of its own."""


def single_item(value: Any) -> list[FactItem]:
    return [] if value is None else [(value,)]


def annotated_variants(facts: Mapping[str, Any]) -> list[FactItem]:
    rows = [_annotated_variant(row) for row in facts.get("variants", ())]
    return list(dict.fromkeys(rows))


def _annotated_variant(row: Mapping[str, Any]) -> FactItem:
    gene = vocabularies()["gene"].code_of(row["gene"].replace(" promoter", "")) or row["gene"]
    if row.get("status") == "negative":
        return (gene, "", "negative")
    written = "".join(str(row.get("alteration") or "").split())
    if row.get("type") in ("fusion", "rearrangement"):
        return (gene, _fusion_name(gene, written), "positive")
    value = {"gene": gene, "name": written.removeprefix("codon").removeprefix("codón"), "type": row.get("type", "")}
    if written.startswith("codon"):
        return (gene, f"codon {value['name']}", "positive")
    if written.lower() in ("", "unspecified", "mutation", "positive", "unknown", "any", "mutated", "promoter"):
        return (gene, "", "positive")
    return (gene, alteration_name(variant_record(value)), "positive")


def _fusion_name(gene: str, written: str) -> str:
    try:
        partner = normalise_variant({"gene": gene, "alteration": written}).get("fusion_partner") if written else None
    except ValidationError:
        partner = None
    return f"fusion {partner or ''}".strip()


def alteration_name(record: Mapping[str, Any]) -> str:
    if "alteration" in record:
        return str(record["alteration"])
    if "codon" in record:
        return f"codon {record['codon']}"
    return f"fusion {record.get('fusion_partner', '')}".strip() if record.get("alteration_type") == "fusion" else ""


def annotated_courses(facts: Mapping[str, Any]) -> list[FactItem]:
    rows = facts.get("rai", {}).get("courses", ())
    return [(float(MBQ_PER_MCI) * row["activity_mci"],) for row in rows if row.get("activity_mci") is not None]


def annotated_course_count(facts: Mapping[str, Any]) -> list[FactItem]:
    number = facts.get("rai", {}).get("n_courses")
    return [] if number is None else [(float(number),)]


def annotated_cumulative(facts: Mapping[str, Any]) -> list[FactItem]:
    value = facts.get("rai", {}).get("cumulative_mci")
    return [] if value is None else [(float(MBQ_PER_MCI) * value,)]


def compared_site(site: str) -> str:
    code = vocabularies()["lesion_site"].code_of(site) or site
    if code.startswith("lymph_node"):
        return "lymph_node"
    return code if code in COMPARED_SITES else "other"


def annotated_lesions(facts: Mapping[str, Any]) -> list[FactItem]:
    return [(site,) for site in dict.fromkeys(compared_site(row["site"]) for row in facts.get("lesions", ()))]


def annotated_sizes(facts: Mapping[str, Any]) -> list[FactItem]:
    return list(
        dict.fromkeys((float(row["size_mm"]),) for row in facts.get("lesions", ()) if row.get("size_mm") is not None)
    )


def annotated_therapies(facts: Mapping[str, Any]) -> list[FactItem]:
    vocabulary = vocabularies()["drug"]
    rows = [row for row in facts.get("therapies", ()) if row.get("class", "systemic") not in NON_SYSTEMIC_CLASSES]
    return [(vocabulary.code_of(row["drug"]) or row["drug"], row.get("status", "prior")) for row in rows]


def annotated_radiotherapy(facts: Mapping[str, Any]) -> list[FactItem]:
    rows = facts.get("therapies", ())
    return list(dict.fromkeys((row.get("status", "prior"),) for row in rows if row.get("class") == "radiotherapy"))


def annotated_tnm(facts: Mapping[str, Any]) -> list[FactItem]:
    rows = (facts.get("tnm") or {}).items()
    return [(key, str(value).removeprefix("p").removeprefix("c")) for key, value in rows if key in "tnm" and value]


def annotated_histology(facts: Mapping[str, Any]) -> list[FactItem]:
    code = facts.get("histology")
    histology = vocabularies()["histology"].code_of(str(code)) or str(code)
    group = histology in vocabularies()["histology"].terms and vocabularies()["histology"].terms[histology].group
    return [] if code is None or group else [(histology,)]


def annotated_subtype(facts: Mapping[str, Any]) -> list[FactItem]:
    code = facts.get("histology_variant")
    return (
        []
        if code is None or str(code).endswith("features")
        else [(vocabularies()["histology_subtype"].code_of(code) or code,)]
    )


def annotated_radioiodine(key: str) -> Callable[[Mapping[str, Any]], list[FactItem]]:
    return lambda facts: single_item(facts.get("rai", {}).get(key))


def annotated_value(key: str) -> Callable[[Mapping[str, Any]], list[FactItem]]:
    return lambda facts: single_item(facts.get(key))


def annotated_float(key: str) -> Callable[[Mapping[str, Any]], list[FactItem]]:
    return lambda facts: [] if facts.get(key) is None else [(float(facts[key]),)]


def true_item(value: Any) -> list[FactItem]:
    return [(True,)] if value else []
