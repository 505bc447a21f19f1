"""Joins genes and alterations into items: `V600E mutation in BRAF` is one item, `RET or NTRK fusion` are two."""

import re
from dataclasses import dataclass, field

from extraction.recognise.variants.alteration_names import WrittenAlteration
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote

TYPE_AFTER = (
    ("fusion", re.compile(r"^[\s-]*(?:gene\s+)?(?:fusion|rearrange|translocat|re-arrange)")),
    ("amplification", re.compile(r"^[\s-]*(?:gene\s+)?(?:amplif|copy number gain)")),
    ("promoter", re.compile(r"^[\s-]*promoter")),
    ("mutation", re.compile(
        r"^[\s-]*(?:gene\s+|somatic\s+|germline\s+|hotspot\s+|point\s+|oncogene\s+)*(?:mutation|mutated|mutant|"
        r"variant|mut\b|missense)")),
)  # fmt: skip
TYPE_OF_LIST = re.compile(r"\b(fusion|rearrange|translocat)\w*|\b(mutation|mutated|mutant|variant)\w*")
TYPE_BEFORE = re.compile(
    r"\b(fusions?|rearrangements?|translocations?|mutations?|variants?)\s+(?:of|in|involving|"
    r"affecting|for|at)\s+(?:the\s+)?(?:[\w/:,-]+\s+(?:and|or)?\s*){0,4}$"
)

RAS_GENES = ("NRAS", "HRAS", "KRAS")
STATEMENT_BREAK = re.compile(r"[;.]\s|\b(?:negative|neg|wild|wt|no|but|not|absent|excluded)\b")
GENE_GAP = re.compile(
    r"[\s)]*(?:(?:point |missense |hotspot |activating |pathogenic )?(?:mutation|variant|substitution|change|mutant)s?"
    r"\s*)?(?:(?:was |were )?(?:found |detected |identified )?(?:of|in|on|within|at)\s*(?:(?:the|all|both)\s*)?"
    r"(?:(?:two|three)\s+)?(?:exon \d+ of (?:the )?)?|-?)"
)


@dataclass
class VariantItem:
    """A gene with or without its alteration, and the result that the text reports."""

    gene: str
    start: int
    end: int
    alteration: WrittenAlteration | None = None
    kind: str = ""
    status: str = ""
    rule: str = "variants.bare"
    cue: tuple[int, int] | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)


def gene_items(note: TokenisedNote, written: list[WrittenAlteration], genes: list[PhraseHit]) -> list[VariantItem]:
    """Return alterations with their genes, then genes on their own; alterations without a gene are dropped."""
    items = [
        VariantItem(
            alteration.gene,
            alteration.start,
            alteration.end,
            alteration,
            "fusion" if alteration.kind == "fusion" else "",
        )
        for alteration in written
    ]
    for item in items:
        if not item.gene:
            _assign_gene(note, item, genes, items)
    owned = {span for item in items for span in item.spans}
    items += [
        VariantItem(gene.code, gene.start, gene.end, kind=_alteration_type(note, gene))
        for gene in genes
        if (gene.start, gene.end) not in owned
    ]
    for item in items:
        item.start = min([item.start, *(start for start, _ in item.spans)])
        item.end = max([item.end, *(end for _, end in item.spans)])
    return sorted((item for item in items if item.gene), key=lambda item: item.start)


def _assign_gene(note: TokenisedNote, item: VariantItem, genes: list[PhraseHit], items: list[VariantItem]) -> None:
    """Assign a gene to an alteration: the gene next to it, else the gene that its name implies."""
    gene = _gene_of(note, item, genes)
    if gene is None:
        item.gene = item.alteration.implied_gene if item.alteration else ""
        if item.gene == "ras":
            item.gene = next(
                (
                    earlier.code
                    for earlier in reversed(genes)
                    if earlier.end <= item.start and earlier.code in RAS_GENES
                ),
                "ras",
            )
        return
    item.gene = gene.code
    if not any((gene.start, gene.end) in other.spans for other in items):
        item.spans.append((gene.start, gene.end))


def _gene_of(note: TokenisedNote, item: VariantItem, genes: list[PhraseHit]) -> PhraseHit | None:
    """Return the gene before the name, or after it as in `codon 61 of NRAS` and `V600E mutation in BRAF`."""
    before, after = _gene_before(note, item, genes), _gene_after(note, item, genes)
    if before is None or after is None:
        return before or after
    listed = re.search(r"\b(?:or|and)\b", note.lower[before.end : item.start])
    return after if listed else before


def _gene_before(note: TokenisedNote, item: VariantItem, genes: list[PhraseHit]) -> PhraseHit | None:
    before = [gene for gene in genes if gene.end <= item.start and item.start - gene.end <= 60]
    if not before or STATEMENT_BREAK.search(note.lower[before[-1].end : item.start]):
        return None
    return before[-1]


def _gene_after(note: TokenisedNote, item: VariantItem, genes: list[PhraseHit]) -> PhraseHit | None:
    after = [gene for gene in genes if gene.start >= item.end and gene.start - item.end <= 45]
    return after[0] if after and GENE_GAP.fullmatch(note.lower[item.end : after[0].start]) else None


def _alteration_type(note: TokenisedNote, gene: PhraseHit) -> str:
    after = note.lower[gene.end : gene.end + 40]
    direct = next((kind for kind, pattern in TYPE_AFTER if pattern.match(after)), "")
    if direct or (gene.code == "TERT" and "promoter" in note.lower[gene.start : gene.end + 12]):
        return direct if direct and gene.code != "TERT" else "promoter"
    sentence = note.sentence_at(gene.start)
    if before := TYPE_BEFORE.search(note.lower[max(sentence.start, gene.start - 70) : gene.start]):
        return "mutation" if before[1].startswith(("mutation", "variant")) else "fusion"
    return _type_of_list(note, gene, sentence)


def _type_of_list(note: TokenisedNote, gene: PhraseHit, sentence: NoteSentence) -> str:
    """Return the type at the end of a list, which applies to all of it: `no RET or NTRK fusion`."""
    after = note.lower[gene.end : min(sentence.end, gene.end + 90)]
    noun = TYPE_OF_LIST.search(after)
    if noun is None or not re.fullmatch(
        r"(?:[\s,/&()-]|\b(?:and|or|nor|/|genes?|[a-z]{2,6}\d{0,2}(?:-\d)?)\b)*", after[: noun.start()]
    ):
        return ""
    if re.search(r"\b(?:is|was|were|are|no|not|wt|wild|neg|pos|with|by|a|an)\b", after[: noun.start()]):
        return ""
    return "fusion" if noun[1] else "mutation"
