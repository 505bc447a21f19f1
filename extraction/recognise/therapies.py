"""Systemic anticancer drugs with their status: given before, given now, planned, or never given."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.numbers import time_before
from extraction.reading import Finding, Reading, Sentence, Term
from schemas.vocabulary import vocabularies

PRIOR, CURRENT, PLANNED, NOT_GIVEN, STARTED = "prior", "current", "planned", "not_given", "started"
STATUS = (
    (NOT_GIVEN, "after",
        r"(?:was|were|has been|had been|is|has)?\s*(?:declined|refused|not (?:been )?(?:given|started|"
        r"used|tolerated enough|offered|available|approved|initiated|commenced|administered|funded|"
        r"reimbursed|indicated|considered|an option|possible)|"
     r"never (?:been )?(?:started|given|commenced|used|initiated|administered|taken)|"
     r"contraindicated|denied|rejected|withheld in view|deemed unsuitable|not yet (?:been "
     r")?(?:started|given|begun))"),
    (NOT_GIVEN, "before",
        r"declined|refused|refuses|declines|never (?:received|had|took|been given|been treated with|"
        r"been on|exposed to)|not (?:received|had|been given|taken|tried|been treated with|been "
        r"exposed to|a candidate for|eligible for|suitable for|receive|given|tolerate)|no (?:prior|"
        r"previous)?|without(?: any| prior)?|naive to|denied access to|instead of|rather than|"
        r"contraindication to|unable to (?:obtain|access|receive)|did not receive|ineligible for|"
        r"avoid\w*"),
    (PRIOR, "after",
        r"(?:was|were|had to be|has been|had been|is)?\s*(?:then |later |subsequently |therefore |"
        r"permanently |eventually |also |now )*(?:stopped|discontinued|ceased|withdrawn|halted|"
        r"terminated|suspended|interrupted|abandoned|switched|replaced|completed|held permanently)|"
     r"->\s*(?:pd|progression|prog|tox)|until\b|failed|failure|discontinuation|cessation|withdrawal|"
     r"(?:19|20)\d\d\s*(?:-|to)\s*(?:(?:19|20)?\d\d)|for (?:\w+ )?(?:\d+|two|three|four|five|six|"
     r"seven|eight|nine|ten|eleven|twelve|several) (?:days|weeks|months|years|cycles)\b(?! now)|"
     r"ended|last dose|x\s?\d+\s*(?:mo|months|cycles|wks|weeks)|\bstop\b|progressed"),
    (PRIOR, "before",
        r"discontinu\w+|stopped|stopping|withdrawal of|cessation of|previous(?:ly)?|prior|"
        r"former(?:ly)?|progress(?:ed|ion) (?:on|after|under|during|despite|following|through)|"
        r"fail(?:ed|ure of|ing)|after (?:failure of|progression on|stopping|discontinuing)|was treated "
        r"with|were treated with|"
     r"had (?:been |previously )?(?:received|treated|taken|tried)|received|history of|intoleran(?:t|"
     r"ce) (?:to|of)|switch(?:ed)? from|off|switched to [\w ]{2,20} from|resistant to|exposed to|"
     r"pretreated with|pre-treated with|treatment with|treated with|given|underwent|has had|had|"
     r"despite|refractory to|line 1:|1l:?|refractory|responded to|post|s/p|therapy with|after"),
    (CURRENT, "before",
        r"remains? on|remained on|continu(?:es|ed|ing)(?: on| with| to take)?|currently (?:on|taking|"
        r"receiving|treated with|under)?|is on|now on|maintained on|maintenance|ongoing|on treatment "
        r"with|is (?:now |currently |being )*(?:taking|receiving|treated with|on)|stable on|still on|"
        r"still taking|switched to|present treatment|current(?: treatment| therapy| medication)?s?:?|"
        r"under treatment with|under|now|has been on|being treated with|established on|on"),
    (CURRENT, "after",
        r"(?:is|are|was|has been)?\s*(?:still |currently )*(?:ongoing|continued|continues|continuing|"
        r"maintained|to date|to present|at present|well tolerated|since|remains|resumed|restarted|"
        r"reintroduced)|-\s*(?:present|ongoing|now|current)|with (?:a )?(?:partial|good|excellent|"
        r"complete|ongoing|durable|continuing) (?:response|remission)|allowing"),
    (STARTED, "after",
        r"(?:was|were|has been|had been|is)?\s*(?:then |later |subsequently |therefore |thus |also "
        r")*(?:started|commenced|initiated|begun|introduced|prescribed|instituted|administered|given|"
        r"used)|\d+\s*mg\b"),
    (STARTED, "before",
        r"start(?:ed|ing)?(?: on)?|commenc(?:ed|ing)(?: on)?|initiat(?:ed|ing|ion of)|beg[au]n|put on|"
        r"placed on|introduc(?:ed|tion of)|prescribed|introduction of|treatment was changed to|changed "
        r"to|switching to|rechallenge with|rechallenged with|administered"),
    (PLANNED, "before",
        r"plan(?:s|ned|ning)?(?: to| for)?(?: start\w*| begin\w*| commenc\w*)?|will (?:be "
        r")?(?:start\w*|commenc\w*|receiv\w*|begin\w*|offer\w*|consider\w*|treated with|given|be)|to "
        r"(?:start|commence|begin|receive|initiate)|recommend\w*(?: starting| to start)?|"
        r"consider\w*(?: starting)?|propos\w*(?: starting)?|discuss\w*(?: starting| the option of)?|"
     r"candidate for|eligible for|appl(?:y|ied|ication) for|funding for|awaiting|await|should "
     r"(?:receive|start|be)|option(?:s)?(?: of| is| are| include| would be)?|suggest\w*|"
     r"offer(?:ed)?|intend\w*|advised|next line|would (?:treat with|give|use|be|start|offer|"
     r"consider|recommend|suggest)|may|might|could|if|unless|trial of|trial with|request\w* for|"
     r"referred for|screening for|enrol\w* in|future|redifferentiation with|approval for|scheduled "
     r"for|switch to|agreed to start|prefer\w*|potential"),
    (PLANNED, "after",
        r"(?:is|was|are|were|has been|will be)?\s*(?:then |being )*(?:applied for|sought|requested|"
        r"planned|recommended|considered|proposed|discussed|suggested|to be started|scheduled|advised|"
        r"under discussion|an option|requested|awaited|offered|pending|intended|to start|to commence|"
        r"approved for|will be started|will be considered|will be commenced|will be given|will follow|"
        r"may be considered|could be considered|next month|next week|at progression|on progression|"
        r"upon progression|would be)"),
)  # fmt: skip
PATTERNS = tuple(
    (
        status,
        side,
        re.compile(rf"(?<![\w-])(?:{words})(?!\w)" if side == "before" else rf"(?:(?<!\w)|(?=\W))(?:{words})(?!\w)"),
    )
    for status, side, words in STATUS
)
RANK = {"": 0, STARTED: 1, CURRENT: 2, PRIOR: 3, PLANNED: 4, NOT_GIVEN: 5}
IMPERATIVE = re.compile(
    r"(?:^|[.;:]\s*|[-*>]\s*|\band\s+)(?:start|commence|begin|switch to|add|try|for|proceed with|"
    r"proceed to|give)\s+(?:(?:on|with|a|the|first-line|second-line|oral|systemic|treatment|"
    r"therapy)\s+)*$"
)
CONTINUE = re.compile(
    r"(?:^|[.;:]\s*|[-*>]\s*|\band\s+)(?:continue|carry on|remain on|maintain|stay on|keep "
    r"on)\s+(?:(?:on|with|the|current)\s+)*$"
)
ANAPHORA = re.compile(
    r"\b(?:the|this|that|all|its|their|systemic)?\s*(?:treatment|therapy|drug|medication|medicine|"
    r"tki|inhibitor|kinase inhibitor|agent|combination|it|both drugs|both|targeted therapy)\b"
)
STOP = re.compile(
    r"\b(?:discontinuation|discontinued|stopped|ceased|cessation|withdrawn|withdrawal|interrupted|"
    r"halted|terminated|suspended|permanently)\b"
)
STOP_AFTER_IT = re.compile(
    r"\b(?:the|this|that)\s+(?:treatment|therapy|drug|medication|agent|inhibitor|tki|"
    r"combination)\s+(?:was|were|had to be|has been|had been)\s+(?:\w+\s+)?(?:discontinued|stopped|"
    r"ceased|withdrawn|interrupted|halted|terminated|suspended)|\b(?:after|following|upon|on|"
    r"before)\s+(?:the\s+)?(?:discontinu\w+|withdrawal|cessation|stopping)(?:\s+of)?\s+(?:the|this|"
    r"that)?\s*(?:treatment|therapy|drug|medication|agent|tki)|\bit (?:was|had to be) (?:\w+ "
    r")?(?:discontinued|stopped|withdrawn)"
)
REASONS = (
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
NO_SYSTEMIC = re.compile(
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
# A drug named beside these words is spoken of as a drug: it was not given for that.
NOT_A_TREATMENT = re.compile(r"^[\s-]*(?:sensitiv|resistan|trial\b|study|arm\b|placebo)")
RADIOTHERAPY = re.compile(
    r"\b(?:external[- ]beam (?:radiation|radiotherapy|irradiation)(?: therapy)?|ebrt|radiotherapy|"
    r"radiation therapy|xrt|irradiation|sbrt|imrt|stereotactic (?:body )?(?:radiotherapy|"
    r"radiosurgery|radiation)|radiosurgery|(?<!alpha )(?<!beta )external radiation|gamma knife|"
    r"cyberknife)\b"
)
RADIO_NOT = re.compile(
    r"\b(?:radioactive iodine|radioiodine|metabolic|internal|childhood|neck in childhood|for "
    r"(?:acne|tonsil|hodgkin|lymphoma|breast|tinea))\b"
)


def find(reading: Reading) -> Iterator[Finding]:
    """A finding a mention; the assembly joins the mentions of one drug in the order of the text."""
    last: list[Finding] = []
    for sentence in reading.sentences:
        found = [
            _finding(reading, sentence, term) for term in reading.within(sentence, "drug") if _is_drug(reading, term)
        ]
        yield from found
        if not found and last and (stop := STOP_AFTER_IT.search(reading.lower, sentence.start, sentence.end)):
            yield from _stopped(reading, last, stop)
        given = [finding for finding in found if finding.used]
        last = given or last
    yield from _none(reading)
    yield from _radiotherapy(reading)


def _is_drug(reading: Reading, term: Term) -> bool:
    """Groups that are another thing's name, and drugs that only name a test or a trial, are left out."""
    if term.code in (
        "placebo",
        "antiangiogenic_drug",
        "differentiating_agent",
        "systemic_therapy",
        "cancer_antibody",
        "targeted_therapy",
    ):
        return False
    if NOT_A_TREATMENT.match(reading.lower[term.end : term.end + 20]):
        return False
    written = reading.text[term.start : term.end]
    return len(written) > 3 or written.isupper()


