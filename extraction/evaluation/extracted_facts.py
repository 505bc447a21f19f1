"""What is compared: each fact as annotations state it, and as it was read."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from extraction.assemble.treatment import statuses
from extraction.evaluation.annotated_facts import (
    Item,
    annotated_courses,
    annotated_cumulative,
    annotated_histology,
    annotated_lesions,
    annotated_number,
    annotated_radiotherapy,
    annotated_sizes,
    annotated_subtype,
    annotated_therapies,
    annotated_tnm,
    annotated_variants,
    as_number,
    name_of,
    of_radioiodine,
    one,
    place_of,
    plain,
    true_only,
)
from extraction.extract import Extraction
from matching.interval import Interval
from schemas.summary.quantity import read_quantity
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import vocabularies

UPTAKES = {"remnant_only": "non_avid"}


def _path(summary: Mapping[str, Any], path: str) -> Any:
    place: Any = summary
    for step in path.split("."):
        place = place.get(step) if isinstance(place, Mapping) else None
    return place


def _number(written: Any, dimension: str) -> float | None:
    """The value of a quantity; of a bound, the bound itself, as annotators write it."""
    if written is None:
        return None
    quantity = read_quantity(written)
    bound = quantity.upper if quantity.upper is not None else quantity.lower
    assert bound is not None
    return float(bound * Decimal(str(float(dimensions()[dimension].factor(quantity.unit)))))


def _read_variants(found: Extraction) -> list[Item]:
    positive = [
        (row["gene"], name_of(_record(row)), "positive") for row in _path(found.summary, "genomics.variants") or ()
    ]
    negative = [
        (one.value["gene"], "", "negative")
        for one in found.draft.used("variant")
        if one.value["status"] == "negative"
        and not any(one.value["gene"] in row["fact"] for row in found.draft.contradictions)
        and not (one.value.get("partner") and any(one.value["gene"] == row[0] for row in positive))
    ]
    return list(dict.fromkeys([*positive, *negative]))


def _record(row: Mapping[str, Any]) -> Mapping[str, Any]:
    codon = row.get("codon")
    return row if "alteration" in row or codon is None else {**row, "codon": codon}


def _courses(found: Extraction) -> list[Item]:
    rows = _path(found.summary, "radioiodine.courses") or ()
    return [(number,) for row in rows if (number := _number(row.get("activity"), "activity")) is not None]


def _number_of_courses(found: Extraction) -> list[Item]:
    stated = _path(found.summary, "radioiodine.number_of_courses")
    if stated is not None:
        interval: Interval = dimensions()["count"].interval(read_quantity(stated))
        return [] if str(stated) == ">=2" else [(float(interval.lo),)]
    rows = _path(found.summary, "radioiodine.courses") or ()
    return [(float(len(rows)),)] if rows else []


def _cumulative(found: Extraction) -> list[Item]:
    """What is stated, else the sum of courses that all carry their activity."""
    stated = _number(_path(found.summary, "radioiodine.cumulative_activity"), "activity")
    if stated is not None:
        return [(stated,)]
    rows, number = _courses(found), _number_of_courses(found)
    complete = rows and number and len(rows) == number[0][0]
    return [(sum(row[0] for row in rows),)] if complete else []


def _uptake(found: Extraction) -> list[Item]:
    code = _path(found.summary, "radioiodine.last_scan.uptake")
    return [] if code is None else [(UPTAKES.get(code, code),)]


def _planned_radioiodine(found: Extraction) -> list[Item]:
    kinds = ("rai_received", "rai_course", "rai_count")
    said = any(
        "planned" in one.context and not one.context & {"family", "benign", "negated", "other_person"}
        for one in found.draft.every(*kinds)
    )
    return [(True,)] if said else []


def _lesions(found: Extraction) -> list[Item]:
    rows = _path(found.summary, "disease.lesions") or ()
    # A lesion that is only suspected counts as read where it was measured.
    there = [row for row in rows if row.get("status") != "resolved"]
    sites = [place_of(row["site"]) for row in there if row.get("status") != "suspected" or "longest_diameter" in row]
    if _path(found.summary, "diagnosis.primary_size") is not None:
        sites.append("other")
    return [(site,) for site in dict.fromkeys(sites)]


def _sizes(found: Extraction) -> list[Item]:
    rows = [
        row.get("longest_diameter") or row.get("short_axis")
        for row in _path(found.summary, "disease.lesions") or ()
        if row.get("status") != "resolved"
    ]
    written = [row for row in rows if row and row != "<10 mm"]
    written += [one.value["size"] for one in found.draft.used("primary")]
    return list(dict.fromkeys((_number(row, "length"),) for row in written))


def _therapies(found: Extraction) -> list[Item]:
    return [(code, "current" if status == "started" else status) for code, (status, _) in statuses(found.draft).items()]


def _radiotherapy(found: Extraction) -> list[Item]:
    used = [
        one
        for one in found.draft.every("radiotherapy")
        if not one.context & {"negated", "family", "other_person", "superseded"}
    ]
    return list(dict.fromkeys((one.value["status"],) for one in used))


def _tnm(found: Extraction) -> list[Item]:
    stated = _path(found.summary, "diagnosis.tnm") or {}
    return [(key, stated[key]) for key in "tnm" if key in stated]


def _histology(found: Extraction) -> list[Item]:
    code = _path(found.summary, "diagnosis.histology")
    group = code is not None and vocabularies()["histology"].terms[code].group
    return [] if code is None or group else [(code,)]


def _age(found: Extraction) -> list[Item]:
    written = found.summary.get("age")
    years = None if written is None or "months" in written else _number(written, "age")
    return [] if years is None else [(int(years),)]


def _marker(found: Extraction) -> list[Item]:
    used = [one for one in found.draft.used("thyroglobulin") if one.certainty == "stated"]
    return one(_number(found.summary.get("disease", {}).get("thyroglobulin"), "thyroglobulin")) if used else []


def _at(path: str) -> Callable[[Extraction], list[Item]]:
    return lambda found: one(_path(found.summary, path))


READERS: dict[str, tuple[Callable[[Mapping[str, Any]], list[Item]], Callable[[Extraction], list[Item]]]] = {
    "age": (plain("age_years"), _age),
    "sex": (plain("sex"), _at("sex")),
    "histology": (annotated_histology, _histology),
    "histology_subtype": (annotated_subtype, _at("diagnosis.subtype")),
    "variants": (annotated_variants, _read_variants),
    "rai_received": (of_radioiodine("received"), _at("radioiodine.received")),
    "rai_courses": (annotated_courses, _courses),
    "rai_number_of_courses": (annotated_number, _number_of_courses),
    "rai_cumulative": (annotated_cumulative, _cumulative),
    "rai_uptake": (of_radioiodine("uptake"), _uptake),
    "rai_refractory": (
        lambda facts: true_only(facts.get("rai", {}).get("refractory_stated")),
        lambda found: true_only(_path(found.summary, "radioiodine.refractory_judgement.value")),
    ),
    "rai_planned": (lambda facts: true_only(facts.get("rai", {}).get("planned")), _planned_radioiodine),
    "lesions": (annotated_lesions, _lesions),
    "lesion_sizes": (annotated_sizes, _sizes),
    "disease_burden": (plain("disease_burden"), lambda found: one(found.burden and found.burden["value"])),
    "therapies": (annotated_therapies, _therapies),
    "radiotherapy": (annotated_radiotherapy, _radiotherapy),
    "thyroglobulin": (as_number("thyroglobulin_ng_ml"), _marker),
    "tg_antibodies": (plain("tg_antibodies"), _at("disease.tg_antibodies")),
    "tnm": (annotated_tnm, _tnm),
    "ecog": (
        lambda facts: one(None if facts.get("ecog") is None else str(facts["ecog"])),
        lambda found: one(_path(found.summary, "performance.ecog")),
    ),
}
"""Each fact with how it stands in the annotations, and how in what was read."""
