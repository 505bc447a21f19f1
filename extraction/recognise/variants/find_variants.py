"""Genes and their alterations, each with its own polarity: found, not found, pending or not tested."""

import re
from collections.abc import Iterator
from dataclasses import replace

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.variants.alteration_names import WrittenAlteration, alterations
from extraction.recognise.variants.gene_items import VariantItem, items_of
from extraction.recognise.variants.polarity import settle
from extraction.recognise.variants.polarity_cues import NEGATIVE, OPEN, POSITIVE
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote, by_sentence

CLAUSE = re.compile(
    r";|\.\s|\n|\b(?:but(?! (?:was |were |has |have )?(?:not|never) \w+ed\b)|whereas|while|however|although|though|"
    r"except|despite|with the exception of)\b"
)
DOUBTED = re.compile(
    r"\b(?:suspected|possible|possibly|cannot (?:be )?(?:exclude|rule)\w*|equivocal|borderline|suspicious for|likely)\b"
)
# "BRAF V600E mutations are found in 45 % of papillary carcinomas" is said of nobody.
GENERAL = re.compile(
    r"\b(?:is|are)\s+(?:\w+\s+){0,3}?(?:common|frequent|rare|mutually exclusive|associated with|(?:found|present|seen|"
    r"detected|reported|identified|known) in (?:about|up to|approximately|around|nearly|over|some|most|many|roughly|"
    r"the "
    r"majority|\d))|\boccurs? in\b|\b\d{1,2}\s?%\s+of\s+(?:all |the )?(?:\w+\s+){0,2}?(?:ptcs?|cases|patients|"
    r"tumou?rs|papillary|carcinomas|cancers)\b|\bprevalence\b|\bmost (?:common|frequent)\b"
)
OF_OTHER_TUMOUR = re.compile(
    r"\b(?:in|of) (?:the|her|his) (?:lung|breast|colon|colorectal|colonic|renal|kidney|ovarian|gastric|prostate|"
    r"pancreatic|"
    r"bladder) (?:tumou?r|cancer|carcinoma|adenocarcinoma|primary)|"
    r"(?<!like the )(?<!as the )(?<!like her )(?<!like his )\bmelanoma\b|\bhairy cell\b"
)
OTHER_SUBJECT = re.compile(
    r"\b(?:the|her|his) (?:melanoma|(?:lung|breast|colon|colorectal|renal|ovarian|gastric|prostate|pancreatic) "
    r"(?:tumou?r|cancer|carcinoma|adenocarcinoma|primary))\s+(?:was|is|also|harbou?red|carried|had|showed)\b[^.;,]{0,40}$"
)
OF_NO_MEANING = re.compile(
    r"\b(?:vus|(?:variants?|mutations?|alterations?) of (?:uncertain|unknown) (?:clinical )?significance|"
    r"(?:uncertain|unknown) significance|polymorphisms?|likely benign|benign variant|snp)\b"
)
REPORT = re.compile(
    r"(?:^|[.;]\s*)(?:genomics|genetics|genotype|molecular\b[\w ]{0,20}|ngs\b[\w ]{0,15}|sequencing|mutations?)\s*:"
)
NOTHING_MORE = re.compile(r"^\s*(?:promoter\s+)?(?:mutation|fusion|rearrangement|variant)\s*(?:[,;.)(]|$|and\b)")
STAINED = re.compile(
    r"immunohistochem|immunostain|immunoreactiv|\bihc\b|\bstain(?:ing|ed)?\b|immunoperoxidase|"
    r"expression|receptor antibod|ki-67|immunocyto"
)
TEST_ONLY = re.compile(
    r"^[\s-]*(?:gene\s+)?(?:v600e?\s+)?(?:mutation(?:al)?s?\s+|fusion\s+|status\s+|"
    r"molecular\s+)?(?:test|analysis|assay|sequencing|screening|genotyping|pcr\b|panel|inhibit|"
    r"directed|targeted|antibod|status was|oncogene family|like\b|signature|pathway|signal+ing)"
)
DRUG_SIDE = re.compile(r"^\s*[-/+]?\s*(?:\w+\s+)?(?:inhibit|blockade|antagonist|directed|targeted|selective|tki)|^i\b")
SAME = re.compile(
    r"\b(?:the|this|an?)\s+(?:same|identical|familial|known)\s+(?:germline\s+|ret\s+|pathogenic\s+)?(?:mutation|variant|alteration)\b"
    r"(?=[^.;]{0,40}\b(?:our|the|this) patient|[^.;]{0,40}\b(?:in|by) (?:him|her)\b)"
)
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


def find_variants(reading: TokenisedNote) -> Iterator[Mention]:
    """A finding an item that the text settles, found or not; items without a word on them are left out."""
    written = by_sentence(reading, alterations(reading))
    named = by_sentence(reading, reading.of("gene"))
    for index in sorted({*written, *named}):
        sentence = reading.sentences[index]
        here = written.get(index, [])
        genes = _genes(reading, sentence, named.get(index, []), here)
        if here or genes:
            found = [*_sentence(reading, sentence, here, genes)]
            yield from found
            if of_family := [one for one in found if "family" in one.context]:
                yield from _same(reading, index, of_family[-1])