def _finding(reading: Reading, sentence: Sentence, term: Term) -> Finding:
    status, cue = _status(reading, sentence, term)
    context = context_of(reading, term.start, term.end, "negated", "planned", "uncertain", "historical", "superseded")
    categories = set(context.categories)
    if status == PLANNED or (status in ("", STARTED) and "conditional" in categories):
        categories, status = categories | {"planned"}, PLANNED
    elif status in (PRIOR, CURRENT):
        categories.discard("conditional")
    if status == NOT_GIVEN:
        categories.add("negated")
    value: dict[str, object] = {"drug": term.code, "status": status or "mentioned"}
    value |= _details(reading, sentence, term, status)
    if not status:
        categories.add("unsettled")
    also = (cue,) if cue else ()
    words = reading.text[cue[0] : cue[1]].strip() if cue else context.cue
    return Finding(
        "therapy",
        value,
        term.start,
        term.end,
        f"therapies.{status or 'mentioned'}",
        frozenset(categories),
        words,
        also=also,
    )


def _status(reading: Reading, sentence: Sentence, term: Term) -> tuple[str, tuple[int, int] | None]:
    """The cue that reaches the drug; of several the one that denies or defers most."""
    before_start = _clause_start(reading, sentence, term.start)
    after_end = _clause_end(reading, sentence, term.end)
    before = reading.lower[before_start : term.start]
    if IMPERATIVE.search(before) and not re.search(r"\bdid\b|\bto\s+\w+$", before):
        return PLANNED, None
    if CONTINUE.search(before):
        return CURRENT, None
    found: list[tuple[int, int, str, tuple[int, int]]] = []
    for status, side, pattern in PATTERNS:
        low, high = (before_start, term.start) if side == "before" else (term.end, after_end)
        for match in pattern.finditer(reading.lower, low, high):
            distance = term.start - match.end() if side == "before" else match.start() - term.end
            if (
                match.group().strip()
                and distance <= (45 if side == "before" else 75)
                and _applies(reading, status, side, match, term)
            ):
                found.append((RANK[status], -distance, status, match.span()))
    if not found:
        if sentence.section == "plan":
            return PLANNED, None
        return "", None
    best = max(found)
    return best[2], best[3]


