"""Decides the status of a drug from the cues around it: the cue that denies or defers most wins."""

import re

from extraction.prefilter import contains_any
from extraction.recognise.therapies.status_cues import (
    CURRENT,
    DOSED,
    GIVEN,
    NOT_GIVEN,
    PLANNED,
    PRIOR,
    STARTED,
    STATUS_PATTERNS,
    STATUS_RANK,
)
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote

StatusCandidate = tuple[int, int, str, tuple[int, int]]
StatusAndCue = tuple[str, tuple[int, int] | None]
"""The status, and the span of the cue that decided it."""

MAX_CUE_DISTANCE = {"before": 45, "after": 75}
"""Units: characters between a cue and its drug."""

START_IMPERATIVE = re.compile(
    r"(?:^|[.;:]\s*|[-*>]\s*|\band\s+)(?:start|commence|begin|switch to|add|try|for|proceed with|offer|"
    r"proceed to|give)\s+(?:(?:on|with|a|the|first-line|second-line|oral|systemic|treatment|"
    r"therapy|start|of|initiation|trial)\s+)*$"
)
CONTINUE_IMPERATIVE = re.compile(
    r"(?:^|[.;:]\s*|[-*>]\s*|\band\s+)(?:continue|carry on|remain on|maintain|stay on|keep on|cont\.?)\s+"
    r"(?:(?:on|with|the|current)\s+)*$"
)
ADJACENT_CUES_BEFORE = frozenset(
    (
        "on",
        "no",
        "had",
        "off",
        "now",
        "after",
        "post",
        "under",
        "given",
        "if",
        "may",
        "could",
        "might",
        "s/p",
        "without",
        "despite",
        "without any",
        "refractory",
        "refractory to",
        "resistant to",
        "prior",
        "previous",
        "option",
        "future",
        "against",
        "with",
        "failed",
        "current",
        "previous line",
        "previous lines",
        "prior line",
        "prior lines",
    )
)
"""Cues that count only directly before the drug."""

WORDS_BEFORE_DRUG = re.compile(
    r"\s*(?:(?:a|an|the|oral|with|of|first-line|second-line|third-line|lines?|therapy|therapies|treatments?|tkis?|"
    r"mkis?|"
    r"drugs?|agents?|low|dose|low-dose|daily|\d+|mg|systemic|any|prior|previous|adjuvant|combination|combined|cancer|"
    r"anti-?cancer|being|is|to|include[sd]?|were|was|kinase|inhibitors?|tyrosine|:)[\s:-]*)*"
    r"(?:(?!radio|iodine|rai\b)[\w-]+(?: \([^()]{0,40}\))?\s*(?:,|and|\+|/|or|plus)\s*)*"
)
DRUG_NAME = r"\b\w{3,}(?:nib|mab|limus|platin|taxel|rubicin|kinase inhibitor)\b"
UP_TO_LAST_DRUG = re.compile(rf"^.*{DRUG_NAME}", re.DOTALL)
DRUG_LIST_GAP = re.compile(
    r"(?:\s*\d+(?:[.,]\d+)?\s*mg(?:/\w+)?(?:\s*(?:once|twice|three times))?(?:\s*(?:daily|a day|bid|od|qd|weekly))?)?"
    r"(?:\s*\([^()]{0,40}\))?[\s,/+&]*(?:(?:and|or|plus|then|with|under|on|followed by|later|subsequently|"
    r"in combination with|"
    r"as well as)\s*)*"
)
JOINT_DRUGS = re.compile(rf"(?:\s*(?:,|\band\b|\bplus\b|\+|/|&|(?:in combination |combined )?with)\s*{DRUG_NAME})+\s*")
PLURAL_VERB = re.compile(r"(?:were|have been|had been)\b")
"""`encorafenib and binimetinib were started`: the verb applies to both."""

ANOTHER_DRUG = re.compile(rf"\b(?:and|but|then|followed by)\b.*{DRUG_NAME}")
OTHER_DRUG_VERB = re.compile(rf"{DRUG_NAME}\s*(?:was|were|->|\()")
GIVEN_VERB = re.compile(r"\b(?:received|treated|given|started|took)\b")
STILL_WORD = re.compile(r"\b(?:still|ongoing|continu\w+|to date|present|currently|since|remains|maintained)\b")
ADJACENT_CUES_AFTER = frozenset(("refractory", "resistant", "pretreated", "pre-treated", "experienced", "if", "unless"))
"""Cues that count only directly after the drug."""

