"""Finds radioiodine uptake of scans and lesions: avid, not avid, in the remnant only, or mixed."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.prefilter import matches_near
from extraction.tokenised_note import NoteSentence, TokenisedNote

NON_AVID = re.compile(
    r"\b(?:non-?\s?(?:rai-?\s?|radioiodine-?\s?|iodine-?\s?|131i-?\s?)?avid|nonavid|(?:rai|"
    r"radioiodine|iodine|131-?i|i-?131)[\s-]*(?:negative|neg\b|non-?avid)|not (?:rai-?\s?|"
    r"radioiodine-?\s?|iodine-?\s?)?avid|"
    r"(?:no|(?:was|is|were) not(?: any)?|without|lack of|absence of|absent|lacking|lost|loss of|negligible|"
    r"devoid of|failed to "
    r"(?:show|demonstrate|reveal)(?: any)?|did not (?:show|demonstrate|reveal|exhibit)(?: any)?|"
    r"showed no|faint or no|(?:neither|none)(?: of (?:which|them|the \w+)| scan| study)? (?:show\w*|"
    r"demonstrat\w+|reveal\w*)(?: any)?)\s+"
    r"(?:(?:any|significant|pathological|abnormal|visible|discernible|demonstrable|appreciable|"
    r"radioactive|radioiodine|radio-iodine|rai|iodine|131-?i|\(131\)\s?i|i-?131|tracer|radiotracer|"
    r"further|evidence of|detectable|extrathyroidal|extra-?cervical|measurable|focal|distant|other|"
    r"metastatic|residual|longer|more|their|its|pulmonary|osseous|tumou?r|tumou?ral|lesional|iodine-131|avid|relevant|clear|definite|specific)\s+)*"
    r"(?:uptake|accumulation|avidity|concentration|activity|avid (?:lesions?|disease|foci|tissue)|"
    r"fixation|captation|storage|iodine-?storing (?:foci|lesions?|tissue|metasta\w+)|iodine avidity|"
    r"foci of uptake|trapping)|"
    r"(?:no longer|did not|does not|do not|not|failed to|fail to|neither)\s+(?:take up|takes? up|"
    r"taking up|concentrat\w+|accumulat\w+|trap\w*|capture\w*|show uptake)|no longer (?:rai-?\s?|"
    r"iodine-?\s?|radioiodine-?\s?)?avid|"
    r"(?:scans?|wbs|scintigraphy|scintigram|imaging|"
    r"spect(?:/ct)?)\s*(?:\([^)]{0,20}\)\s*)?(?:after (?:the )?[\w\s-]{0,25}?)?(?:was|were|is|are|"
    r"remained|both|:|again|also|completely|came back|proved|\s)*\s*(?:negative|unremarkable|clear\b|"
    r"cold|blank|normal)|"
    r"(?:uptake|avidity|accumulation|storage|fixation)(?: (?:in|at|on|"
    r"of) [\w\s-]{1,25}?)?\s*(?:[:=]\s*(?:absent|none|no\b|nil|"
    r"negative)|(?:was |were |is |had been |has been )?(?:now |completely |entirely |clearly )?(?:absent|lost\b|"
    r"nil\b|not (?:seen|"
    r"present|observed|detect\w+|visible|found|noted|demonstrated|identified)|no longer (?:seen|present|"
    r"observed|detect\w+|"
    r"visible|demonstrable)))|never (?:been )?(?:rai|radioiodine|iodine)?[- ]?avid|"
    r"(?:no longer|never|not|ceased to|failed to) (?:show\w*|demonstrat\w+|display\w*|exhibit\w*)\s+(?:any\s+|"
    r"\w+\s+){0,3}?"
    r"(?:uptake|accumulation|avidity|concentration|storage)|"
    r"(?:disappearance|loss|resolution) of (?:the |all |any )?(?:[\w-]+ ){0,2}uptake|"
    r"negative (?!for\b|margins?\b)(?:[\w-]+,?\s+(?:and\s+)?){0,5}?(?:post-?\s?therapy|post-?\s?treatment|"
    r"radioiodine|131-?i|rai) "
    r"(?:whole[- ]body )?(?:scans?|wbs|scintigra\w+)|"
    r"negative (?:on|at|in) (?:the )?(?:iodine|radioiodine|131-?i|i-?131|rai|whole[- ]body|wbs|post-\w+)(?: (?:scan|"
    r"scinti\w+|"
    r"wbs|imaging))?|"
    r"negative\s+(?:(?:post-?\s?therapy|post-?\s?treatment|diagnostic|whole[- ]body|radioiodine|"
    r"rai|131-?i|i-?131|iodine|post-?\s?ablation|rx|dx|therapeutic|body)\s+)*(?:scans?|wbs|"
    r"scintigra\w+)|"
    r"(?:now|are|were|was|is|lesions?|remained|became|lungs?|disease)\s+(?:now\s+|"
    r"all\s+)?(?:scan-?negative|cold|photopenic|iodine-negative)\b)"
)  # fmt: skip
AVID = re.compile(
    r"\b(?:(?:rai|radioiodine|iodine|radioactive[- ]iodine|131-?i|i-?131|"
    r"radio-iodine)[\s-]*(?:avid|positive|avidity|storing)|avid\b|(?:uptake|accumulation|concentration|"
    r"fixation|captation|(?<!no )(?<!iodine )storage)\b|(?:intense|strong|marked|focal|good|"
    r"high) (?:radio)?iodine storage\b|"
    r"(?:concentrat|accumulat)(?:ed|es|ing)\s+(?:the\s+)?(?:radio|iodine|rai|131|i-?131|tracer)|"
    r"(?:took|taking|takes|take) up (?:the )?(?:radio|iodine|rai|131|i-?131|tracer)|hot spots?|"
    r"showed avidity|avidity|(?:scans?|wbs|scintigraphy)\s+(?:was|were|is|remained)\s+(?:still\s+|again\s+|"
    r"strongly\s+)?positive)"
)
UPTAKE_WORD = re.compile(
    r"avid|uptake|accumul|concentrat|fixation|capta|stor|tak|took|hot spot|cold|negativ|neg\b|positiv|trap|captur|scan|"
    r"wbs|scintigra|"
    r"imaging|spect|photop|foci|iodine|normal|clear|blank|unremark"
)
REMNANT_WORD = re.compile(
    r"\b(?:neck only|neck alone|(?:only in|confined to|limited to|restricted to) the (?:anterior )?neck|"
    r"thyroid bed|remnants?|residual thyroid|"
    r"thyroid remnant|neck bed|thyroid fossa|"
    r"thyroidectomy bed|surgical bed|anterior neck)\b"
)
REMNANT_ONLY_SCAN = re.compile(
    r"\b(?:scans?|wbs|scintigra\w+|imaging|spect(?:/ct)?)\b[^.;:\n-]{0,20}[:-]\s*(?:\w+\s+){0,2}?(?:thyroid bed|"
    r"thyroid remnants?|"
    r"remnants?|neck)(?: (?:uptake|activity))? only\b"
)
"""`WBS: thyroid bed only` reports uptake without the word."""

ONLY_WORD = re.compile(
    r"\b(?:only|solely|confined|limited|restricted|alone|exclusively|sole|just|outside|beyond|"
    r"elsewhere|apart from|except|other than)\b"
)
MIXED_UPTAKE = re.compile(
    r"\b(?:concentrated|avid|took up|uptake in)\b[^.;]{0,50}\b(?:while|whereas|but)\b[^.;]{0,40}\b(?:did not|"
    r"were not|was not|no "
    r"uptake|non-?avid)\b|"
    r"\b(?:heterogeneous|inhomogeneous|variable)\s+(?:radioiodine |rai |iodine |131-?i )?(?:uptake|"
    r"avidity)|\b(?:mixed|partial|discordant|some of (?:the|which)|only some|some lesions|some "
    r"(?:metastases|nodules|foci)|partially|a subset|"
    r"others?\b[^.;]{0,20}\bnot)\b[^.;]{0,60}\b(?:uptake|avid\w*|accumulation|concentrat\w+|iodine|"
    r"take up|took up)"
)
RADIOIODINE_SCAN_WORD = re.compile(
    r"\b(?:radio-?\s?iodine|radioactive iod\w+|rai\b|rait\b|i-?\s?131|131-?\s?i\b|\(131\)\s?i|"
    r"iodine|124-?i|i-?124|123-?i|i-?123|whole[- ]body|wbs|dxwbs|rxwbs|post-?\s?(?:therapy|treatment|ablation|tx|dose|"
    r"therapeutic)|mci|gbq|mbq|diagnostic scan|radioabl\w+|body scan|scintigra\w+)"
)
RADIOIODINE_SCAN_SUBSTRINGS = (
    "124",
    "123",
    "iod",
    "rai",
    "131",
    "body",
    "wbs",
    "post",
    "mci",
    "bq",
    "diagnostic scan",
    "radioabl",
    "scintigra",
)
OTHER_TRACER = re.compile(
    r"\b(?:fdg|(?<!124i )(?<!i-124 )(?<!124i-)(?<!i-124-)pet|suv\w*|fluorodeoxy\w*|18f|f-18|tc-?99m|99m-?tc|"
    r"technetium|pertechnetate|"
    r"sestamibi|mibi|dotatate|dotatoc|68ga|gallium|psma|bone scan|bone scintigraphy|contrast|"
    r"thyroid scan|thyroid sc\w*tigra\w+|cold nodule|octreotide|metabolic(?:ally)?)\b|fdg\+"
)
OTHER_TRACER_SUBSTRINGS = (
    "fdg", "pet", "suv", "fluorodeoxy", "18f", "f-18", "99m", "techn", "mibi", "dotat", "68ga", "gallium", "psma",
    "bone sc", "contrast", "thyroid sc", "cold nod", "octreotide", "metabolic",
)  # fmt: skip
IN_ORGAN = re.compile(
    r"[\s,]*(?:(?:of (?:the )?(?:radio)?(?:tracer|iodine|radioiodine|131i|i-131))\s+)?(?:was |were |is )?(?:seen |"
    r"noted |found )?"
    r"(?:in|within|at|throughout|over|involving)\s+(?:(?:the|both|left|right|bilateral|multiple|his|her|several|"
    r"all)\s+)*"
    r"(?:\w+,?\s+(?:and\s+)?(?:in\s+)?(?:the\s+)?(?:both\s+)?){0,2}"
)
PHYSIOLOGICAL_WORD = re.compile(r"\b(?:normal|physiologic(?:al)?|bowel|salivary|bladder|gastric|expected|background)\b")
POST_THERAPY = re.compile(
    r"\b(?:post-?\s?(?:therapy|treatment|ablation|tx|dose|therapeutic|rai)|rxwbs|after (?:the |a |"
    r"his |her )?(?:therap|treat|first|second|third|last|\d)|therapy scan)"
)
DIAGNOSTIC_SCAN = re.compile(r"\b(?:diagnostic|dxwbs|pre-?therapy|tracer|i-?123|i-?124|123-?i|124-?i)\b")
NOT_CANCER_WORD = re.compile(r"\b(?:turned out|was an? ovarian|struma|contamination|physiologic|artefact|artifact)\b")


def find_uptake(note: TokenisedNote) -> Iterator[Mention]:
    """Yield a mention for each statement, in the order of the text; the assembly uses the last scan."""
    relevant = {
        note.sentence_index(match.start())
        for match in matches_near(note.lower, RADIOIODINE_SCAN_WORD, RADIOIODINE_SCAN_SUBSTRINGS, 20, 25)
    }
    for index, sentence in enumerate(note.sentences):
        text = note.lower[sentence.start : sentence.end]
        if index in relevant or (index - 1 in relevant and not OTHER_TRACER.search(text)):
            yield from _uptake_statements(note, sentence)


def _uptake_statements(note: TokenisedNote, sentence: NoteSentence) -> Iterator[Mention]:
    text = note.lower
    if not UPTAKE_WORD.search(text, sentence.start, sentence.end):
        return
    taken: list[tuple[int, int]] = []
    for match in REMNANT_ONLY_SCAN.finditer(text, sentence.start, sentence.end):
        yield _uptake_mention(note, sentence, match.start(), match.end(), "remnant_only", "uptake.remnant_only")
    mixed = MIXED_UPTAKE.search(text, sentence.start, sentence.end)
    if mixed and not _is_of_other_tracer(note, sentence, mixed.start(), mixed.end()):
        yield _uptake_mention(note, sentence, mixed.start(), mixed.end(), "mixed", "uptake.mixed")
        return
    for match in NON_AVID.finditer(text, sentence.start, sentence.end):
        taken.append(match.span())
        if not _is_of_other_tracer(note, sentence, match.start(), match.end()):
            yield _uptake_mention(
                note, sentence, match.start(), match.end(), _code_of_absence(text, match, sentence), "uptake.none"
            )
    for match in AVID.finditer(text, sentence.start, sentence.end):
        if any(start <= match.start() < end for start, end in taken) or _is_not_statement(note, sentence, match):
            continue
        code = _code_of_presence(text, match, sentence)
        yield _uptake_mention(note, sentence, match.start(), match.end(), code, f"uptake.{code}")


def _code_of_absence(text: str, match: re.Match[str], sentence: NoteSentence) -> str:
    around = text[match.end() : min(sentence.end, match.end() + 70)]
    return (
        "remnant_only"
        if REMNANT_WORD.search(around)
        and re.search(r"\b(?:outside|beyond|elsewhere|apart|except|other than)\b", around)
        else "non_avid"
    )


def _code_of_presence(text: str, match: re.Match[str], sentence: NoteSentence) -> str:
    """Return the code of uptake: uptake in the thyroid bed alone is not uptake of the disease."""
    around = text[max(sentence.start, match.start() - 60) : min(sentence.end, match.end() + 90)]
    if REMNANT_WORD.search(around) and not re.search(
        r"\b(?:lungs?|pulmonary|bones?|metasta\w+|node|nodal|mediastin\w+|pelvi\w+|abdom\w+|lesions?)\b", around
    ):
        return "remnant_only"
    return "avid"


def _is_of_other_tracer(note: TokenisedNote, sentence: NoteSentence, start: int, end: int) -> bool:
    """Whether another tracer is named nearer than radioiodine."""
    text = note.lower
    if not note.contains_any(OTHER_TRACER_SUBSTRINGS):
        return False
    # `bone scintigraphy` contains the word scintigraphy but is not about iodine.
    other_matches = [*OTHER_TRACER.finditer(text, sentence.start, sentence.end)]
    other_distances = [_distance(match, start, end) for match in other_matches]
    own_distances = [
        _distance(match, start, end)
        for match in RADIOIODINE_SCAN_WORD.finditer(text, sentence.start, sentence.end)
        if not any(other_match.start() <= match.start() < other_match.end() for other_match in other_matches)
    ]
    return bool(other_distances) and (not own_distances or min(other_distances) < min(own_distances))


def _distance(match: re.Match[str], start: int, end: int) -> int:
    return max(0, match.start() - end, start - match.end())


def _is_not_statement(note: TokenisedNote, sentence: NoteSentence, match: re.Match[str]) -> bool:
    text = note.lower
    if _is_of_other_tracer(note, sentence, match.start(), match.end()):
        return True
    before = text[max(sentence.start, match.start() - 45) : match.start()]
    if re.search(r"\bfdg[\s-]*$", before) or PHYSIOLOGICAL_WORD.search(before[-30:]):
        return True
    after = text[match.end() : match.end() + 20]
    return match.group() in ("uptake", "accumulation", "concentration", "avidity", "fixation") and bool(
        re.match(r"\s*(?:was|is|were)?\s*(?:not\b|assessed|test|to be|study|of the contrast)", after)
        or re.search(
            r"\b(?:restore|enhance|increase|improve|assess|evaluate|determine|whether)\s+(?:\w+\s+){0,2}$", before
        )
    )


def _uptake_mention(note: TokenisedNote, sentence: NoteSentence, start: int, end: int, code: str, rule: str) -> Mention:
    context = context_of(note, start, end, "negated" if code != "avid" else "historical", "historical")
    text = note.lower[sentence.start : sentence.end]
    kind = "diagnostic" if DIAGNOSTIC_SCAN.search(text) else "post_therapy" if POST_THERAPY.search(text) else ""
    sites = [hit.code for hit in note.hits_in(sentence, "lesion_site")]
    categories = (
        context.categories - {"planned"}
        if re.search(r"\bshow|demonstrat|reveal|was|were", text)
        else context.categories
    )
    value = {
        "uptake": code,
        "kind": kind,
        "sites": tuple(sites),
        "shows": _organs_shown(note, sentence, start, end, code),
    }
    return Mention("uptake", value, start, end, rule, categories, context.cue)


def _organs_shown(note: TokenisedNote, sentence: NoteSentence, start: int, end: int, code: str) -> tuple[str, ...]:
    """Return organs with uptake, which is metastasis: `uptake in both lungs`, `diffuse lung uptake`."""
    if code != "avid" or PHYSIOLOGICAL_WORD.search(note.lower, max(sentence.start, start - 30), end):
        return ()
    return tuple(
        hit.code
        for hit in note.hits_in(sentence, "lesion_site")
        if hit.code in ("lung", "bone", "liver", "brain")
        and (
            (0 <= hit.start - end <= 60 and IN_ORGAN.fullmatch(note.lower, end, hit.start))
            or (0 <= start - hit.end <= 12 and not re.search(r"[.,;:]|\band\b", note.lower[hit.end : start]))
        )
    )
