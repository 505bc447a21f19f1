"""Genes and their alterations, each with its own polarity: found, not found, pending or not tested.

Items and cues of a clause are walked from left to right. A cue before its items (`no`, `positive for`) holds until the
clause ends or another comes; a cue after them (`wild type`, `(-)`, `were not detected`) closes the list before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from extraction.context import context_of
from extraction.reading import Finding, Reading, Sentence, Term
from extraction.recognise.alterations import Written, alterations

NEGATIVE, POSITIVE, OPEN = "negative", "positive", "open"
CUES = (
    (OPEN, "both",
        r"pending|awaited|outstanding|to follow|not yet (?:available|known|tested|performed)|in "
        r"progress|requested|(?:sent|submitted) for|"
     r"not (?:been )?(?:tested|done|performed|assessed|examined|available|evaluated|analy[sz]ed|"
     r"evaluable|informative|carried out|undertaken|interpretable|determined|known)|"
     r"never (?:been )?tested|unknown|untested|insufficient|inconclusive|uninformative|"
     r"indeterminate|test(?:ing)? failed|failed quality|equivocal|ordered|n/?a\b|nd\b|n\.d\.|"
     r"unavailable|could not be (?:determined|tested|assessed|performed)|under way|underway|is "
     r"being (?:tested|done|performed)"),
    (NEGATIVE, "before",
        r"no|not|without|negative for|absence of|lack of|lacked|lacks|lacking|wild[- ]?type (?:for|at)|"
        r"wt for|did not (?:reveal|show|detect|identify|find|harbou?r|carry|demonstrate)|"
     r"does not (?:reveal|show|harbou?r|carry)|failed to (?:reveal|show|detect|identify|"
     r"demonstrate)|(?:revealed|showed|identified|detected|found|demonstrated|harbou?red|carried) "
     r"(?:neither|no)|"
     r"neither|excluded|ruled out|free of|nor|absence of any|without any|tested negative for|was "
     r"negative for|were negative for|screen(?:ed|ing) negative for|no evidence of"),
    (NEGATIVE, "after",
        r"(?:was|were|is|are|tested|testing|status|came back|returned|proved|screen(?:ed)?|result(?:s|"
        r"ed)?)?\s*:?\s*(?:all |both |also |each |reported |found to be |as )*(?:negative|"
        r"neg\b(?:ative)?)|"
     r"(?:was|were|is|are|has|have)?\s*(?:been )?(?:all |both )?not(?=\s*(?:[.;,)]|$))|(?:was|were|"
     r"is|are|has|have)?\s*(?:been )?(?:all |both )?(?:not|never|n't) (?:been )?(?:detected|"
     r"identified|found|present|seen|observed|mutated|rearranged|altered|fused|demonstrated|"
     r"amplified)|"
     r"could not be (?:detected|found|identified|demonstrated)|(?:was|were|is|are)?\s*(?:all |both "
     r")?(?:absent|undetected|undetectable|unmutated|non[- ]?mutated|unaltered|unremarkable)|"
     r"\(\s*-+\s*\)|(?<=[A-Z0-9])-(?=\s*(?:[,;./)]|$))|\[-\]|(?<=\s)-(?=\s*(?:[,;.]|$))|:\s*none|"
     r":\s*no\b|neg\.|ruled out|excluded|no mutations?"),
    (NEGATIVE, "either", r"wild[- ]?type|\bwt\b"),
    (POSITIVE, "either", r"mutated|mutant"),
    (POSITIVE, "before",
        r"positive for|(?:harbou?r|carri|carry|show|reveal|detect|identif|demonstrat|disclos|found|"
        r"confirm|uncover|contain|express)\w*|with|mutations? (?:of|in)|"
     r"known|presence of|driven by|activating|pathogenic|oncogenic|had|has|have|bearing|yielded|"
     r"reported|concomitant|concurrent|coexisting|co-existing|somatic|germline|confirmed|hotspot"),
    (POSITIVE, "after",
        r"(?:was|were|is|are|tested|status|came back|returned)?\s*:?\s*(?:also |both |all |strongly |"
        r"found to be )*(?:positive|pos\b)|"
     r"(?:was|were|is|are|has been|have been)\s*(?:also |both |all |subsequently )*(?:detected|"
     r"identified|found|present|seen|observed|mutated|rearranged|altered|confirmed|demonstrated|"
     r"noted|reported|amplified)|"
     r"[- ]driven|\(\s*\++\s*\)|\+(?=\s*(?:[,;./)]|$|ve))|\[\+\]|:\s*yes\b|detected|identified|mut\b|"
     r"present|mut\+|m\+"),
)  # fmt: skip
PATTERNS = tuple(
    (
        polarity,
        side,
        re.compile(
            rf"(?:(?<=\W)|^)(?:{words})(?!\w)"
            if side != "after"
            else rf"(?:(?<![A-Za-z0-9])|(?=[^A-Za-z0-9]))(?:{words})(?!\w)",
            re.IGNORECASE,
        ),
    )
    for polarity, side, words in CUES
)
TYPES = (
    ("fusion", re.compile(r"^[\s-]*(?:gene\s+)?(?:fusion|rearrange|translocat|re-arrange)")),
    ("amplification", re.compile(r"^[\s-]*(?:gene\s+)?(?:amplif|copy number gain)")),
    ("promoter", re.compile(r"^[\s-]*promoter")),
    ("mutation", re.compile(
        r"^[\s-]*(?:gene\s+|somatic\s+|hotspot\s+|point\s+|oncogene\s+)*(?:mutation|mutated|mutant|"
        r"variant|mut\b|missense)")),
)  # fmt: skip
LIST_TYPE = re.compile(r"\b(fusion|rearrange|translocat)\w*|\b(mutation|mutated|mutant|variant)\w*")
TYPE_BEFORE = re.compile(
    r"\b(fusions?|rearrangements?|translocations?|mutations?|variants?)\s+(?:of|in|involving|"
    r"affecting|for|at)\s+(?:the\s+)?(?:[\w/:,-]+\s+(?:and|or)?\s*){0,4}$"
)
CLAUSE = re.compile(r";|\.\s|\n|\b(?:but|whereas|while|however|although|though|except|despite|with the exception of)\b")
STAINED = re.compile(
    r"immunohistochem|immunostain|immunoreactiv|\bihc\b|\bstain(?:ing|ed)?\b|immunoperoxidase|"
    r"expression|receptor antibod|ki-67|immunocyto"
)
TEST_ONLY = re.compile(
    r"^[\s-]*(?:gene\s+)?(?:v600e?\s+)?(?:mutation(?:al)?s?\s+|fusion\s+|status\s+|"
    r"molecular\s+)?(?:test|analysis|assay|sequencing|screening|genotyping|pcr\b|panel|inhibit|"
    r"directed|targeted|antibod|status was|oncogene family)"
)
DRUG_SIDE = re.compile(r"^\s*[-/+]?\s*(?:\w+\s+)?(?:inhibit|blockade|antagonist|directed|targeted|selective|tki)|^i\b")
WIDE = {"ras": ("NRAS", "HRAS", "KRAS"), "ntrk": ("NTRK1", "NTRK2", "NTRK3")}
REPORTED = frozenset(
    "BRAF NRAS HRAS KRAS ras RET ntrk NTRK1 NTRK2 NTRK3 ALK ROS1 MET TERT TP53 PIK3CA PTEN EIF1AX "  # noqa: SIM905
    "AKT1 MEN1 GNAS TSHR CHEK2 ATM "
    "DICER1 PPARG MAP2K1 MAP2K2 ARAF RAF1 raf NF1 STK11 RB1 CDKN2A KIT PDGFRA FGFR1 FGFR2 FGFR3 "
    "EZH1 SPOP RBM10 LTK ARID1A "
    "SMARCB1 KMT2D MTOR TSC1 TSC2 AKT2 AKT3 RASA1 ATRX BRCA1 BRCA2 EGFR ERBB2 CTNNB1 PIK3R1 KDR NTRK".split()
)
"""Genes whose bare name beside `positive` or `negative` speaks of a variant. TTF-1, PAX8 and others are stains."""
ONLY_BY_NAME = frozenset({"KIT", "EGFR", "ERBB2", "CTNNB1", "CDKN2A", "TSHR", "RB1", "BRCA1", "BRCA2", "KDR"})
CONNECTED = re.compile(
    r"^[\s,/&()+:]*(?:(?:and|or|nor|as well as|,|the|a|an|/|&|both|either|together with|plus|gene|"
    r"genes|mutations?|fusions?|rearrangements?|variants?|promoter|status|testing|were|in|codons?|"
    r"exons?|\d+)[\s,/()]*)*$"
)
JOINED = re.compile(r"\b(?:and|or|nor)\b|/|&")


Cue = tuple[str, str, int, int]
"""Polarity, side, start and end."""


@dataclass
class Item:
    """A gene with or without its alteration, and what the text says of it."""

    gene: str
    start: int
    end: int
    alteration: Written | None = None
    kind: str = ""
    status: str = ""
    rule: str = "variants.bare"
    cue: tuple[int, int] | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)


def find(reading: Reading) -> Iterator[Finding]:
    """A finding an item that the text settles, found or not; items without a word on them are left out."""
    written = alterations(reading)
    genes = _genes(reading, written)
    for sentence in reading.sentences:
        here = [one for one in written if sentence.start <= one.start < sentence.end]
        names = [term for term in genes if sentence.start <= term.start < sentence.end]
        if here or names:
            yield from _sentence(reading, sentence, here, names)


def _genes(reading: Reading, written: list[Written]) -> list[Term]:
    """Gene names that are not part of a fusion's or drug's name."""
    drugs = reading.of("drug")
    out = []
    for term in reading.of("gene"):
        if any(
            one.start <= term.start and term.end <= one.end and (one.kind == "fusion" or one.gene) for one in written
        ):
            continue
        if any(drug.start <= term.start < drug.end for drug in drugs) or DRUG_SIDE.match(
            reading.lower[term.end : term.end + 30]
        ):
            continue
        if _looks_like_gene(reading, term):
            out.append(term)
    return out


def _looks_like_gene(reading: Reading, term: Term) -> bool:
    written = reading.text[term.start : term.end]
    return (
        len(written) > 4
        or written.upper() == written
        or term.code in ("BRAF", "NRAS", "HRAS", "KRAS")
        or written in ("Ras", "Ret", "Tert")
    )


def _sentence(reading: Reading, sentence: Sentence, written: list[Written], genes: list[Term]) -> Iterator[Finding]:
    start = sentence.start
    limits = [match.start() for match in CLAUSE.finditer(reading.lower, sentence.start, sentence.end)]
    # A name without a gene belongs to the gene named last, even in the clause before.
    items = _items(reading, written, genes)
    for end in [*limits, sentence.end]:
        clause = [item for item in items if start <= item.start < end]
        if clause:
            _settle(reading, clause, start, end)
        start = end
    for item in items:
        yield from _findings(reading, sentence, item)


def _items(reading: Reading, written: list[Written], genes: list[Term]) -> list[Item]:
    items = [Item(_code(one), one.start, one.end, one, "fusion" if one.kind == "fusion" else "") for one in written]
    free = list(genes)
    for item in items:
        if not item.gene and (gene := _gene_of(reading, item, free, items)) is not None:
            item.gene = gene.code
            if not any(
                other is not item and other.gene == gene.code and gene.start in (span[0] for span in other.spans)
                for other in items
            ):
                item.spans.append((gene.start, gene.end))
        if not item.gene and item.alteration is not None:
            item.gene = item.alteration.implied
    owned = {span for item in items for span in item.spans}
    items += [
        Item(term.code, term.start, term.end, kind=_kind(reading, term))
        for term in free
        if (term.start, term.end) not in owned
    ]
    for item in items:
        for start, end in item.spans:
            item.start, item.end = min(item.start, start), max(item.end, end)
    return sorted((item for item in items if item.gene), key=lambda item: item.start)


def _code(one: Written) -> str:
    return one.gene


def _gene_of(reading: Reading, item: Item, genes: list[Term], items: list[Item]) -> Term | None:
    """The gene right before the name, or after it as in `codon 61 of NRAS` and `V600E mutation in BRAF`."""
    before = [gene for gene in genes if gene.end <= item.start and item.start - gene.end <= 60]
    if before:
        gap = reading.lower[before[-1].end : item.start]
        if not re.search(r"[;.]\s|\b(?:negative|wild|wt|no|but|not)\b", gap) and not any(
            gene.start >= before[-1].end and gene.end <= item.start for gene in genes
        ):
            return before[-1]
    after = [gene for gene in genes if gene.start >= item.end and gene.start - item.end <= 45]
    if after and re.search(
        r"^[\s)]*(?:(?:point |missense |hotspot |activating |pathogenic )?(?:mutation|variant|"
        r"substitution|change|mutant)s?\s*)?(?:(?:was |were )?(?:found |detected |identified )?(?:of|"
        r"in|on|within|at)\s*(?:the\s*)?(?:exon \d+ of (?:the )?)?|-?)$",
        reading.lower[item.end : after[0].start],
    ):
        return after[0]
    return None


def _kind(reading: Reading, term: Term) -> str:
    after = reading.lower[term.end : term.end + 40]
    direct = next((kind for kind, pattern in TYPES if pattern.match(after)), "")
    if direct or (term.code == "TERT" and "promoter" in reading.lower[term.start : term.end + 12]):
        return direct if direct and term.code != "TERT" else "promoter"
    sentence = reading.sentence_at(term.start)
    if before := TYPE_BEFORE.search(reading.lower[max(sentence.start, term.start - 70) : term.start]):
        return "mutation" if before[1].startswith(("mutation", "variant")) else "fusion"
    return _kind_of_list(reading, term, sentence)


def _kind_of_list(reading: Reading, term: Term, sentence: Sentence) -> str:
    """`no RET or NTRK fusion`: the noun at the end of a list belongs to all of it."""
    rest = reading.lower[term.end : min(sentence.end, term.end + 90)]
    noun = LIST_TYPE.search(rest)
    if noun is None or not re.fullmatch(
        r"(?:[\s,/&()-]|\b(?:and|or|nor|/|genes?|[a-z]{2,6}\d{0,2}(?:-\d)?)\b)*", rest[: noun.start()]
    ):
        return ""
    if re.search(r"\b(?:is|was|were|are|no|not|wt|wild|neg|pos|with|by|a|an)\b", rest[: noun.start()]):
        return ""
    return "fusion" if noun[1] else "mutation"


def _settle(reading: Reading, items: list[Item], start: int, end: int) -> None:
    """Walk cues and items of a clause; each item gets the status of the cue that governs it."""
    cues = _cues(reading, items, start, end)
    forward: tuple[str, int, int] | None = None
    group: list[Item] = []
    events: list[Item | Cue] = sorted([*cues, *items], key=_order)
    for event in events:
        if isinstance(event, Item):
            group.append(event)
            if forward is not None:
                _mark(event, *forward)
            continue
        polarity, side, left, right = event
        if group and side != "before" and _follows(reading, group[-1], left):
            _close(reading, group, polarity, left, right)
            group, forward = [], None
        elif side in ("before", "either", "both"):
            denied = forward is not None and forward[0] == NEGATIVE and polarity == POSITIVE and not group
            if not (denied and forward is not None and left - forward[2] <= 25):
                forward = (polarity, left, right)
            group = []


def _order(event: Item | Cue) -> tuple[int, bool]:
    """By place; an item goes before a cue that begins with it."""
    return (event.start, False) if isinstance(event, Item) else (event[2], True)


def _cues(reading: Reading, items: list[Item], start: int, end: int) -> list[Cue]:
    """Cues outside the items, the longest where several overlap."""
    found = [
        (polarity, side, match.start(), match.end())
        for polarity, side, pattern in PATTERNS
        for match in pattern.finditer(reading.flat, start, end)
        if not any(item.start <= match.start() < item.end and match.end() <= item.end for item in items)
    ]
    out: list[Cue] = []
    for cue in sorted(found, key=lambda one: (one[2], -one[3])):
        if not out or cue[2] >= out[-1][3]:
            out.append(cue)
    return out


def _follows(reading: Reading, item: Item, place: int) -> bool:
    """Whether a cue speaks of the item before it: nothing but words of the trade may stand between."""
    gap = reading.lower[item.end : place]
    return (len(gap) <= 70 and not re.search(r",\s*(?=\w)(?!with)|\band\b|\bwhich\b.*\b(?:for|in)\b", gap)) or bool(
        re.fullmatch(r"[\s)\]]*(?:,?\s*which\s*)?", gap)
    )


def _mark(item: Item, polarity: str, left: int, right: int) -> None:
    """Open beats negative beats positive: what is denied or not known is never found."""
    rank = {"": 0, POSITIVE: 1, NEGATIVE: 2, OPEN: 3}
    if rank[polarity] >= rank[item.status]:
        item.status, item.cue, item.rule = polarity, (left, right), f"variants.{polarity}"


def _close(reading: Reading, group: list[Item], polarity: str, left: int, right: int) -> None:
    """A cue after a list holds for the items that are joined to the last one.

    In `NRAS Q61K, BRAF wt` the comma parts them, for the first has an alteration of its own; in `V600E and Q61R were
    not detected` they are joined.
    """
    last: Item | None = None
    joined = any(JOINED.search(reading.lower[one.end : other.start]) for one, other in pairwise(group))
    for item in reversed(group):
        if last is not None:
            gap = reading.lower[item.end : last.start]
            own = item.alteration is not None and item.alteration.kind != "codon"
            if not CONNECTED.match(gap) or (own and not joined and polarity != POSITIVE):
                return
        _mark(item, polarity, left, right)
        last = item


def _findings(reading: Reading, sentence: Sentence, item: Item) -> Iterator[Finding]:
    around = reading.lower[sentence.start : sentence.end]
    after = reading.lower[item.end : item.end + 40]
    status = item.status
    own = item.alteration is not None
    if own and not status:
        status = POSITIVE
    if not status or (not own and _only_named(reading, item, around, after, status)):
        return
    context = context_of(reading, item.start, item.end, "negated", "uncertain", "historical", "planned")
    categories = set(context.categories)
    if status == OPEN:
        categories.add("unsettled")
    if re.search(
        r"\b(?:suspected|possible|possibly|cannot (?:be )?(?:exclude|rule)\w*|equivocal|borderline|"
        r"suspicious for|likely)\b",
        around[max(0, item.start - sentence.start - 40) :],
    ):
        categories.add("unsettled")
    for gene in WIDE.get(item.gene, (item.gene,)) if status == NEGATIVE else (item.gene,):
        yield _finding(replace(item, status=status), gene, frozenset(categories), context.cue, reading)


def _only_named(reading: Reading, item: Item, around: str, after: str, status: str) -> bool:
    """A gene that is only spoken of, tested for, stained or targeted is no finding."""
    if item.gene not in REPORTED or item.kind == "amplification":
        return True
    if TEST_ONLY.match(after) and status == POSITIVE and not re.search(r"\b(?:positive|\+)", after):
        return True
    if item.gene in ONLY_BY_NAME and not item.kind:
        return True
    if STAINED.search(around) and not item.kind:
        return True
    near = item.cue is not None and item.cue[0] >= item.end
    return status == POSITIVE and not near and not item.kind and not _adjacent(reading, item)


def _adjacent(reading: Reading, item: Item) -> bool:
    """`mutated BRAF`: the cue before a bare gene must stand right before it and say that it is altered."""
    if item.cue is None:
        return False
    words = reading.lower[item.cue[0] : item.start]
    return bool(
        re.fullmatch(
            r"(?:positive for|mutated|mutant|mutations? (?:of|in)|"
            r"activating)(?:\s+(?:the\s+)?(?:[\w/]+\s*(?:,|and|or)\s*)*)?\s*",
            words,
        )
    )


def _finding(item: Item, gene: str, context: frozenset[str], cue: str, reading: Reading) -> Finding:
    value: dict[str, object] = {"gene": gene, "status": item.status}
    if item.alteration is not None:
        value |= {"name": item.alteration.name, "form": item.alteration.kind, "partner": item.alteration.partner}
    if item.kind:
        value["type"] = item.kind
    also = [item.cue] if item.cue else []
    words = reading.text[item.cue[0] : item.cue[1]].strip() if item.cue else cue
    return Finding("variant", value, item.start, item.end, item.rule, context, words, also=tuple(also))