def _applies(reading: Reading, status: str, side: str, match: re.Match[str], term: Term) -> bool:
    """Short words such as `on`, `no`, `had` count only right before the drug."""
    gap = reading.lower[match.end() : term.start] if side == "before" else reading.lower[term.end : match.start()]
    word = match.group().strip()
    if side == "before" and word in (
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
        "prior",
        "previous",
        "option",
        "future",
    ):
        return bool(
            re.fullmatch(
                r"\s*(?:(?:a|an|the|oral|with|of|first-line|second-line|third-line|therapy|treatment|low|"
                r"dose|low-dose|daily|\d+|mg|systemic|any|prior|previous|adjuvant|combination|combined|"
                r"being|is)[\s-]*)*(?:[\w-]+\s*(?:,|and|\+|/|or|plus)\s*)*",
                gap,
            )
        )
    if side == "before" and re.search(
        r"\b\w{4,}(?:nib|mab|limus)\b.*\b(?:and|then|,)\s+(?:was|were|then|now|is|has|subsequently|"
        r"switched|changed|followed)\b",
        gap,
    ):
        return False
    if side == "after" and status in (PRIOR, NOT_GIVEN, PLANNED, STARTED):
        return not re.search(
            r"\b(?:and|but|then|followed by)\b.*\b(?:\w+nib|\w+mab|everolimus|doxorubicin|cisplatin|"
            r"paclitaxel|carboplatin)\b",
            gap,
        ) and not (word.strip().startswith(("progressed", "until")) is False and re.search(r"[;]", gap))
    return not re.search(r"\b(?:\w{4,}nib|\w{4,}mab)\b\s*(?:was|were|is|->|\()", gap)


