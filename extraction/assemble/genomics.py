"""Genes tested and variants found; statements that exclude each other leave the gene unknown."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.recognise.variants.alteration_names import promoter_names
from schemas.summary.alteration import normalise_variant


def assemble(draft: SummaryDraft) -> None:
    """Variants first, then the genes that were tested and found clear."""
    found = [one for one in draft.used("variant") if one.value["status"] in ("positive", "negative")]
    positive = [(one, record_of(one.value)) for one in found if one.value["status"] == "positive"]
    negative = [one for one in found if one.value["status"] == "negative"]
    clashing = _clashes(draft, [one for one, _ in positive], negative)
    _variants(draft, [(one, record) for one, record in positive if one.value["gene"] not in clashing])
    _tested(draft, [one for one in negative if one.value["gene"] not in clashing])


def record_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """A variant as the summary writes it, in as much detail as its name can be read."""
    gene = value["gene"]
    if value.get("form") == "fusion":
        return {"gene": gene, "alteration_type": "fusion"} | (
            {"fusion_partner": value["partner"]} if value["partner"] else {}
        )
    if value.get("form") == "codon" and value["name"].isdigit():
        return {"gene": gene, "codon": int(value["name"]), "alteration_type": "mutation"}
    if (name := value.get("name")) and value.get("form") != "codon":
        try:
            normal = normalise_variant({"gene": gene, "alteration": name})
        except ValidationError:
            return {"gene": gene, "alteration_type": "mutation"}
        if "alteration" in normal:
            return {"gene": gene, "alteration": normal["alteration"]}
        if "codon" in normal:
            return {"gene": gene, "codon": int(normal["codon"].lower), "alteration_type": "mutation"}
    kind = "mutation" if value.get("form") == "codon" else value.get("type", "")
    return {"gene": gene, "alteration_type": "promoter" if kind == "promoter" else kind or "any"}


def _clashes(draft: SummaryDraft, positive: list[Mention], negative: list[Mention]) -> set[str]:
    out = set()
    for gene in dict.fromkeys(one.value["gene"] for one in positive):
        found, clear = _distinct(positive, gene), _distinct(negative, gene)
        against = [(yes, no) for yes in found for no in clear if _exclude(yes, no)]
        if against:
            out.add(gene)
            draft.disagree(f"genomics.variants ({gene})", [one for pair in against for one in pair])
    return out


def _distinct(found: list[Mention], gene: str) -> list[Mention]:
    """The first mention of each thing that is said of a gene: a long report says the same many times."""
    seen: dict[tuple[object, ...], Mention] = {}
    for one in found:
        if one.value["gene"] == gene:
            seen.setdefault(tuple(one.value.get(key) for key in ("name", "form", "partner", "type")), one)
    return list(seen.values())


def _exclude(yes: Mention, no: Mention) -> bool:
    """A gene without mutation may be fused; a gene without V600E may have K601E."""
    kinds = _kind(yes), _kind(no)
    if no.value.get("partner") and no.value["partner"] != yes.value.get("partner"):
        return False
    if "fusion" in kinds and kinds[0] != kinds[1] and kinds[1] != "any":
        return False
    if no.value.get("name") and no.value.get("form") == "name":
        return record_of(yes.value) == record_of(no.value)
    return not (kinds[1] == "fusion" and kinds[0] != "fusion")


def _kind(one: Mention) -> str:
    return (
        "fusion"
        if one.value.get("form") == "fusion"
        else str(one.value.get("type") or ("mutation" if one.value.get("name") else "any"))
    )


def _variants(draft: SummaryDraft, positive: list[tuple[Mention, dict[str, Any]]]) -> None:
    """Each variant once; `BRAF-mutated` beside `BRAF V600E` is the same one."""
    records: list[tuple[dict[str, Any], list[Mention]]] = []
    for one, record in positive:
        same = next((row for row in records if row[0] == record), None)
        if same is None:
            records.append((record, [one]))
        else:
            same[1].append(one)
    for record, sources in records:
        if not any(_says_more(other, record) for other, _ in records):
            draft.add("genomics.variants", record, sources)


def _says_more(other: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether another record of the same gene holds what this one says, and more."""
    if other == record or (other["gene"] != record["gene"] and not _member(other["gene"], record["gene"])):
        return False
    if "alteration" in record or "fusion_partner" in record:
        return False
    fused = other.get("alteration_type") == "fusion"
    kind = record.get("alteration_type", "any")
    if "codon" in record:
        return "alteration" in other and str(record["codon"]) in other["alteration"]
    if kind == "any":
        return True
    if kind == "fusion":
        return fused and "fusion_partner" in other
    if kind == "promoter":
        return other.get("alteration") in promoter_names()
    return not fused and ("alteration" in other or "codon" in other)


def _member(gene: str, group: str) -> bool:
    return group in ("ras", "ntrk") and group in gene.lower()


def _tested(draft: SummaryDraft, negative: list[Mention]) -> None:
    seen: dict[tuple[str, str], list[Mention]] = {}
    for one in negative:
        if (scope := _scope(one)) is not None:
            seen.setdefault((one.value["gene"], scope), []).append(one)
    for (gene, scope), sources in seen.items():
        draft.add("genomics.tested", {"gene": gene} | ({"scope": scope} if scope != "all" else {}), sources)


def _scope(one: Mention) -> str | None:
    """What a negative result rules out; that of one rare variant, codon or partner rules out nothing."""
    gene, kind = one.value["gene"], one.value.get("type", "")
    if one.value.get("form") == "fusion" or kind == "fusion":
        return None if one.value.get("partner") else "fusions"
    if one.value.get("form") == "codon":
        return None if one.value["name"].isdigit() else "mutations"
    if one.value.get("form") == "name":
        return "v600e" if gene == "BRAF" and "600" in one.value["name"] else "promoter" if gene == "TERT" else None
    if gene == "TERT":
        return "promoter"
    return "mutations" if kind == "mutation" else "all"
