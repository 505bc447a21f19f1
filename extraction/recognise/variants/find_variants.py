"""Finds genes and their alterations, each with its polarity: positive, negative or open."""

import re
from collections.abc import Iterator
from dataclasses import replace

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.variants.alteration_names import WrittenAlteration, find_alterations
from extraction.recognise.variants.gene_items import RAS_GENES, VariantItem, gene_items
from extraction.recognise.variants.polarity import assign_polarity
from extraction.recognise.variants.polarity_cues import NEGATIVE, OPEN, POSITIVE
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote, group_by_sentence

CLAUSE_BREAK = re.compile(
    r";|\.\s|\n|\b(?:but(?! (?:was |were |has |have )?(?:not|never) \w+ed\b)|whereas|while|however|although|though|"
    r"except|despite|with the exception of)\b"
)
DOUBT_WORD = re.compile(
    r"\b(?:suspected|possible|possibly|cannot (?:be )?(?:exclude|rule)\w*|equivocal|borderline|suspicious for|likely)\b"
)
# "BRAF V600E mutations are found in 45 % of papillary carcinomas" is not about the patient.
GENERAL_STATEMENT = re.compile(
    r"\b(?:is|are)\s+(?:\w+\s+){0,3}?(?:common|frequent|rare|mutually exclusive|associated with|(?:found|present|seen|"
    r"detected|reported|identified|known) in (?:about|up to|approximately|around|nearly|over|some|most|many|roughly|"
    r"the "
    r"majority|\d))|\boccurs? in\b|\b\d{1,2}\s?%\s+of\s+(?:all |the )?(?:\w+\s+){0,2}?(?:ptcs?|cases|patients|"
    r"tumou?rs|papillary|carcinomas|cancers)\b|\bprevalence\b|\bmost (?:common|frequent)\b"
)
OTHER_TUMOUR_AFTER = re.compile(
    r"\b(?:in|of) (?:the|her|his) (?:lung|breast|colon|colorectal|colonic|renal|kidney|ovarian|gastric|prostate|"
    r"pancreatic|"
    r"bladder) (?:tumou?r|cancer|carcinoma|adenocarcinoma|primary)|"
    r"(?<!like the )(?<!as the )(?<!like her )(?<!like his )\bmelanoma\b|\bhairy cell\b"
)
OTHER_TUMOUR_BEFORE = re.compile(
    r"\b(?:the|her|his) (?:melanoma|(?:lung|breast|colon|colorectal|renal|ovarian|gastric|prostate|pancreatic) "
    r"(?:tumou?r|cancer|carcinoma|adenocarcinoma|primary))\s+(?:was|is|also|harbou?red|carried|had|showed)\b[^.;,]{0,40}$"
)
UNCERTAIN_SIGNIFICANCE = re.compile(
    r"\b(?:vus|(?:variants?|mutations?|alterations?) of (?:uncertain|unknown) (?:clinical )?significance|"
    r"(?:uncertain|unknown) significance|polymorphisms?|likely benign|benign variant|snp)\b"
)
MOLECULAR_REPORT = re.compile(
    r"(?:^|[.;]\s*)(?:genomics|genetics|genotype|molecular\b[\w ]{0,20}|ngs\b[\w ]{0,15}|sequencing|mutations?)\s*:"
)
ALTERATION_NOUN_ONLY = re.compile(
    r"^\s*(?:promoter\s+)?(?:mutation|fusion|rearrangement|variant)\s*(?:[,;.)(]|$|and\b)"
)
IMMUNOSTAIN_WORD = re.compile(
    r"immunohistochem|immunostain|immunoreactiv|\bihc\b|\bstain(?:ing|ed)?\b|immunoperoxidase|"
    r"expression|receptor antibod|ki-67|immunocyto"
)
TEST_OR_DRUG_AFTER = re.compile(
    r"^[\s-]*(?:gene\s+)?(?:v600e?\s+)?(?:mutation(?:al)?s?\s+|fusion\s+|status\s+|"
    r"molecular\s+)?(?:test|analysis|assay|sequencing|screening|genotyping|pcr\b|panel|inhibit|"
    r"directed|targeted|antibod|status was|oncogene family|like\b|signature|pathway|signal+ing)"
)
INHIBITOR_AFTER = re.compile(
    r"^\s*[-/+]?\s*(?:\w+\s+)?(?:inhibit|blockade|antagonist|directed|targeted|selective|tki)|^i\b"
)
SAME_MUTATION = re.compile(
    r"\b(?:the|this|an?)\s+(?:same|identical|familial|known)\s+(?:germline\s+|ret\s+|pathogenic\s+)?(?:mutation|variant|alteration)\b"
    r"(?=[^.;]{0,40}\b(?:our|the|this) patient|[^.;]{0,40}\b(?:in|by) (?:him|her)\b)"
)
GENES_OF_GROUP = {"ras": RAS_GENES, "ntrk": ("NTRK1", "NTRK2", "NTRK3")}
REPORTED_GENES = frozenset(
    "BRAF NRAS HRAS KRAS ras RET ntrk NTRK1 NTRK2 NTRK3 ALK ROS1 MET TERT TP53 PIK3CA PTEN EIF1AX "  # noqa: SIM905
    "AKT1 MEN1 GNAS TSHR CHEK2 ATM "
    "DICER1 PPARG MAP2K1 MAP2K2 ARAF RAF1 raf NF1 STK11 RB1 CDKN2A KIT PDGFRA FGFR1 FGFR2 FGFR3 "
    "EZH1 SPOP RBM10 LTK ARID1A "
    "SMARCB1 KMT2D MTOR TSC1 TSC2 AKT2 AKT3 RASA1 ATRX BRCA1 BRCA2 EGFR ERBB2 CTNNB1 PIK3R1 KDR NTRK".split()
)
"""Genes whose bare name next to `positive` or `negative` means a variant. TTF-1, PAX8 and others are stains."""
GENES_NEEDING_ALTERATION = frozenset(
    {"KIT", "EGFR", "ERBB2", "CTNNB1", "CDKN2A", "TSHR", "RB1", "BRCA1", "BRCA2", "KDR"}
)


