"""Assembles lesions, disease burden, progression and tumour markers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from schemas.summary.quantity import read_quantity
from schemas.summary.units import RECIST_MEASURABLE_MM, dimensions


def assemble(draft: SummaryDraft) -> None:
    """Add the current state of the disease to the summary."""
    _lesions(draft)
    _statements(draft)
    _stated_burden(draft)
    _progression(draft)
    for kind in ("thyroglobulin", "tg_antibodies", "tsh"):
        if mentions := draft.used(kind):
            stated = [mention for mention in mentions if mention.certainty == "stated"] or mentions
            draft.set_value(f"disease.{kind}", stated[-1].value[kind], stated[-1:])


def merged_site(site: str) -> str:
    """Return the site under which mentions are merged: all lymph node sites count as one."""
    return "lymph_node" if site.startswith("lymph_node") else site


def _lesions(draft: SummaryDraft) -> None:
    groups: dict[str, list[Mention]] = {}
    for mention in draft.used("lesion"):
        groups.setdefault(merged_site(mention.value["site"]), []).append(mention)
    if len(groups) > 1:
        groups.pop("distant", None)
    uptake = draft.used("uptake")
    for group in groups.values():
        for record, sources in _lesion_records(group):
            if uptakes := [
                mention
                for mention in uptake
                if merged_site(record["site"]) in {merged_site(site) for site in mention.value["sites"]}
            ]:
                record["rai_uptake"] = uptakes[-1].value["uptake"]
                if record.get("status") == "suspected" and any(
                    record["site"] in mention.value["shows"] for mention in uptakes
                ):
                    del record["status"]  # a lesion that takes up radioiodine is a metastasis
                sources = [*sources, uptakes[-1]]
            draft.add_record("disease.lesions", record, sources)
    _sites_shown_by_uptake(draft, uptake, set(groups))


def _sites_shown_by_uptake(draft: SummaryDraft, uptake: list[Mention], named: set[str]) -> None:
    """Add organs that took up radioiodine but were not mentioned as lesions."""
    shown: dict[str, list[Mention]] = {}
    for mention in uptake:
        for site in mention.value["shows"]:
            shown.setdefault(site, []).append(mention)
    for site, sources in shown.items():
        if site not in named:
            draft.add_record("disease.lesions", {"site": site, "rai_uptake": "avid"}, sources)


def _lesion_records(group: Sequence[Mention]) -> list[tuple[dict[str, Any], list[Mention]]]:
    """Return one record per size; a mention without a size is a repeat of those with one."""
    sized: dict[str, list[Mention]] = {}
    for mention in group:
        if "size" in mention.value:
            sized.setdefault(mention.value["size"], []).append(mention)
    if len(sized) > 1:
        sized.pop("<10 mm", None)
    if sized:
        return [(_lesion_record(mentions, size, group), mentions) for size, mentions in sized.items()]
    return [(_lesion_record(list(group), None, group), list(group))]


def _lesion_record(mentions: list[Mention], size: str | None, group: Sequence[Mention]) -> dict[str, Any]:
    site = max((mention.value["site"] for mention in mentions), key=len)
    statuses = [mention.value["status"] for mention in mentions]
    status = statuses[-1]
    if status == "suspected" and "current" in (*statuses, *(mention.value["status"] for mention in group)):
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
        mentions = [
            mention
            for mention in draft.used(kind)
            if mention.certainty == "stated" and "uncertain" not in mention.context
        ]
        if mentions and len({mention.value["value"] for mention in mentions}) == 1:
            draft.set_value(path, mentions[-1].value["value"], mentions)


def _stated_burden(draft: SummaryDraft) -> None:
    value = draft.burden = disease_burden(draft)
    if value is not None and value["by"] == "words":
        draft.set_value("disease.stated_burden", value["burden"], value["mentions"])


def disease_burden(draft: SummaryDraft) -> dict[str, Any] | None:
    """Return the burden with its evidence, or None if unknown."""
    statements = [mention for mention in draft.used("burden") if mention.certainty == "stated"]
    measured = [mention for mention in draft.used("lesion") if "size" in mention.value and _is_current(mention)]
    large = [mention for mention in measured if _lowest_mm(mention) >= RECIST_MEASURABLE_MM]
    small = [mention for mention in measured if _highest_mm(mention) < RECIST_MEASURABLE_MM]
    last = statements[-1] if statements else None
    if (
        last is not None
        and last.value["burden"] in ("none", "biochemical_only")
        and not any(mention.start > last.end for mention in large)
    ):
        return {"burden": last.value["burden"], "by": "words", "mentions": [last]}
    by_burden = {mention.value["burden"]: mention for mention in statements}
    if "macroscopic" in by_burden or large:
        macroscopic = large or [by_burden["macroscopic"]]
        both = "microscopic" in by_burden and not _is_close(by_burden["microscopic"], macroscopic)
        by = "words" if not large else "sizes"
        return {
            "burden": "mixed" if both and large else "macroscopic",
            "by": by,
            "mentions": macroscopic + ([by_burden["microscopic"]] if both else []),
        }
    if "microscopic" in by_burden:
        return {"burden": "microscopic", "by": "words", "mentions": [by_burden["microscopic"]]}
    if small:
        return {"burden": "microscopic", "by": "sizes", "mentions": small}
    return None


def _is_current(mention: Mention) -> bool:
    """Whether the lesion is present. A lesion measured without a word of doubt counts as present."""
    return mention.value["status"] == "current" or (
        mention.value["status"] == "suspected" and mention.rule in ("lesions.measured", "lesions.plain")
    )


def _is_close(statement: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether the statement is next to a measured lesion, so that both describe the same disease."""
    return any(abs(statement.start - mention.start) < 60 for mention in mentions)


def _lowest_mm(mention: Mention) -> float:
    size = mention.value["size"]
    return _bounds_mm(size)[1 if size.startswith("<=") else 0]


def _highest_mm(mention: Mention) -> float:
    return _bounds_mm(mention.value["size"])[1]


@lru_cache(1024)
def _bounds_mm(size: str) -> tuple[float, float]:
    interval = dimensions()["length"].interval(read_quantity(size))
    return interval.lo, interval.hi


def _progression(draft: SummaryDraft) -> None:
    mentions = [
        mention
        for mention in draft.used("progression")
        if mention.certainty == "stated" and "uncertain" not in mention.context
    ]
    if not mentions:
        return
    best = max(mentions, key=lambda mention: ("within" in mention.value, "basis" in mention.value, mention.start))
    value = {key: best.value[key] for key in ("within", "basis") if best.value.get(key)}
    draft.set_value("disease.progression", {"progressed": True} | value, [best])