def _clause_start(reading: Reading, sentence: Sentence, place: int) -> int:
    low = max(sentence.start, place - 90)
    stops = [
        match.end()
        for match in re.finditer(
            r";|\bbut\b|\bhowever\b|\.\s|\)\s|\n|,\s*(?:then|now|and then|subsequently|later)\b",
            reading.lower[low:place],
        )
    ]
    cut = low + stops[-1] if stops else low
    return cut - 6 if stops and re.search(r"(?:then|now|subsequently|later)$", reading.lower[low:cut]) else cut


def _clause_end(reading: Reading, sentence: Sentence, place: int) -> int:
    high = min(sentence.end, place + 110)
    stop = re.search(
        r";|\bbefore (?:starting|switching)|,\s*(?:then|now|followed by|and then)\b|\b(?:followed by|"
        r"and then|switched to|was changed to)\b|\b(?:currently|now)\b(?! (?:stopped|discontinued))",
        reading.lower[place:high],
    )
    return place + stop.start() if stop else high


def _details(reading: Reading, sentence: Sentence, term: Term, status: str) -> dict[str, object]:
    end = _clause_end(reading, sentence, term.end)
    near = reading.lower[max(sentence.start, term.start - 60) : end]
    out: dict[str, object] = {}
    if status == PRIOR:
        if reason := next((code for code, pattern in REASONS if pattern.search(near)), None):
            out["stop_reason"] = reason
        if STOP.search(near) and (found := time_before(reading.lower[term.end : end], None)):
            out["stopped"] = found[0]
    if re.search(
        r"\bprogress\w+ (?:on|under|during|after|despite)\b|->\s*pd\b|\bfor progression\b|\bpd\b|until "
        r"(?:disease )?progression|stopped for (?:disease )?progress",
        near,
    ):
        out["progressed"] = True
    return out


