"""Assembles variants found and genes tested; contradictory statements leave the gene unknown."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.recognise.variants.alteration_names import promoter_names
from schemas.summary.alteration import normalise_variant


def assemble(draft: SummaryDraft) -> None:
    """Add the variants, then the genes that were tested with a negative result."""
    mentions = [mention for mention in draft.used("variant") if mention.value["status"] in ("positive", "negative")]
    positive = [
        (mention, variant_record(mention.value)) for mention in mentions if mention.value["status"] == "positive"
    ]
    negative = [mention for mention in mentions if mention.value["status"] == "negative"]
    contradicted = _contradicted_genes(draft, [mention for mention, _ in positive], negative)
    _variants(draft, [(mention, record) for mention, record in positive if mention.value["gene"] not in contradicted])
    _tested_genes(draft, [mention for mention in negative if mention.value["gene"] not in contradicted])


def variant_record(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variant record of a summary, in as much detail as the name allows."""
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


def _contradicted_genes(draft: SummaryDraft, positive: list[Mention], negative: list[Mention]) -> set[str]:
    genes = set()
    for gene in dict.fromkeys(mention.value["gene"] for mention in positive):
        present, absent = _distinct(positive, gene), _distinct(negative, gene)
        contradictory = [
            (positive_mention, negative_mention)
            for positive_mention in present
            for negative_mention in absent
            if _are_contradictory(positive_mention, negative_mention)
        ]
        if contradictory:
            genes.add(gene)
            draft.add_contradiction(
                f"genomics.variants ({gene})", [mention for pair in contradictory for mention in pair]
            )
    return genes


def _distinct(mentions: list[Mention], gene: str) -> list[Mention]:
    """Return the first mention of each distinct statement about a gene: a long report repeats itself."""
    first_mentions: dict[tuple[object, ...], Mention] = {}
    for mention in mentions:
        if mention.value["gene"] == gene:
            first_mentions.setdefault(
                tuple(mention.value.get(key) for key in ("name", "form", "partner", "type")), mention
            )
    return list(first_mentions.values())


def _are_contradictory(positive: Mention, negative: Mention) -> bool:
    """Whether both cannot be true. A gene without a mutation may be fused; a gene without V600E may have K601E."""
    kinds = _alteration_kind(positive), _alteration_kind(negative)
    if negative.value.get("partner") and negative.value["partner"] != positive.value.get("partner"):
        return False
    if "fusion" in kinds and kinds[0] != kinds[1] and kinds[1] != "any":
        return False
    if negative.value.get("name") and negative.value.get("form") == "name":
        return variant_record(positive.value) == variant_record(negative.value)
    return not (kinds[1] == "fusion" and kinds[0] != "fusion")


def _alteration_kind(mention: Mention) -> str:
    return (
        "fusion"
        if mention.value.get("form") == "fusion"
        else str(mention.value.get("type") or ("mutation" if mention.value.get("name") else "any"))
    )


def _variants(draft: SummaryDraft, positive: list[tuple[Mention, dict[str, Any]]]) -> None:
    """Add each variant once; `BRAF-mutated` next to `BRAF V600E` is the same variant."""
    records: list[tuple[dict[str, Any], list[Mention]]] = []
    for mention, record in positive:
        existing = next((row for row in records if row[0] == record), None)
        if existing is None:
            records.append((record, [mention]))
        else:
            existing[1].append(mention)
    for record, sources in records:
        if not any(_is_more_specific(other, record) for other, _ in records):
            draft.add_record("genomics.variants", record, sources)


def _is_more_specific(other: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether another record of the same gene contains everything in this record, and more."""
    if other == record or (other["gene"] != record["gene"] and not _is_gene_of_group(other["gene"], record["gene"])):
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


def _is_gene_of_group(gene: str, group: str) -> bool:
    return group in ("ras", "ntrk") and group in gene.lower()


def _tested_genes(draft: SummaryDraft, negative: list[Mention]) -> None:
    mentions_by_scope: dict[tuple[str, str], list[Mention]] = {}
    for mention in negative:
        if (scope := _tested_scope(mention)) is not None:
            mentions_by_scope.setdefault((mention.value["gene"], scope), []).append(mention)
    for (gene, scope), sources in mentions_by_scope.items():
        draft.add_record("genomics.tested", {"gene": gene} | ({"scope": scope} if scope != "all" else {}), sources)


def _tested_scope(mention: Mention) -> str | None:
    """Return what a negative result rules out, or None: a single rare variant, codon or partner rules out nothing."""
    gene, kind = mention.value["gene"], mention.value.get("type", "")
    if mention.value.get("form") == "fusion" or kind == "fusion":
        return None if mention.value.get("partner") else "fusions"
    if mention.value.get("form") == "codon":
        return None if mention.value["name"].isdigit() else "mutations"
    if mention.value.get("form") == "name":
        return "v600e" if gene == "BRAF" and "600" in mention.value["name"] else "promoter" if gene == "TERT" else None
    if gene == "TERT":
        return "promoter"
    return "mutations" if kind == "mutation" else "all"
