"""Precision, recall and F1 of extraction against annotated texts, fact by fact, with every miss."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from extraction.assemble.genomics import record_of
from extraction.assemble.treatment import statuses
from extraction.extract import Extraction, extract
from matching.interval import Interval
from schemas.alteration import normalise_variant
from schemas.quantity import read_quantity
from schemas.units import dimensions
from schemas.vocabulary import vocabularies

Item = tuple[Any, ...]
PLACES = ("lung", "bone", "lymph_node", "brain", "liver")
"""Sites that annotations tell apart; every other one is `other`."""

UPTAKES = {"remnant_only": "non_avid"}
LOCAL_OR_RAI = ("radiotherapy", "radioiodine", "surgery", "supportive", "hormone", "local")
"""Classes of annotated therapies that are no systemic drugs; radiotherapy is a fact of its own."""


@dataclass
class Score:
    """Counts of one fact over all texts."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def to_json(self) -> dict[str, float | int]:
        """Precision is 1 where nothing was found, and recall where there was nothing to find."""
        found, there = self.right + self.wrong, self.right + self.missed
        precision, recall = self.right / found if found else 1.0, self.right / there if there else 1.0
        return {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
            "support": there,
            "found": found,
        }


@dataclass
class Report:
    """Scores by fact, and what was missed or found too much."""

    scores: dict[str, Score] = field(default_factory=dict)
    misses: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Macro F1 is the mean over the facts that the annotations hold at least once."""
        facts = {name: score.to_json() for name, score in self.scores.items()}
        counted = [fact["f1"] for fact in facts.values() if fact["support"]]
        macro = sum(counted) / len(counted) if counted else 0.0
        return {"macro_f1": round(macro, 4), "facts": facts, "misses": self.misses}


def evaluate(cases: Iterable[Mapping[str, Any]]) -> Report:
    """Compare what is read with what is annotated, text by text."""
    report = Report({name: Score() for name in READERS})
    for case in cases:
        found = extract(case["narrative"])
        for name, (annotated, read) in READERS.items():
            _count(report, name, str(case.get("id", "")), annotated(case["facts"]), read(found))
    return report


def _count(report: Report, name: str, case: str, annotated: Sequence[Item], found: Sequence[Item]) -> None:
    score, left = report.scores[name], list(annotated)
    for item in found:
        if (match := next((other for other in left if _agree(item, other)), None)) is not None:
            left.remove(match)
            score.right += 1
        else:
            score.wrong += 1
            report.misses.append({"case": case, "fact": name, "kind": "too_much", "item": [str(part) for part in item]})
    score.missed += len(left)
    report.misses += [
        {"case": case, "fact": name, "kind": "missed", "item": [str(part) for part in item]} for item in left
    ]


def _agree(one: Item, other: Item) -> bool:
    """Numbers agree within 2 percent: annotations convert and round."""
    if len(one) != len(other):
        return False
    return all(_same(a, b) for a, b in zip(one, other, strict=True))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 0.02 * max(abs(a), abs(b), 0.01)
    return bool(a == b)


def _one(value: Any) -> list[Item]:
    return [] if value is None else [(value,)]


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


def _annotated_variants(facts: Mapping[str, Any]) -> list[Item]:
    rows = [_annotated_variant(row) for row in facts.get("variants", ())]
    return list(dict.fromkeys(row for row in rows))


def _annotated_variant(row: Mapping[str, Any]) -> Item:
    gene = vocabularies()["gene"].code_of(row["gene"].replace(" promoter", "")) or row["gene"]
    if row.get("status") == "negative":
        return (gene, "", "negative")
    written = "".join(str(row.get("alteration") or "").split())
    if row.get("type") in ("fusion", "rearrangement"):
        return (gene, _fusion(gene, written), "positive")
    value = {"gene": gene, "name": written.removeprefix("codon").removeprefix("codón"), "type": row.get("type", "")}
    if written.startswith("codon"):
        return (gene, f"codon {value['name']}", "positive")
    if written.lower() in ("", "unspecified", "mutation", "positive", "unknown", "any", "mutated", "promoter"):
        return (gene, "", "positive")
    return (gene, _name(record_of(value)), "positive")


def _fusion(gene: str, written: str) -> str:
    try:
        partner = normalise_variant({"gene": gene, "alteration": written}).get("fusion_partner") if written else None
    except ValidationError:
        partner = None
    return f"fusion {partner or ''}".strip()


def _name(record: Mapping[str, Any]) -> str:
    if "alteration" in record:
        return str(record["alteration"])
    if "codon" in record:
        return f"codon {record['codon']}"
    return f"fusion {record.get('fusion_partner', '')}".strip() if record.get("alteration_type") == "fusion" else ""


def _read_variants(found: Extraction) -> list[Item]:
    positive = [
        (row["gene"], _name(_record(row)), "positive") for row in _path(found.summary, "genomics.variants") or ()
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


def _annotated_courses(facts: Mapping[str, Any]) -> list[Item]:
    rows = facts.get("rai", {}).get("courses", ())
    return [(37.0 * row["activity_mci"],) for row in rows if row.get("activity_mci") is not None]


def _number_of_courses(found: Extraction) -> list[Item]:
    stated = _path(found.summary, "radioiodine.number_of_courses")
    if stated is not None:
        interval: Interval = dimensions()["count"].interval(read_quantity(stated))
        return [] if str(stated) == ">=2" else [(float(interval.lo),)]
    rows = _path(found.summary, "radioiodine.courses") or ()
    return [(float(len(rows)),)] if rows else []


def _annotated_number(facts: Mapping[str, Any]) -> list[Item]:
    number = facts.get("rai", {}).get("n_courses")
    return [] if number is None else [(float(number),)]


def _cumulative(found: Extraction) -> list[Item]:
    """What is stated, else the sum of courses that all carry their activity."""
    stated = _number(_path(found.summary, "radioiodine.cumulative_activity"), "activity")
    if stated is not None:
        return [(stated,)]
    rows, number = _courses(found), _number_of_courses(found)
    complete = rows and number and len(rows) == number[0][0]
    return [(sum(row[0] for row in rows),)] if complete else []


def _annotated_cumulative(facts: Mapping[str, Any]) -> list[Item]:
    value = facts.get("rai", {}).get("cumulative_mci")
    return [] if value is None else [(37.0 * value,)]


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


def _place(site: str) -> str:
    code = vocabularies()["lesion_site"].code_of(site) or site
    if code.startswith("lymph_node"):
        return "lymph_node"
    return code if code in PLACES else "other"


def _lesions(found: Extraction) -> list[Item]:
    rows = _path(found.summary, "disease.lesions") or ()
    # A lesion that is only suspected counts as read where it was measured.
    there = [row for row in rows if row.get("status") != "resolved"]
    sites = [_place(row["site"]) for row in there if row.get("status") != "suspected" or "longest_diameter" in row]
    if _path(found.summary, "diagnosis.primary_size") is not None:
        sites.append("other")
    return [(site,) for site in dict.fromkeys(sites)]


def _annotated_lesions(facts: Mapping[str, Any]) -> list[Item]:
    return [(site,) for site in dict.fromkeys(_place(row["site"]) for row in facts.get("lesions", ()))]


def _sizes(found: Extraction) -> list[Item]:
    rows = [
        row.get("longest_diameter") or row.get("short_axis")
        for row in _path(found.summary, "disease.lesions") or ()
        if row.get("status") != "resolved"
    ]
    written = [row for row in rows if row and row != "<10 mm"]
    written += [one.value["size"] for one in found.draft.used("primary")]
    return list(dict.fromkeys((_number(row, "length"),) for row in written))


def _annotated_sizes(facts: Mapping[str, Any]) -> list[Item]:
    return list(
        dict.fromkeys((float(row["size_mm"]),) for row in facts.get("lesions", ()) if row.get("size_mm") is not None)
    )


def _therapies(found: Extraction) -> list[Item]:
    return [(code, "current" if status == "started" else status) for code, (status, _) in statuses(found.draft).items()]


def _annotated_therapies(facts: Mapping[str, Any]) -> list[Item]:
    vocabulary = vocabularies()["drug"]
    rows = [row for row in facts.get("therapies", ()) if row.get("class", "systemic") not in LOCAL_OR_RAI]
    return [(vocabulary.code_of(row["drug"]) or row["drug"], row.get("status", "prior")) for row in rows]


def _radiotherapy(found: Extraction) -> list[Item]:
    used = [
        one
        for one in found.draft.every("radiotherapy")
        if not one.context & {"negated", "family", "other_person", "superseded"}
    ]
    return list(dict.fromkeys((one.value["status"],) for one in used))


def _annotated_radiotherapy(facts: Mapping[str, Any]) -> list[Item]:
    rows = facts.get("therapies", ())
    return list(dict.fromkeys((row.get("status", "prior"),) for row in rows if row.get("class") == "radiotherapy"))


def _tnm(found: Extraction) -> list[Item]:
    stated = _path(found.summary, "diagnosis.tnm") or {}
    return [(key, stated[key]) for key in "tnm" if key in stated]


def _annotated_tnm(facts: Mapping[str, Any]) -> list[Item]:
    rows = (facts.get("tnm") or {}).items()
    return [(key, str(value).removeprefix("p").removeprefix("c")) for key, value in rows if key in "tnm" and value]


def _histology(found: Extraction) -> list[Item]:
    code = _path(found.summary, "diagnosis.histology")
    group = code is not None and vocabularies()["histology"].terms[code].group
    return [] if code is None or group else [(code,)]


def _annotated_histology(facts: Mapping[str, Any]) -> list[Item]:
    code = facts.get("histology")
    known = vocabularies()["histology"].code_of(str(code)) or str(code)
    group = known in vocabularies()["histology"].terms and vocabularies()["histology"].terms[known].group
    return [] if code is None or group else [(known,)]


def _subtype(facts: Mapping[str, Any]) -> list[Item]:
    code = facts.get("histology_variant")
    return (
        []
        if code is None or str(code).endswith("features")
        else [(vocabularies()["histology_subtype"].code_of(code) or code,)]
    )


def _age(found: Extraction) -> list[Item]:
    written = found.summary.get("age")
    years = None if written is None or "months" in written else _number(written, "age")
    return [] if years is None else [(int(years),)]


def _marker(found: Extraction) -> list[Item]:
    used = [one for one in found.draft.used("thyroglobulin") if one.certainty == "stated"]
    return _one(_number(found.summary.get("disease", {}).get("thyroglobulin"), "thyroglobulin")) if used else []


def _rai(key: str) -> Callable[[Mapping[str, Any]], list[Item]]:
    return lambda facts: _one(facts.get("rai", {}).get(key))


def _plain(key: str) -> Callable[[Mapping[str, Any]], list[Item]]:
    return lambda facts: _one(facts.get(key))


def _at(path: str) -> Callable[[Extraction], list[Item]]:
    return lambda found: _one(_path(found.summary, path))


def _as_number(key: str) -> Callable[[Mapping[str, Any]], list[Item]]:
    return lambda facts: [] if facts.get(key) is None else [(float(facts[key]),)]


def _true(value: Any) -> list[Item]:
    return [(True,)] if value else []


READERS: dict[str, tuple[Callable[[Mapping[str, Any]], list[Item]], Callable[[Extraction], list[Item]]]] = {
    "age": (_plain("age_years"), _age),
    "sex": (_plain("sex"), _at("sex")),
    "histology": (_annotated_histology, _histology),
    "histology_subtype": (_subtype, _at("diagnosis.subtype")),
    "variants": (_annotated_variants, _read_variants),
    "rai_received": (_rai("received"), _at("radioiodine.received")),
    "rai_courses": (_annotated_courses, _courses),
    "rai_number_of_courses": (_annotated_number, _number_of_courses),
    "rai_cumulative": (_annotated_cumulative, _cumulative),
    "rai_uptake": (_rai("uptake"), _uptake),
    "rai_refractory": (
        lambda facts: _true(facts.get("rai", {}).get("refractory_stated")),
        lambda found: _true(_path(found.summary, "radioiodine.refractory_judgement.value")),
    ),
    "rai_planned": (lambda facts: _true(facts.get("rai", {}).get("planned")), _planned_radioiodine),
    "lesions": (_annotated_lesions, _lesions),
    "lesion_sizes": (_annotated_sizes, _sizes),
    "disease_burden": (_plain("disease_burden"), lambda found: _one(found.burden and found.burden["value"])),
    "therapies": (_annotated_therapies, _therapies),
    "radiotherapy": (_annotated_radiotherapy, _radiotherapy),
    "thyroglobulin": (_as_number("thyroglobulin_ng_ml"), _marker),
    "tg_antibodies": (_plain("tg_antibodies"), _at("disease.tg_antibodies")),
    "tnm": (_annotated_tnm, _tnm),
    "ecog": (
        lambda facts: _one(None if facts.get("ecog") is None else str(facts["ecog"])),
        lambda found: _one(_path(found.summary, "performance.ecog")),
    ),
}
"""Each fact with how it stands in the annotations, and how in what was read."""