def _stopped(reading: Reading, last: list[Finding], stop: re.Match[str]) -> Iterator[Finding]:
    """`After discontinuation of the therapy`: the drug was named in the sentence before."""
    for finding in last[-2:]:
        value = {"drug": finding.value["drug"], "status": PRIOR}
        yield Finding(
            "therapy",
            value,
            stop.start(),
            stop.end(),
            "therapies.anaphora",
            cue=reading.text[stop.start() : stop.end()],
            also=((finding.start, finding.end),),
        )


def _none(reading: Reading) -> Iterator[Finding]:
    for match in NO_SYSTEMIC.finditer(reading.lower):
        context = context_of(reading, match.start(), match.end(), "negated", "planned", "historical", "uncertain")
        yield Finding(
            "no_therapy",
            {"therapies": False},
            match.start(),
            match.end(),
            "therapies.none",
            context.categories,
            match.group(),
        )


def _radiotherapy(reading: Reading) -> Iterator[Finding]:
    for match in RADIOTHERAPY.finditer(reading.lower):
        near = reading.near(match.start(), match.end(), 25, 35)
        if RADIO_NOT.search(near):
            continue
        context = context_of(reading, match.start(), match.end(), "uncertain", "historical", "superseded")
        planned = (
            bool({"planned", "conditional"} & context.categories)
            or bool(re.search(r"\bif\b|\bplanned", near[len(near) // 2 :]))
            or bool(
                re.search(
                    r"(?:^|[.;]\s*)for (?:palliative |adjuvant )?$", reading.near(match.start(), match.start(), 25)
                )
            )
            or bool(re.search(r"\b(?:we planned|planned)\s*$", reading.near(match.start(), match.start(), 15)))
        )
        categories = context.categories | ({"planned"} if planned else set())
        sites = [term.code for term in reading.within(reading.sentence_at(match.start()), "lesion_site")]
        value = {
            "procedure": "external_beam_radiotherapy",
            "status": PLANNED if planned else PRIOR,
            "sites": tuple(sites),
        }
        yield Finding(
            "radiotherapy", value, match.start(), match.end(), "therapies.radiotherapy", categories, context.cue
        )


def specific(code: str, others: set[str]) -> bool:
    """Whether a drug is worth a record beside others: a class is not where one of its members is named."""
    vocabulary = vocabularies()["drug"]
    return not vocabulary.terms[code].group or not (vocabulary.below([code]) - {code}) & others
