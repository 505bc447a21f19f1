"""The facts that the evaluation compares, each with its annotated and its extracted items."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from extraction.assemble.treatment import drug_statuses
from extraction.evaluation.annotated_facts import (
    FactItem,
    alteration_name,
    annotated_course_count,
    annotated_courses,
    annotated_cumulative,
    annotated_float,
    annotated_histology,
    annotated_lesions,
    annotated_radioiodine,
    annotated_radiotherapy,
    annotated_sizes,
    annotated_subtype,
    annotated_therapies,
    annotated_tnm,
    annotated_value,
    annotated_variants,
    compared_site,
    single_item,
    true_item,
)
from extraction.extract import Extraction
from matching.interval import Interval
from schemas.summary.quantity import read_quantity
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import vocabularies

COMPARED_UPTAKE = {"remnant_only": "non_avid"}


def _value_at(summary: Mapping[str, Any], path: str) -> Any:
    value: Any = summary
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _quantity_in(written: Any, dimension: str) -> float | None:
    """Return the value of a quantity in the unit that annotations use; for a bound, the bound itself."""
    if written is None:
        return None
    quantity = read_quantity(written)
    bound = quantity.upper if quantity.upper is not None else quantity.lower
    assert bound is not None
    return float(bound * Decimal(str(float(dimensions()[dimension].factor(quantity.unit)))))


def _variants(extraction: Extraction) -> list[FactItem]:
    positive = [
        (row["gene"], alteration_name(row), "positive")
        for row in _value_at(extraction.summary, "genomics.variants") or ()
    ]
    negative = [
        (mention.value["gene"], "", "negative")
        for mention in extraction.draft.used("variant")
        if mention.value["status"] == "negative"
        and not any(mention.value["gene"] in row["fact"] for row in extraction.draft.contradictions)
        and not (mention.value.get("partner") and any(mention.value["gene"] == row[0] for row in positive))
    ]
    return list(dict.fromkeys([*positive, *negative]))


def _courses(extraction: Extraction) -> list[FactItem]:
    rows = _value_at(extraction.summary, "radioiodine.courses") or ()
    return [(number,) for row in rows if (number := _quantity_in(row.get("activity"), "activity")) is not None]


def _course_count(extraction: Extraction) -> list[FactItem]:
    stated = _value_at(extraction.summary, "radioiodine.number_of_courses")
    if stated is not None:
        interval: Interval = dimensions()["count"].interval(read_quantity(stated))
        return [] if str(stated) == ">=2" else [(float(interval.lo),)]
    rows = _value_at(extraction.summary, "radioiodine.courses") or ()
    return [(float(len(rows)),)] if rows else []


def _cumulative_activity(extraction: Extraction) -> list[FactItem]:
    """Return the stated total, else the sum of the courses if each has an activity."""
    stated = _quantity_in(_value_at(extraction.summary, "radioiodine.cumulative_activity"), "activity")
    if stated is not None:
        return [(stated,)]
    rows, number = _courses(extraction), _course_count(extraction)
    complete = rows and number and len(rows) == number[0][0]
    return [(sum(row[0] for row in rows),)] if complete else []


def _uptake(extraction: Extraction) -> list[FactItem]:
    code = _value_at(extraction.summary, "radioiodine.last_scan.uptake")
    return [] if code is None else [(COMPARED_UPTAKE.get(code, code),)]


def _planned_radioiodine(extraction: Extraction) -> list[FactItem]:
    kinds = ("rai_received", "rai_course", "rai_count")
    is_planned = any(
        "planned" in mention.context and not mention.context & {"family", "benign", "negated", "other_person"}
        for mention in extraction.draft.of_kinds(*kinds)
    )
    return [(True,)] if is_planned else []


def _lesions(extraction: Extraction) -> list[FactItem]:
    rows = _value_at(extraction.summary, "disease.lesions") or ()
    # A suspected lesion counts as extracted only if it was measured.
    unresolved = [row for row in rows if row.get("status") != "resolved"]
    sites = [
        compared_site(row["site"])
        for row in unresolved
        if row.get("status") != "suspected" or "longest_diameter" in row
    ]
    if _value_at(extraction.summary, "diagnosis.primary_size") is not None:
        sites.append("other")
    return [(site,) for site in dict.fromkeys(sites)]


def _sizes(extraction: Extraction) -> list[FactItem]:
    rows = [
        row.get("longest_diameter") or row.get("short_axis")
        for row in _value_at(extraction.summary, "disease.lesions") or ()
        if row.get("status") != "resolved"
    ]
    written = [row for row in rows if row and row != "<10 mm"]
    written += [mention.value["size"] for mention in extraction.draft.used("primary")]
    return list(dict.fromkeys((_quantity_in(row, "length"),) for row in written))


def _therapies(extraction: Extraction) -> list[FactItem]:
    return [
        (code, "current" if status == "started" else status)
        for code, (status, _) in drug_statuses(extraction.draft).items()
    ]


def _radiotherapy(extraction: Extraction) -> list[FactItem]:
    mentions = [
        mention
        for mention in extraction.draft.of_kinds("radiotherapy")
        if not mention.context & {"negated", "family", "other_person", "superseded"}
    ]
    return list(dict.fromkeys((mention.value["status"],) for mention in mentions))


def _tnm(extraction: Extraction) -> list[FactItem]:
    stated = _value_at(extraction.summary, "diagnosis.tnm") or {}
    return [(key, stated[key]) for key in "tnm" if key in stated]


def _histology(extraction: Extraction) -> list[FactItem]:
    code = _value_at(extraction.summary, "diagnosis.histology")
    group = code is not None and vocabularies()["histology"].terms[code].group
    return [] if code is None or group else [(code,)]


def _age(extraction: Extraction) -> list[FactItem]:
    written = extraction.summary.get("age")
    years = None if written is None or "months" in written else _quantity_in(written, "age")
    return [] if years is None else [(int(years),)]


def _thyroglobulin(extraction: Extraction) -> list[FactItem]:
    if not any(mention.certainty == "stated" for mention in extraction.draft.used("thyroglobulin")):
        return []
    return single_item(_quantity_in(_value_at(extraction.summary, "disease.thyroglobulin"), "thyroglobulin"))


def _item_at(path: str) -> Callable[[Extraction], list[FactItem]]:
    return lambda extraction: single_item(_value_at(extraction.summary, path))


COMPARED_FACTS: dict[
    str, tuple[Callable[[Mapping[str, Any]], list[FactItem]], Callable[[Extraction], list[FactItem]]]
] = {
    "age": (annotated_value("age_years"), _age),
    "sex": (annotated_value("sex"), _item_at("sex")),
    "histology": (annotated_histology, _histology),
    "histology_subtype": (annotated_subtype, _item_at("diagnosis.subtype")),
    "variants": (annotated_variants, _variants),
    "rai_received": (annotated_radioiodine("received"), _item_at("radioiodine.received")),
    "rai_courses": (annotated_courses, _courses),
    "rai_number_of_courses": (annotated_course_count, _course_count),
    "rai_cumulative": (annotated_cumulative, _cumulative_activity),
    "rai_uptake": (annotated_radioiodine("uptake"), _uptake),
    "rai_refractory": (
        lambda facts: true_item(facts.get("rai", {}).get("refractory_stated")),
        lambda extraction: true_item(_value_at(extraction.summary, "radioiodine.refractory_judgement.value")),
    ),
    "rai_planned": (lambda facts: true_item(facts.get("rai", {}).get("planned")), _planned_radioiodine),
    "lesions": (annotated_lesions, _lesions),
    "lesion_sizes": (annotated_sizes, _sizes),
    "disease_burden": (
        annotated_value("disease_burden"),
        lambda extraction: single_item(extraction.burden and extraction.burden["value"]),
    ),
    "therapies": (annotated_therapies, _therapies),
    "radiotherapy": (annotated_radiotherapy, _radiotherapy),
    "thyroglobulin": (annotated_float("thyroglobulin_ng_ml"), _thyroglobulin),
    "tg_antibodies": (annotated_value("tg_antibodies"), _item_at("disease.tg_antibodies")),
    "tnm": (annotated_tnm, _tnm),
    "ecog": (
        lambda facts: single_item(None if facts.get("ecog") is None else str(facts["ecog"])),
        lambda extraction: single_item(_value_at(extraction.summary, "performance.ecog")),
    ),
}
"""Each fact with a function that returns its annotated items, and one that returns its extracted items."""