def _same(reading: TokenisedNote, index: int, known: Mention) -> Iterator[Mention]:
    """`His mother carries RET C634Y. The same mutation was found in our patient.`"""
    for sentence in reading.sentences[index + 1 : index + 3]:
        match = SAME.search(reading.lower, sentence.start, sentence.end)
        if match and "family" not in context_of(reading, match.start(), match.end()).categories:
            yield replace(known, start=match.start(), end=match.end(), context=frozenset(), rule="variants.same",
                          also=((known.start, known.end),))  # fmt: skip
            return


def _genes(
    reading: TokenisedNote, sentence: NoteSentence, named: list[PhraseHit], written: list[WrittenAlteration]
) -> list[PhraseHit]:
    """Gene names that are not part of a fusion's or drug's name."""
    taken = [(one.start, one.end) for one in written if one.kind == "fusion" or one.gene]
    taken += [(drug.start, drug.end) for drug in reading.within(sentence, "drug")]
    return [
        term
        for term in named
        if not any(start <= term.start and term.end <= end for start, end in taken)
        and not DRUG_SIDE.match(reading.lower[term.end : term.end + 30])
        and _looks_like_gene(reading, term)
    ]


def _looks_like_gene(reading: TokenisedNote, term: PhraseHit) -> bool:
    written = reading.text[term.start : term.end]
    return (
        len(written) > 4
        or written.upper() == written
        or term.code in ("BRAF", "NRAS", "HRAS", "KRAS")
        or written in ("Ras", "Ret", "Tert")
    )


def _sentence(
    reading: TokenisedNote, sentence: NoteSentence, written: list[WrittenAlteration], genes: list[PhraseHit]
) -> Iterator[Mention]:
    start = sentence.start
    limits = [match.start() for match in CLAUSE.finditer(reading.lower, sentence.start, sentence.end)]
    # A name without a gene belongs to the gene named last, even in the clause before.
    items = items_of(reading, written, genes)
    for end in [*limits, sentence.end]:
        clause = [item for item in items if start <= item.start < end]
        if clause:
            settle(reading, clause, start, end)
        start = end
    for item in items:
        yield from _findings(reading, sentence, item)


def _findings(reading: TokenisedNote, sentence: NoteSentence, item: VariantItem) -> Iterator[Mention]:
    around = reading.lower[sentence.start : sentence.end]
    after = reading.lower[item.end : item.end + 40]
    status = item.status
    own = item.alteration is not None
    if not status and (own or _is_listed(reading, sentence, item)):
        status = POSITIVE
    if not status or (not own and _only_named(reading, item, around, after, status)):
        return
    context = context_of(reading, item.start, item.end, "negated", "uncertain", "historical", "planned")
    categories = set(context.categories)
    if status == OPEN:
        categories.add("unsettled")
    if DOUBTED.search(around, max(0, item.start - sentence.start - 40)) or GENERAL.search(around):
        categories.add("unsettled")
    if OF_OTHER_TUMOUR.search(reading.lower, item.end, min(sentence.end, item.end + 60)):
        categories.add("unsettled")
    if OTHER_SUBJECT.search(reading.lower, sentence.start, item.start):
        categories.add("unsettled")
    if OF_NO_MEANING.search(reading.lower, max(sentence.start, item.start - 40), min(sentence.end, item.end + 60)):
        categories.add("unsettled")
    for gene in WIDE.get(item.gene, (item.gene,)) if status == NEGATIVE else (item.gene,):
        yield _finding(replace(item, status=status), gene, frozenset(categories), context.cue, reading)


def _is_listed(reading: TokenisedNote, sentence: NoteSentence, item: VariantItem) -> bool:
    """`Genomics: TERT promoter mutation, NF1 mutation; ...`: a report that names an alteration has found it."""
    before, after = reading.lower[sentence.start : item.start], reading.lower[item.end : item.end + 40]
    return bool(item.kind and REPORT.search(before) and NOTHING_MORE.match(after))


def _only_named(reading: TokenisedNote, item: VariantItem, around: str, after: str, status: str) -> bool:
    """A gene that is only spoken of, tested for, stained or targeted is no finding."""
    if item.gene not in REPORTED or item.kind == "amplification":
        return True
    if TEST_ONLY.match(after) and status == POSITIVE and not re.search(r"\b(?:positive|\+)", after):
        return True
    if item.gene in ONLY_BY_NAME and not item.kind:
        return True
    if STAINED.search(around) and not item.kind:
        return True
    near = item.cue is None or item.cue[0] >= item.end
    return status == POSITIVE and not near and not item.kind and not _adjacent(reading, item)


def _adjacent(reading: TokenisedNote, item: VariantItem) -> bool:
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


def _finding(item: VariantItem, gene: str, context: frozenset[str], cue: str, reading: TokenisedNote) -> Mention:
    value: dict[str, object] = {"gene": gene, "status": item.status}
    if item.alteration is not None:
        value |= {"name": item.alteration.name, "form": item.alteration.kind, "partner": item.alteration.partner}
    if item.kind:
        value["type"] = item.kind
    also = [item.cue] if item.cue else []
    words = reading.text[item.cue[0] : item.cue[1]].strip() if item.cue else cue
    return Mention("variant", value, item.start, item.end, item.rule, context, words, also=tuple(also))