DURATION_START = re.compile(r"for\b")
TAKEN_AFTER = re.compile(r"[^.;]{0,20}?,?\s*which (?:he|she|the patient) (?:took|received|was given)\b")
TREATMENT_WITH = re.compile(r"(?:treatment|therapy) with")
"""`treatment with lenvatinib was instituted`: without the verb, the treatment would be over."""

BEGIN_VERB = re.compile(r"\b(?:instituted|started|initiated|commenced|begun|introduced)\b")
LASTING_WORD = re.compile(r"\b(?:been|remains?|remained|still|currently|now|maintained|continu\w+|stable)\b")
DROPPED_AFTER = re.compile(r"[,;.]?\s+(?:but|however|although|yet)\b")
DISEASE_WORD = re.compile(r",|\b(?:stable|disease|has been|response|remission)\b")
CLAUSE_CONJUNCTION = re.compile(r"\b(?:and|but|then)\s+$")
VERB_AFTER = re.compile(r"\s+(?:\d+\s*mg\s+)?(?:was|were|has been|had been|is)\b")
RESUMPTION_WORD = re.compile(r"\b(?:resumed|restarted|reintroduced|re-started|re-introduced|recommenced)\b")
CLAUSE_START = re.compile(
    r";|\bbut\b|\bhowever\b|\.\s|(?<!mci)(?<!gbq)(?<!mbq)\)\s|\n|,\s*(?:then|now|and then|subsequently|later|he|"
    r"she|the patient)\b"
)
TIME_WORD_END = re.compile(r"(?:then|now|subsequently|later)$")
CLAUSE_END = re.compile(
    r";(?!\s*(?:it was |then |later )?(?:stopped|discontinued|ceased|withdrawn|halted|d/c))|"
    r"\bbefore (?:starting|switching)|,\s*(?:then|now|followed by|and then)\b|\b(?:followed by|and then)\b|"
    r"\b(?:currently|(?<!until )(?<!till )now)\b(?! (?:stopped|discontinued))|\b(?P<verb>(?:changed|switched|"
    r"replaced|converted)\b)"
)


def drug_status(note: TokenisedNote, sentence: NoteSentence, drug: PhraseHit) -> StatusAndCue:
    """Return the status of a drug (empty if no cue applies) and the span of its cue."""
    low, high = _clause_start(note, sentence, drug.start), clause_end(note, sentence, drug.end)
    before = note.lower[low : drug.start]
    if START_IMPERATIVE.search(before) and not re.search(r"\bdid\b|\bto\s+\w+$", before):
        return PLANNED, None
    if CONTINUE_IMPERATIVE.search(before):
        return CURRENT, None
    around = {"before": before, "after": note.lower[drug.end : high]}
    candidates = [
        (STATUS_RANK[status], -distance, status, match.span())
        for status, side, pattern, substrings in STATUS_PATTERNS
        if contains_any(around[side], substrings)
        for match in pattern.finditer(note.lower, *((low, drug.start) if side == "before" else (drug.end, high)))
        if (distance := drug.start - match.end() if side == "before" else match.start() - drug.end)
        <= MAX_CUE_DISTANCE[side]
        and match.group().strip()
        and _applies_to_drug(note, status, side, match, drug)
    ]
    if not candidates:
        return PLANNED if sentence.section == "plan" else "", None
    _, _, status, span = max(candidates)
    if status == PLANNED and TAKEN_AFTER.match(note.lower, drug.end):
        return PRIOR, span
    if status == PRIOR and (start := _cue_of_start(note, candidates, drug)):
        return STARTED, start
    if status == PRIOR and span[1] <= drug.start and (current := _cue_still_given(note, candidates, drug)):
        return CURRENT, current
    if status == PRIOR and span[0] >= drug.end and (current := _cue_still_lasting(note, candidates, span)):
        return CURRENT, current
    if status == PLANNED and span[1] <= drug.start and _is_dropped_proposal(note, sentence, drug, span):
        return "", None
    if status == PRIOR and span[0] >= drug.end and _is_resumed(note, sentence, span[1]):
        return CURRENT, span
    if status == DOSED and sentence.section == "plan":
        return PLANNED, span
    return {GIVEN: PRIOR, DOSED: STARTED}.get(status, status), span