def find_variants(note: TokenisedNote) -> Iterator[Mention]:
    """Yield a mention for each item with a result; items without a result are ignored."""
    written = group_by_sentence(note, find_alterations(note))
    named = group_by_sentence(note, note.hits_of("gene"))
    for index in sorted({*written, *named}):
        sentence = note.sentences[index]
        alterations = written.get(index, [])
        genes = _gene_hits(note, sentence, named.get(index, []), alterations)
        if alterations or genes:
            mentions = [*_sentence_variants(note, sentence, alterations, genes)]
            yield from mentions
            if of_family := [mention for mention in mentions if "family" in mention.context]:
                yield from _same_mutation(note, index, of_family[-1])


def _same_mutation(note: TokenisedNote, index: int, of_relative: Mention) -> Iterator[Mention]:
    """Yield a relative's mutation that the patient has too: `The same mutation was found in our patient.`"""
    for sentence in note.sentences[index + 1 : index + 3]:
        match = SAME_MUTATION.search(note.lower, sentence.start, sentence.end)
        if match and "family" not in context_of(note, match.start(), match.end()).categories:
            yield replace(of_relative, start=match.start(), end=match.end(), context=frozenset(), rule="variants.same",
                          more_spans=((of_relative.start, of_relative.end),))  # fmt: skip
            return


def _gene_hits(
    note: TokenisedNote, sentence: NoteSentence, named: list[PhraseHit], written: list[WrittenAlteration]
) -> list[PhraseHit]:
    """Return gene names that are not part of the name of a fusion or drug."""
    taken = [
        (alteration.start, alteration.end) for alteration in written if alteration.kind == "fusion" or alteration.gene
    ]
    taken += [(drug.start, drug.end) for drug in note.hits_in(sentence, "drug")]
    return [
        gene
        for gene in named
        if not any(start <= gene.start and gene.end <= end for start, end in taken)
        and not INHIBITOR_AFTER.match(note.lower[gene.end : gene.end + 30])
        and _looks_like_gene(note, gene)
    ]


def _looks_like_gene(note: TokenisedNote, gene: PhraseHit) -> bool:
    written = note.text[gene.start : gene.end]
    return (
        len(written) > 4
        or written.upper() == written
        or gene.code in ("BRAF", "NRAS", "HRAS", "KRAS")
        or written in ("Ras", "Ret", "Tert")
    )


