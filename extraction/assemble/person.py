"""Age, sex, performance and what is said of the tumour type and stage."""

from collections import Counter
from collections.abc import Sequence

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from schemas.summary.vocabulary import vocabularies


def assemble(draft: SummaryDraft) -> None:
    """The facts that stand once in a summary."""
    for path, kind in (("age", "age"), ("sex", "sex")):
        if found := draft.used(kind):
            draft.put(path, found[0].value[kind], found[:1])
    for key in ("ecog", "karnofsky", "lansky"):
        if found := [one for one in draft.used("performance") if key in one.value]:
            draft.put(f"performance.{key}", found[-1].value[key], found[-1:])
    _histology(draft)
    _stage(draft)
    _primary(draft)


def _histology(draft: SummaryDraft) -> None:
    """A transformed tumour is what it has become; a part is not the type; else the final, most frequent name."""
    mentions = [one for one in draft.used("histology") if one.certainty == "stated"]
    whole = [one for one in mentions if not one.value["part"] or one.value["histology"] == "anaplastic"] or mentions
    specific = [one for one in whole if not vocabularies()["histology"].terms[one.value["histology"]].group] or whole
    if specific:
        code = _chosen(specific)
        sources = [one for one in specific if one.value["histology"] == code]
        draft.put("diagnosis.histology", code, sources)
        for other in dict.fromkeys(
            one.value["histology"] for one in mentions if one.value["part"] and one.value["histology"] != code
        ):
            draft.add(
                "diagnosis.components",
                {"histology": other},
                [one for one in mentions if one.value["histology"] == other],
            )
    subtypes = [one for one in draft.used("subtype") if "part" not in one.value]
    if subtypes and specific:
        code = max(subtypes, key=lambda one: one.value["subtype"] != "aggressive").value["subtype"]
        draft.put("diagnosis.subtype", code, [one for one in subtypes if one.value["subtype"] == code])


def _chosen(mentions: Sequence[Mention]) -> str:
    codes = [str(one.value["histology"]) for one in mentions]
    for later in ("anaplastic", "poorly_differentiated"):
        if later in codes and (
            any(one.value["transformed"] for one in mentions) or codes.count(later) * 2 >= len(codes)
        ):
            return later
    counts = Counter(codes)
    weight = {
        code: counts[code] + sum(one.value["final"] for one in mentions if one.value["histology"] == code)
        for code in codes
    }
    return max(weight, key=lambda code: (weight[code], -codes.index(code)))


def _stage(draft: SummaryDraft) -> None:
    for key in ("t", "n", "m", "edition"):
        if found := [one for one in draft.used("tnm") if key in one.value]:
            draft.put(f"diagnosis.tnm.{key}", found[0].value[key], found[:1])
    if found := draft.used("stage"):
        draft.put("diagnosis.stage", found[-1].value["stage"], found[-1:])
    for kind, name in (("margins", "margins"), ("extension", "extrathyroidal_extension")):
        values = draft.used(kind)
        if values and len({one.value[kind] for one in values}) == 1:
            draft.put(f"diagnosis.{name}", values[0].value[kind], values)
        elif values:
            draft.disagree(f"diagnosis.{name}", values)


def _primary(draft: SummaryDraft) -> None:
    if found := draft.used("primary"):
        largest = max(found, key=lambda one: float(one.value["mm"]))
        draft.put("diagnosis.primary_size", largest.value["size"], [largest])
