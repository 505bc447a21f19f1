"""Assembles age, sex, performance status, histology, stage and size of the primary."""

from collections import Counter
from collections.abc import Sequence

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from schemas.summary.vocabulary import vocabularies


def assemble(draft: SummaryDraft) -> None:
    """Add the facts that occur once in a summary."""
    for path, kind in (("age", "age"), ("sex", "sex")):
        if mentions := draft.used(kind):
            draft.set_value(path, mentions[0].value[kind], mentions[:1])
    for key in ("ecog", "karnofsky", "lansky"):
        if mentions := [mention for mention in draft.used("performance") if key in mention.value]:
            draft.set_value(f"performance.{key}", mentions[-1].value[key], mentions[-1:])
    _histology(draft)
    _stage(draft)
    _primary_size(draft)


def _histology(draft: SummaryDraft) -> None:
    """Add the type: transformed, else stated as final and most often. A component is listed, never the type."""
    mentions = [mention for mention in draft.used("histology") if mention.certainty == "stated"]
    whole_tumour = [
        mention for mention in mentions if not mention.value["part"] or mention.value["histology"] == "anaplastic"
    ] or mentions
    specific = [
        mention for mention in whole_tumour if not vocabularies()["histology"].terms[mention.value["histology"]].group
    ] or whole_tumour
    if specific:
        code = _chosen_histology(specific)
        sources = [mention for mention in specific if mention.value["histology"] == code]
        draft.set_value("diagnosis.histology", code, sources)
        for component in dict.fromkeys(
            mention.value["histology"]
            for mention in mentions
            if mention.value["part"] and mention.value["histology"] != code
        ):
            draft.add_record(
                "diagnosis.components",
                {"histology": component},
                [mention for mention in mentions if mention.value["histology"] == component],
            )
    subtypes = [mention for mention in draft.used("subtype") if "part" not in mention.value]
    if subtypes and specific:
        code = max(subtypes, key=lambda mention: mention.value["subtype"] != "aggressive").value["subtype"]
        draft.set_value(
            "diagnosis.subtype", code, [mention for mention in subtypes if mention.value["subtype"] == code]
        )


def _chosen_histology(mentions: Sequence[Mention]) -> str:
    codes = [str(mention.value["histology"]) for mention in mentions]
    for later in ("anaplastic", "poorly_differentiated"):
        if later in codes and (
            any(mention.value["transformed"] for mention in mentions) or codes.count(later) * 2 >= len(codes)
        ):
            return later
    counts = Counter(codes)
    weight = {
        code: counts[code] + sum(mention.value["final"] for mention in mentions if mention.value["histology"] == code)
        for code in codes
    }
    return max(weight, key=lambda code: (weight[code], -codes.index(code)))


def _stage(draft: SummaryDraft) -> None:
    for key in ("t", "n", "m", "edition"):
        if mentions := [mention for mention in draft.used("tnm") if key in mention.value]:
            draft.set_value(f"diagnosis.tnm.{key}", mentions[0].value[key], mentions[:1])
    if mentions := draft.used("stage"):
        draft.set_value("diagnosis.stage", mentions[-1].value["stage"], mentions[-1:])
    for kind, name in (("margins", "margins"), ("extension", "extrathyroidal_extension")):
        mentions = draft.used(kind)
        if mentions and len({mention.value[kind] for mention in mentions}) == 1:
            draft.set_value(f"diagnosis.{name}", mentions[0].value[kind], mentions)
        elif mentions:
            draft.add_contradiction(f"diagnosis.{name}", mentions)


def _primary_size(draft: SummaryDraft) -> None:
    if mentions := draft.used("primary"):
        largest = max(mentions, key=lambda mention: float(mention.value["mm"]))
        draft.set_value("diagnosis.primary_size", largest.value["size"], [largest])
