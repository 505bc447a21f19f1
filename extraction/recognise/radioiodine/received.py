"""Finds statements that radioiodine was given or not given."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.radioiodine.radioiodine_context import (
    Spans,
    matches_in_spans,
    nearest_intent,
    radioiodine_context,
)
from extraction.tokenised_note import PhraseHit, TokenisedNote

# What makes the word radioiodine a treatment. Scans, uptake and "refractory" do not.
GIVEN_AFTER = re.compile(
    r"^[\s)-]*(?:\(\w+\)\s*)?(?:(?:remnant|adjuvant|thyroid|high|low|dose|metabolic|empirical|"
    r"ablative|whole|[- ])\s*)*(?:therap|treat|ablat|administ|was (?:given|administered|delivered)|"
    r"given|course|dose|activit|x\s?\d|followed|twice|as (?:a )?treatment|in (?:19|20)\d\d|with|"
    r"for (?:ablation|remnant|residual|metasta)|at a dose)"
)
GIVEN_BEFORE = re.compile(
    r"(?:\breceiv\w+|\bunderw\w+|\bundergo\w*|\btreated|\bgiven|\badminister\w*|\bdose of|\bdoses "
    r"of|\bcourses? of|\bcycles? of|\bmanaged|\btreatments? (?:with|of)|\btherap(?:y|ies) with|"
    r"\badjuvant|\bpost-?operative|\bhad(?: had)?|\bwith|\bafter|\bfollowed by|\bfollowing|\bmci|"
    r"\bmci of|\bgbq|\bgbq of|\bmbq|\bmbq of|\bsession of|\bprevious|\bprior|\band|\bplus|\+|\bs/p|"
    r"\bfailed|\bpost|\bsubsequent|\bthen|\babl\w+ with|\bdespite|\bthrough|,|:|\bincluding|"
    r"\bcombin\w+ with|\bresponse to(?: the)?|\brepeated|\blow-dose|\bhigh-dose|"
    r"\bempiric(?:al)?)\s*(?:(?:a|an|the|with|of|adjuvant|multiple|high|low|dose|postoperative|"
    r"post-operative|ablative|therapeutic|initial|first|second|further|subsequent|empiric|total|"
    r"thyroid)[\s-]+)*$"
)
NOT_TREATMENT_AFTER = re.compile(
    r"^[\s-]*(?:\(\w+\)\s*)?(?:(?:whole|total)[- ]body\s+)?(?:scan|scintigra|uptake|avid|refractor|"
    r"resistan|imaging|wbs|spect|pet|accumulation|concentrat|negative|positive|sensitiv|insensitiv|"
    r"labelled|labeled|indifferent|non-?avid|trapping|tracer|-?naive|naïve|whole-body|diagnostic|"
    r"dosimetry|cold|eligible|eligibility|refr\b|responsive|treatment planning|kinetics|storage|"
    r"retention|susceptib|seed)"
)
POST_THERAPY_SCAN = re.compile(
    r"\b(?:post-?\s?(?:ablat\w+|therap\w+|tx|dose|rai|radioiodine)|rx-?)\s*(?:131-?i |i-?131 |radioiodine |rai )?"
    r"(?:whole[- ]body (?:scan|scinti\w+|imaging)|wbs|spect(?:/ct)?|scinti\w+)|\bpost-?\s?ablation scan"
)
IODINE_NAME = (
    r"(?:radio-?iodine|radioactive iodine|iodine(?= (?:therapy|treatment|ablation))|radiometabolic|rai|i-?131|"
    r"131-?i|\(131\)\s?i)\b(?:\s*\((?:rai|i-?131|"
    r"131i)\))?"
    r"(?:[\s-](?:remnant|thyroid))?(?:[\s-](?:therapy|treatment|ablation))?"
)
NOT_SCAN_OR_UPTAKE = (
    r"(?!\s*(?:-?\s*(?:uptake|avid|refract|accum|concentr|scan|whole|resist|sensit|response|scinti|imaging|wbs|"
    r"fixation|"
    r"captation|negative|positive|dosimetr)))"
)
FURTHER_OR_CONDITIONAL = re.compile(
    r"\b(?:further|additional|more|other(?! (?:treatment|therapy))|second|third|repeat\w*|again|since|another|"
    r"subsequent|if|should|unless)\b"
)
DENIAL_WORD = re.compile(
    r"no[ rt]|never|declin|refus|without|omit|na[iï]ve|unnec|contra|defer|withh|for[ge]|forwent|reject|against|"
    r"[:=]\s*(?:no|-|0|nil|n/a)"
)
DENIAL_PATTERNS = (
    re.compile(
        rf"\b{IODINE_NAME}[^.;\n]{{0,45}}?\b(?:but|and|which)\s+(?:(?:the patient|he|she|this|it|they)\s+)?(?:was\s+|"
        rf"were\s+)?"
        r"(?:declined|refused|not given|never given|not done|not performed)\b"
    ),
    re.compile(
        r"\bno (?:therapy|therapeutic|treatment|ablative) (?:dose|activity)(?: of \w+)? (?:was |has been )?(?:given|"
        r"administered)"
    ),
    re.compile(r"\b(?:rai|radioiodine|radioactive iodine)[\s-]*(?:naive|naïve)\b"),
    re.compile(
        rf"\bno (?:(?:prior|previous|past|history of|exposure to|adjuvant|post-?operative|"
        rf"need for)\s+)*{IODINE_NAME}{NOT_SCAN_OR_UPTAKE}"
    ),
    re.compile(
        rf"\b{IODINE_NAME}\s+(?:was|has|were|had|is)?\s*(?:therefore |thus |however |so far )?(?:not|never)\s*"
        r"(?:yet\s*)?"
        r"(?:been\s*|be\s*)?(?:considered\s*|deemed\s*|felt\s*|thought\s*|judged\s*)?(?:to be\s*)?(?:given|"
        r"administered|"
        r"performed|received|used|done|undertaken|carried out|required|necessary|indicated|offered|needed|warranted|"
        r"pursued|appropriate|recommended|advised|possible|feasible|an option|part of)\b"
    ),
    re.compile(
        rf"\b{IODINE_NAME}\s*(?:was |were |has been |had been |is )?(?:therefore |thus )?(?:considered |deemed |felt |"
        rf"judged )?"
        r"(?:omitted|withheld|declined|refused|deferred|unnecessary|contra-?indicated|foregone|forgone)\b"
    ),
    re.compile(
        r"\b(?:did not|has not|had not|have not|never|has never|had never|not)\s+(?:yet\s+|so far\s+|previously\s+|"
        r"ever\s+)?"
        r"(?:been\s+)?(?:receive[d]?|have|had|given|undergo\w*|treated with|undergone|require[d]?|offered|get|got)\s+"
        rf"(?:any\s+|adjuvant\s+|post-?operative\s+)*{IODINE_NAME}{NOT_SCAN_OR_UPTAKE}"
    ),
    re.compile(
        rf"\bneither\s+{IODINE_NAME}\s+nor\b[^.;\n]{{0,60}}?\b(?:was|were)\s+(?:given|administered|performed|undertaken|used|offered)|"
        rf"\b(?:neither|nor)\s+(?:[\w-]+\s+){{0,3}}?(?:nor\s+)?(?:adjuvant\s+|post-?operative\s+)*{IODINE_NAME}{NOT_SCAN_OR_UPTAKE}\s*"
        r"(?:was|were|had been|has been|is)\s+(?:given|administered|required|needed|necessary|indicated|advised|"
        r"recommended|"
        r"performed|undertaken|offered|used|done)"
    ),
    re.compile(
        r"\b(?:declined|refused|rejected|without(?: any| adjuvant| prior)?|omitt(?:ed|ing)|opted against|"
        r"decided against|"
        rf"forgo|forwent)\s+(?:(?:[\w-]+\s+){{1,3}}(?:and|or)\s+)?(?:adjuvant\s+|"
        rf"post-?operative\s+)*{IODINE_NAME}{NOT_SCAN_OR_UPTAKE}"
    ),
    re.compile(
        r"\b(?:rai|radioiodine|radioactive iodine|i-?131|131-?i)(?:[\s-](?:therapy|treatment|ablation))?\s*[:=]\s*"
        r"(?:none\b|no\b|nil\b|never\b|not (?:given|done|performed|received|yet)\b|0\b|-(?=\s|$)|n/a\b)"
    ),
)


def find_received(note: TokenisedNote, spans: Spans) -> Iterator[Mention]:
    """Yield denials, then mentions outside denials."""
    denials = [*_denials(note, spans)]
    yield from denials
    for mention in _treatment_mentions(note):
        if not any(denial.start <= mention.start < denial.end for denial in denials):
            yield mention
    yield from _post_therapy_scans(note, spans)


def _post_therapy_scans(note: TokenisedNote, spans: Spans) -> Iterator[Mention]:
    """Yield post-therapy whole-body scans, which imply that radioiodine was given."""
    for match in matches_in_spans(note, POST_THERAPY_SCAN, spans) if note.contains_any(("post", "rx")) else ():
        context = radioiodine_context(note, match.start(), match.end())
        yield Mention("rai_received", {"received": True, "intent": ""}, match.start(), match.end(),
                      "radioiodine.scan", context.categories - {"negated"}, context.cue, "inferred")  # fmt: skip


def _treatment_mentions(note: TokenisedNote) -> Iterator[Mention]:
    for hit in note.hits_of("rai"):
        if _is_treatment(note, hit):
            context = radioiodine_context(note, hit.start, hit.end)
            yield Mention(
                "rai_received",
                {"received": True, "intent": nearest_intent(note, hit.start, hit.end, 30)},
                hit.start,
                hit.end,
                "radioiodine.mention",
                context.categories,
                context.cue,
            )


def _is_treatment(note: TokenisedNote, hit: PhraseHit) -> bool:
    sentence = note.sentence_at(hit.start)
    after = note.lower[hit.end : min(sentence.end, hit.end + 50)]
    before = note.lower[max(sentence.start, hit.start - 50) : hit.start]
    if NOT_TREATMENT_AFTER.match(after) or re.search(
        r"\b(?:uptake of|accumulation of|avidity for|refractory to|resistant to|concentrat\w+(?: of)?|"
        r"refractoriness to|resistance to|take up|trapping of|sensitive to|(?:scan|scintigraphy|tracer|"
        r"spect|imaging|wbs)\s+with|unsuitable for|suitable for|sensitivity to|without|no|responsive "
        r"to|restore)\s*(?:the\s+|any\s+)?$",
        before,
    ):
        return False
    if re.search(
        r"\b(?:diagnostic|tracer|dosimetr\w+|pre-?therap\w+)\b[^.;]{0,45}$|\bno (?:further|additional|more|other) $",
        before,
    ):
        return False
    if GIVEN_AFTER.match(after) and not re.match(r"[\s-]*with(?:out)? (?:no |good |intense )?uptake", after):
        return True
    written = note.lower[hit.start : hit.end]
    if any(word in written for word in ("ablation", "therapy", "treatment")):
        return True
    return bool(GIVEN_BEFORE.search(before))


def _denials(note: TokenisedNote, spans: Spans) -> Iterator[Mention]:
    denying = [span for span in spans if DENIAL_WORD.search(note.lower, *span)]
    for pattern in DENIAL_PATTERNS:
        for match in matches_in_spans(note, pattern, denying):
            sentence = note.sentence_at(match.start())
            if FURTHER_OR_CONDITIONAL.search(note.lower, max(sentence.start, match.start() - 20), match.end() + 40):
                continue
            context = context_of(
                note, match.start(), match.end(), "negated", "planned", "historical", "uncertain", "superseded"
            )
            yield Mention(
                "rai_received",
                {"received": False},
                match.start(),
                match.end(),
                "radioiodine.denied",
                context.categories,
                context.cue,
            )