def _sentence_variants(
    note: TokenisedNote, sentence: NoteSentence, written: list[WrittenAlteration], genes: list[PhraseHit]
) -> Iterator[Mention]:
    start = sentence.start
    limits = [match.start() for match in CLAUSE_BREAK.finditer(note.lower, sentence.start, sentence.end)]
    # An alteration without a gene belongs to the last gene named, even in the clause before.
    items = gene_items(note, written, genes)
    for end in [*limits, sentence.end]:
        clause = [item for item in items if start <= item.start < end]
        if clause:
            assign_polarity(note, clause, start, end)
        start = end
    for item in items:
        yield from _item_mentions(note, sentence, item)


def _item_mentions(note: TokenisedNote, sentence: NoteSentence, item: VariantItem) -> Iterator[Mention]:
    around = note.lower[sentence.start : sentence.end]
    after = note.lower[item.end : item.end + 40]
    status = item.status
    has_alteration = item.alteration is not None
    if not status and (has_alteration or _is_reported(note, sentence, item)):
        status = POSITIVE
    if not status or (not has_alteration and _is_not_variant(note, item, around, after, status)):
        return
    context = context_of(note, item.start, item.end, "negated", "uncertain", "historical", "planned")
    categories = set(context.categories)
    if status == OPEN:
        categories.add("unsettled")
    if DOUBT_WORD.search(around, max(0, item.start - sentence.start - 40)) or GENERAL_STATEMENT.search(around):
        categories.add("unsettled")
    if OTHER_TUMOUR_AFTER.search(note.lower, item.end, min(sentence.end, item.end + 60)):
        categories.add("unsettled")
    if OTHER_TUMOUR_BEFORE.search(note.lower, sentence.start, item.start):
        categories.add("unsettled")
    if UNCERTAIN_SIGNIFICANCE.search(
        note.lower, max(sentence.start, item.start - 40), min(sentence.end, item.end + 60)
    ):
        categories.add("unsettled")
    for gene in GENES_OF_GROUP.get(item.gene, (item.gene,)) if status == NEGATIVE else (item.gene,):
        yield _variant_mention(replace(item, status=status), gene, frozenset(categories), context.cue, note)


def _is_reported(note: TokenisedNote, sentence: NoteSentence, item: VariantItem) -> bool:
    """Whether a report lists the alteration, so that it was found: `Genomics: TERT promoter mutation, NF1 mutation`."""
    before, after = note.lower[sentence.start : item.start], note.lower[item.end : item.end + 40]
    return bool(item.kind and MOLECULAR_REPORT.search(before) and ALTERATION_NOUN_ONLY.match(after))


def _is_not_variant(note: TokenisedNote, item: VariantItem, around: str, after: str, status: str) -> bool:
    """Whether a gene is only discussed, tested, stained or targeted, without a result."""
    if item.gene not in REPORTED_GENES or item.kind == "amplification":
        return True
    if TEST_OR_DRUG_AFTER.match(after) and status == POSITIVE and not re.search(r"\b(?:positive|\+)", after):
        return True
    if item.gene in GENES_NEEDING_ALTERATION and not item.kind:
        return True
    if IMMUNOSTAIN_WORD.search(around) and not item.kind:
        return True
    is_after = item.cue is None or item.cue[0] >= item.end
    return status == POSITIVE and not is_after and not item.kind and not _has_adjacent_cue(note, item)


def _has_adjacent_cue(note: TokenisedNote, item: VariantItem) -> bool:
    """Whether the cue directly precedes a bare gene and says that it is altered: `mutated BRAF`."""
    if item.cue is None:
        return False
    words = note.lower[item.cue[0] : item.start]
    return bool(
        re.fullmatch(
            r"(?:positive for|mutated|mutant|mutations? (?:of|in)|"
            r"activating)(?:\s+(?:the\s+)?(?:[\w/]+\s*(?:,|and|or)\s*)*)?\s*",
            words,
        )
    )


def _variant_mention(item: VariantItem, gene: str, context: frozenset[str], cue: str, note: TokenisedNote) -> Mention:
    value: dict[str, object] = {"gene": gene, "status": item.status}
    if item.alteration is not None:
        value |= {"name": item.alteration.name, "form": item.alteration.kind, "partner": item.alteration.partner}
    if item.kind:
        value["type"] = item.kind
    more_spans = [item.cue] if item.cue else []
    words = note.text[item.cue[0] : item.cue[1]].strip() if item.cue else cue
    return Mention("variant", value, item.start, item.end, item.rule, context, words, more_spans=tuple(more_spans))
