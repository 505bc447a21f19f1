"""Lesions, burden, progression and markers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from schemas.summary.quantity import read_quantity
from schemas.summary.units import RECIST_MEASURABLE_MM, dimensions


def assemble(draft: SummaryDraft) -> None:
    """The state of the disease now."""
    _lesions(draft)
    _statements(draft)
    _stated_burden(draft)
    _progression(draft)
    for kind in ("thyroglobulin", "tg_antibodies", "tsh"):
        if found := draft.used(kind):
            sure = [one for one in found if one.certainty == "stated"] or found
            draft.put(f"disease.{kind}", sure[-1].value[kind], sure[-1:])


def place_of(site: str) -> str:
    """Where a lesion is, as far as two mentions of it agree."""
    return "lymph_node" if site.startswith("lymph_node") else site


def _lesions(draft: SummaryDraft) -> None:
    groups: dict[str, list[Mention]] = {}
    for one in draft.used("lesion"):
        groups.setdefault(place_of(one.value["site"]), []).append(one)
    if len(groups) > 1:
        groups.pop("distant", None)
    uptake = draft.used("uptake")
    for group in groups.values():
        for record, sources in _records(group):
            if seen := [
                one for one in uptake if place_of(record["site"]) in {place_of(site) for site in one.value["sites"]}
            ]:
                record["rai_uptake"] = seen[-1].value["uptake"]
                if record.get("status") == "suspected" and any(record["site"] in one.value["shows"] for one in seen):
                    del record["status"]  # what takes up radioiodine is metastasis
                sources = [*sources, seen[-1]]
            draft.add("disease.lesions", record, sources)
    _shown_by_uptake(draft, uptake, set(groups))


def _shown_by_uptake(draft: SummaryDraft, uptake: list[Mention], named: set[str]) -> None:
    """Organs that took up radioiodine and were not spoken of as lesions."""
    shown: dict[str, list[Mention]] = {}
    for one in uptake:
        for site in one.value["shows"]:
            shown.setdefault(site, []).append(one)
    for site, sources in shown.items():
        if site not in named:
            draft.add("disease.lesions", {"site": site, "rai_uptake": "avid"}, sources)


def _records(group: Sequence[Mention]) -> list[tuple[dict[str, Any], list[Mention]]]:
    """One record a size; a mention without a size is another mention of those that have one."""
    sized: dict[str, list[Mention]] = {}
    for one in group:
        if "size" in one.value:
            sized.setdefault(one.value["size"], []).append(one)
    if len(sized) > 1:
        sized.pop("<10 mm", None)
    if sized:
        return [(_record(found, size, group), found) for size, found in sized.items()]
    return [(_record(list(group), None, group), list(group))]


def _record(found: list[Mention], size: str | None, group: Sequence[Mention]) -> dict[str, Any]:
    site = max((one.value["site"] for one in found), key=len)
    statuses = [one.value["status"] for one in found]
    status = statuses[-1]
    if status == "suspected" and "current" in (*statuses, *(one.value["status"] for one in group)):
        status = "current"
    record: dict[str, Any] = {"site": site}
    if size:
        record["longest_diameter"] = size
    return record | ({"status": status} if status != "current" else {})


def _statements(draft: SummaryDraft) -> None:
    for kind, path in (
        ("distant", "disease.metastatic"),
        ("unresectable", "disease.unresectable"),
        ("advanced", "disease.locally_advanced"),
        ("lesions_complete", "disease.lesions_complete"),
    ):
        found = [one for one in draft.used(kind) if one.certainty == "stated" and "uncertain" not in one.context]
        if found and len({one.value["value"] for one in found}) == 1:
            draft.put(path, found[-1].value["value"], found)


def _stated_burden(draft: SummaryDraft) -> None:
    value = draft.burden = burden(draft)
    if value is not None and value["by"] == "words":
        draft.put("disease.stated_burden", value["burden"], value["findings"])


def burden(draft: SummaryDraft) -> dict[str, Any] | None:
    """Microscopic, macroscopic, mixed, biochemical only or none, with the reason; None where nothing says it."""
    words = [one for one in draft.used("burden") if one.certainty == "stated"]
    current = [one for one in draft.used("lesion") if "size" in one.value and _counts(one)]
    large = [one for one in current if _lowest_mm(one) >= RECIST_MEASURABLE_MM]
    small = [one for one in current if _highest_mm(one) < RECIST_MEASURABLE_MM]
    last = words[-1] if words else None
    if (
        last is not None
        and last.value["burden"] in ("none", "biochemical_only")
        and not any(one.start > last.end for one in large)
    ):
        return {"burden": last.value["burden"], "by": "words", "findings": [last]}
    said = {one.value["burden"]: one for one in words}
    if "macroscopic" in said or large:
        found = large or [said["macroscopic"]]
        both = "microscopic" in said and not _same(said["microscopic"], found)
        by = "words" if not large else "sizes"
        return {
            "burden": "mixed" if both and large else "macroscopic",
            "by": by,
            "findings": found + ([said["microscopic"]] if both else []),
        }
    if "microscopic" in said:
        return {"burden": "microscopic", "by": "words", "findings": [said["microscopic"]]}
    if small:
        return {"burden": "microscopic", "by": "sizes", "findings": small}
    return None


def _counts(one: Mention) -> bool:
    """A lesion that is there; one measured without a word of doubt counts like a known one."""
    return one.value["status"] == "current" or (
        one.value["status"] == "suspected" and one.rule in ("lesions.measured", "lesions.plain")
    )


def _same(word: Mention, found: Sequence[Mention]) -> bool:
    """A bound that a later size has overtaken is no second kind of disease."""
    return any(abs(word.start - one.start) < 60 for one in found)


def _lowest_mm(one: Mention) -> float:
    size = one.value["size"]
    return _bounds_mm(size)[1 if size.startswith("<=") else 0]


def _highest_mm(one: Mention) -> float:
    return _bounds_mm(one.value["size"])[1]


@lru_cache(1024)
def _bounds_mm(size: str) -> tuple[float, float]:
    found = dimensions()["length"].interval(read_quantity(size))
    return found.lo, found.hi


def _progression(draft: SummaryDraft) -> None:
    found = [one for one in draft.used("progression") if one.certainty == "stated" and "uncertain" not in one.context]
    if not found:
        return
    best = max(found, key=lambda one: ("within" in one.value, "basis" in one.value, one.start))
    value = {key: best.value[key] for key in ("within", "basis") if best.value.get(key)}
    draft.put("disease.progression", {"progressed": True} | value, [best])