def _cue_still_given(note: TokenisedNote, candidates: list[StatusCandidate], drug: PhraseHit) -> tuple[int, int] | None:
    """Return the cue in `received cabozantinib, which is ongoing`: a cue after the drug is later than one before."""
    after = [span for _, _, status, span in candidates if status == CURRENT and span[0] >= drug.end]
    return next(
        (
            span
            for span in after
            if STILL_WORD.search(note.lower, *span) and not re.search(DRUG_NAME, note.lower[drug.end : span[0]])
        ),
        None,
    )


def _cue_of_start(note: TokenisedNote, candidates: list[StatusCandidate], drug: PhraseHit) -> tuple[int, int] | None:
    """Return the cue that treatment with the drug began, if no cue says that it ended."""
    prior = [span for _, _, status, span in candidates if status == PRIOR]
    if not all(TREATMENT_WITH.fullmatch(note.lower, *span) for span in prior):
        return None
    started = [span for _, _, status, span in candidates if status == STARTED and span[0] >= drug.end]
    return next((span for span in started if BEGIN_VERB.search(note.lower, *span)), None)


def _cue_still_lasting(
    note: TokenisedNote, candidates: list[StatusCandidate], span: tuple[int, int]
) -> tuple[int, int] | None:
    """Return the cue in `has been on lenvatinib for 22 months`, which is still ongoing."""
    if not DURATION_START.match(note.lower, *span):
        return None
    current = [cue for _, _, status, cue in candidates if status == CURRENT and cue[1] <= span[0]]
    return next((cue for cue in current if LASTING_WORD.search(note.lower, *cue)), None)


def _is_dropped_proposal(note: TokenisedNote, sentence: NoteSentence, drug: PhraseHit, span: tuple[int, int]) -> bool:
    """Whether a proposal was dropped: `we discussed larotrectinib, but the tumour has no fusion`."""
    return note.lower.startswith("discuss", span[0]) and bool(DROPPED_AFTER.search(note.lower, drug.end, sentence.end))


def _is_resumed(note: TokenisedNote, sentence: NoteSentence, offset: int) -> bool:
    """Whether the drug was resumed before another drug is named: `was interrupted and then restarted`."""
    resumption = RESUMPTION_WORD.search(note.lower, offset, min(sentence.end, offset + 80))
    return resumption is not None and not re.search(DRUG_NAME, note.lower[offset : resumption.start()])


def _applies_to_drug(note: TokenisedNote, status: str, side: str, match: re.Match[str], drug: PhraseHit) -> bool:
    """Whether a cue applies to this drug, and not to another drug in between."""
    if side == "after":
        gap = note.lower[drug.end : match.start()]
        if match.group().strip(" -") in ADJACENT_CUES_AFTER and gap.strip():
            return False
        if DURATION_START.match(match.group().strip()) and DISEASE_WORD.search(gap):
            return False
        if JOINT_DRUGS.fullmatch(gap) and PLURAL_VERB.match(match.group().strip()):
            return True
        if status in (PRIOR, NOT_GIVEN, PLANNED, STARTED, GIVEN):
            return not ANOTHER_DRUG.search(gap) and ";" not in gap.rstrip("; ")
        return not OTHER_DRUG_VERB.search(gap)
    gap = note.lower[match.end() : drug.start]
    if (
        CLAUSE_CONJUNCTION.search(gap)
        and VERB_AFTER.match(note.lower, drug.end)
        and not WORDS_BEFORE_DRUG.fullmatch(gap)
    ):
        return False
    if match.group().strip() in ADJACENT_CUES_BEFORE:
        return WORDS_BEFORE_DRUG.fullmatch(gap) is not None
    if status == PLANNED and GIVEN_VERB.search(gap):
        return False
    other = UP_TO_LAST_DRUG.match(gap)
    return other is None or DRUG_LIST_GAP.fullmatch(gap[other.end() :]) is not None


def _clause_start(note: TokenisedNote, sentence: NoteSentence, offset: int) -> int:
    low = max(sentence.start, offset - 90)
    stops = [match.end() for match in CLAUSE_START.finditer(note.lower, low, offset)]
    if not stops:
        return low
    return stops[-1] - 6 if TIME_WORD_END.search(note.lower, low, stops[-1]) else stops[-1]


def clause_end(note: TokenisedNote, sentence: NoteSentence, offset: int) -> int:
    """Return the end of the clause of a drug; a verb that leads to the next drug still applies to this one."""
    high = min(sentence.end, offset + 110)
    stop = CLAUSE_END.search(note.lower, offset, high)
    if stop is None:
        return high
    return stop.end("verb") if stop["verb"] else stop.start()
