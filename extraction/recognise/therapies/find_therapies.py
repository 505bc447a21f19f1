"""Finds systemic anticancer drugs with their status: prior, current, planned or not given."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import event_time
from extraction.recognise.therapies.drug_status import clause_end, drug_status
from extraction.recognise.therapies.local_treatments import find_radiotherapy
from extraction.recognise.therapies.status_cues import CURRENT, NOT_GIVEN, PLANNED, PRIOR, STARTED
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote
from schemas.summary.vocabulary import vocabularies

STOP_WORD = re.compile(
    r"\b(?:discontinuation|discontinued|stopped|ceased|cessation|withdrawn|withdrawal|interrupted|"
    r"halted|terminated|suspended|permanently)\b"
)
ANAPHORIC_STOP = re.compile(
    r"\b(?:the|this|that)\s+(?:treatment|therapy|drug|medication|agent|inhibitor|tki|"
    r"combination)\s+(?:was|were|had to be|has been|had been)\s+(?:\w+\s+)?(?:discontinued|stopped|"
    r"ceased|withdrawn|interrupted|halted|terminated|suspended)|\b(?:after|following|upon|on|"
    r"before)\s+(?:the\s+)?(?:discontinu\w+|withdrawal|cessation|stopping)(?:\s+of)?\s+(?:the|this|"
    r"that)?\s*(?:treatment|therapy|drug|medication|agent|tki)|\bit (?:was|had to be) (?:\w+ "
    r")?(?:discontinued|stopped|withdrawn)"
)
SWITCHED_BEFORE = re.compile(
    r"\b(?:switched|changed|converted|transitioned|moved|rotated)(?: over)? (?:on)?to\s+(?:(?:a|the|treatment|"
    r"therapy|with|"
    r"second-line|third-line)\s+)*$|\b(?:replaced (?:by|with)|followed by)\s+$"
)
ANAPHORIC_RESUMPTION = re.compile(
    r"\b(?:the|this|that|both)\s+(?:treatment|therapy|drugs?|medication|agents?|inhibitors?|tkis?|combination|regimen)\s+"
    r"(?:was|were|has been|have been)\s+(?:\w+\s+)?(?:resumed|restarted|reintroduced|continued|recommenced)"
)
STOP_REASONS = (
    ("toxicity", re.compile(
        r"\b(?:toxicit\w*|adverse|intoleran\w*|side[- ]effects?|hand[- ]foot|proteinuria|hypertension|"
        r"diarrh\w+|rash|pneumonitis|fatigue|qtc?|bleeding|h(?:a)?emorrhag\w*|perforation|fistula|"
        r"weight loss|tox\b|hepatotox\w*|not tolerated|poorly tolerated|skin reaction|mucositis|"
        r"haematuria|neutropenia|wound)")),
    ("progression", re.compile(
        r"\b(?:progress\w*|pd\b|resistance|no response|lack of (?:response|efficacy)|failure|relapse|"
        r"ineffective)")),
    ("patient_choice", re.compile(
        r"\b(?:patient'?s? (?:request|choice|wish|preference|decision)|at (?:her|his) (?:own )?request|"
        r"patient declined|withdrew)")),
    ("completed", re.compile(r"\b(?:complet\w+)\b")),
)  # fmt: skip
SYSTEMIC_SUBSTRINGS = ("systemic", "naive", "naïve", "tki", "kinase inhib", "anticancer")
DIED = re.compile(
    r"\b(?:she|he|the patient)\s+(?:\w+\s+){0,3}(?:died|passed away)\b|\b(?:patient's|her|his|until|before) death\b|"
    r"\bdeceased\b|(?:^|\.\s+)died\b"
)
NO_SYSTEMIC_THERAPY = re.compile(
    r"\b(?:(?:has|had|have|did|was|is)?\s*(?:not|never)\s+(?:yet\s+)?(?:been\s+)?(?:receiv\w+|"
    r"given|had|treated with|undergone|exposed to|have)\s+(?:any\s+|a\s+|prior\s+|"
    r"previous\s+)*(?:systemic|tyrosine kinase inhibitors?[^.;]{0,12}(?:chemotherapy|systemic|"
    r"other)|systemic (?:anticancer|anti-cancer)|anticancer drug)|"
    r"no (?:(?:prior|previous|current|other|any)\s+)*systemic (?:\w+[- ]){0,2}(?:therap\w+|"
    r"treatments?)|(?:systemic[- ](?:therapy|treatment)[- ]|treatment[- ]|therapy[- ])na(?:i|ï)ve|"
    r"systemic (?:therapy|treatment)s?\s*:\s*(?:none|nil|no)\b|without (?:prior |any |previous "
    r")*systemic (?:therapy|treatment)|no (?:tki|kinase inhibitor)s? or (?:chemotherapy|other "
    r"systemic)|never (?:received )?(?:a )?(?:tyrosine kinase inhibitor|tki|kinase inhibitor)s? or "
    r"(?:any )?(?:chemotherapy|other systemic))"
)
# A drug next to these words is described in general: it was not given.
GENERAL_STATEMENT_AFTER = re.compile(
    r"^\s*(?:is|are|has been|have been)\s+(?:\w+\s+)?(?:approved (?:for|in|by)|indicated|licensed|registered|known|"
    r"associated|a standard|the standard|an? (?:multi)?kinase)"
)
PRECLINICAL = re.compile(r"\b(?:in vitro|cell lines?|cells were|xenografts?|in mice|preclinical)\b")
TRIAL_WORD = re.compile(r"\b(?:trial|study)\b")
NOT_TREATMENT_AFTER = re.compile(r"^[\s-]*(?:sensitiv|trial\b|study|arm\b|placebo)")


def find_therapies(note: TokenisedNote) -> Iterator[Mention]:
    """Yield every mention; the assembly joins the mentions of one drug in the order of the text."""
    previous: list[Mention] = []
    for sentence in note.sentences:
        mentions = [_drug_mention(note, sentence, hit) for hit in note.hits_in(sentence, "drug") if _is_drug(note, hit)]
        yield from mentions
        yield from _switched(note, sentence, mentions, previous)
        start = mentions[-1].end if mentions else sentence.start
        given = [mention for mention in mentions if mention.used]
        if (given or (previous and not mentions)) and (stop := ANAPHORIC_STOP.search(note.lower, start, sentence.end)):
            yield from _status_change(note, given[-1:] or previous, stop)
        elif previous and (resumption := ANAPHORIC_RESUMPTION.search(note.lower, sentence.start, sentence.end)):
            yield from _status_change(note, previous, resumption, CURRENT)
        previous = given or previous
    yield from _no_systemic_therapy(note)
    yield from _died(note)
    yield from find_radiotherapy(note)


def _is_drug(note: TokenisedNote, drug: PhraseHit) -> bool:
    """Whether the hit is a drug: not a group with another meaning, nor part of the name of a test or trial."""
    if drug.code in (
        "placebo",
        "antiangiogenic_drug",
        "differentiating_agent",
        "systemic_therapy",
        "cancer_antibody",
        "targeted_therapy",
    ):
        return False
    if NOT_TREATMENT_AFTER.match(note.lower[drug.end : drug.end + 20]):
        return False
    written = note.text[drug.start : drug.end]
    return len(written) > 3 or written.isupper()


def _drug_mention(note: TokenisedNote, sentence: NoteSentence, drug: PhraseHit) -> Mention:
    status, cue = drug_status(note, sentence, drug)
    if GENERAL_STATEMENT_AFTER.match(note.lower[drug.end : drug.end + 60]):
        status, cue = "", None
    context = context_of(note, drug.start, drug.end, "negated", "planned", "uncertain", "historical", "superseded")
    categories = set(context.categories)
    if status == PLANNED or (status in ("", STARTED) and "conditional" in categories):
        categories, status = categories | {"planned"}, PLANNED
    elif status in (PRIOR, CURRENT):
        categories.discard("conditional")
    if cue and TRIAL_WORD.search(note.lower, *cue):
        categories.discard("other_person")
    if status == NOT_GIVEN:
        categories.add("negated")
    if PRECLINICAL.search(note.lower, sentence.start, drug.start):
        categories.add("other_person")
    value: dict[str, object] = {"drug": drug.code, "status": status or "mentioned"}
    value |= _stop_details(note, sentence, drug, status)
    if not status:
        categories.add("unsettled")
    more_spans = (cue,) if cue else ()
    words = note.text[cue[0] : cue[1]].strip() if cue else context.cue
    return Mention(
        "therapy",
        value,
        drug.start,
        drug.end,
        f"therapies.{status or 'mentioned'}",
        frozenset(categories),
        words,
        more_spans=more_spans,
    )


def _stop_details(note: TokenisedNote, sentence: NoteSentence, drug: PhraseHit, status: str) -> dict[str, object]:
    end = clause_end(note, sentence, drug.end)
    nearby = note.lower[max(sentence.start, drug.start - 60) : end]
    details: dict[str, object] = {}
    if status == PRIOR:
        if reason := next((code for code, pattern in STOP_REASONS if pattern.search(nearby)), None):
            details["stop_reason"] = reason
        if STOP_WORD.search(nearby) and (time := event_time(note.lower[drug.end : end], None)):
            details["stopped"] = time[0]
    if re.search(
        r"\bprogress\w+ (?:on|under|during|after|despite)\b|->\s*pd\b|\bfor progression\b|\bpd\b|until "
        r"(?:disease )?progression|stopped for (?:disease )?progress",
        nearby,
    ):
        details["progressed"] = True
    return details


def _switched(
    note: TokenisedNote, sentence: NoteSentence, mentions: list[Mention], previous: list[Mention]
) -> Iterator[Mention]:
    """Yield the end of the earlier drug: `was switched to selpercatinib`."""
    for index, mention in enumerate(mentions):
        match = SWITCHED_BEFORE.search(note.lower, max(sentence.start, mention.start - 40), mention.start)
        earlier = [other for other in mentions[:index] if other.used] or previous
        if match is not None and earlier and mention.used and earlier[-1].value["drug"] != mention.value["drug"]:
            yield from _status_change(note, earlier[-1:], match)


def _status_change(
    note: TokenisedNote, mentions: list[Mention], stop: re.Match[str], status: str = PRIOR
) -> Iterator[Mention]:
    """Yield a new status of drugs named before: `After discontinuation of the therapy`."""
    for mention in mentions[-2:]:
        value = {"drug": mention.value["drug"], "status": status}
        yield Mention(
            "therapy",
            value,
            stop.start(),
            stop.end(),
            "therapies.anaphora",
            cue=note.text[stop.start() : stop.end()],
            more_spans=((mention.start, mention.end),),
        )


def _died(note: TokenisedNote) -> Iterator[Mention]:
    """Yield deaths: no drug is current afterwards."""
    for match in DIED.finditer(note.lower) if note.contains_any(("died", "passed away", "death", "deceased")) else ():
        context = context_of(note, match.start(), match.end(), "historical", "uncertain")
        yield Mention(
            "died", {"died": True}, match.start(), match.end(), "therapies.died", context.categories, context.cue
        )


def _no_systemic_therapy(note: TokenisedNote) -> Iterator[Mention]:
    for match in NO_SYSTEMIC_THERAPY.finditer(note.lower) if note.contains_any(SYSTEMIC_SUBSTRINGS) else ():
        context = context_of(note, match.start(), match.end(), "negated", "planned", "historical", "uncertain")
        yield Mention(
            "no_therapy",
            {"therapies": False},
            match.start(),
            match.end(),
            "therapies.none",
            context.categories,
            match.group(),
        )


def is_most_specific(code: str, others: set[str]) -> bool:
    """Whether a drug deserves a record: a class does not if one of its members is named."""
    vocabulary = vocabularies()["drug"]
    return not vocabulary.terms[code].group or not (vocabulary.below([code]) - {code}) & others
