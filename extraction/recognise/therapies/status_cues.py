"""Cues for the status of a drug, as data: prior, current, planned, not given."""

import re

PRIOR, CURRENT, PLANNED, NOT_GIVEN, STARTED = "prior", "current", "planned", "not_given", "started"
GIVEN, DOSED = "given", "dosed"
"""Weaker cues: without others, a drug that was given is over, and a drug with a dose has been started."""

STATUS_CUES = (
    (NOT_GIVEN, "after",
        r"(?:was|were|has been|had been|is|has)?\s*(?:declined|refused|not (?:been )?(?:given|started|"
        r"used|tolerated enough|offered|available|approved|initiated|commenced|administered|funded|"
        r"reimbursed|indicated|considered|an option|possible)|"
     r"(?:exposure|therapy|treatment|use)?\s*:\s*(?:none|no|nil|never|not|0)\b|"
        r"(?:was |were )?(?:discussed|considered|offered|proposed|suggested)(?:,? but| and| however)? (?:not|"
        r"never|declined|refused|rejected)\b|"
        r"(?:could|can) ?not be (?:obtained|given|started|used|procured|afforded|accessed|funded)|"
        r"not (?:deemed|felt|judged|thought) (?:to be )?(?:necessary|appropriate|indicated|suitable|needed)|"
        r"but (?:he |she |the patient |they )?(?:preferred|declined|refused|chose|opted|did not|wanted|wished|decided|"
        r"elected)|"
     r"never (?:been )?(?:started|given|commenced|used|initiated|administered|taken)|"
     r"contraindicated|denied|rejected|withheld in view|deemed unsuitable|not yet (?:been "
     r")?(?:started|given|begun))"),
    (NOT_GIVEN, "before",
        r"declined|refused|refuses|declines|never (?:received|had|took|been given|been treated with|"
        r"been on|exposed to)|not (?:received|had|been given|taken|tried|been treated with|been "
        r"exposed to|a candidate for|eligible for|suitable for|receive|given|tolerate)|no (?:prior|"
        r"previous)?|without(?: any| prior)?|naive to|denied access to|instead of|rather than|"
        r"contraindication to|unable to (?:obtain|access|receive)|did not receive|ineligible for|"
        r"avoid\w*|(?:to|wishes to|wants to|will) (?:defer|postpone|delay|hold off)|"
        r"(?:advised|recommended|decided|opted|argued) against|not recommend\w*|not (?:be )?keen on|"
        r"reluctant to (?:take|start)|"
        r"(?:does|did|do|would) not (?:want|wish|like)(?: to)?(?: start| take| have| begin| receive)?|"
        r"unwilling to (?:take|start)|"
        r"not (?:been )?(?:started|commenced|put|treated) (?:on|with)|never on"),
    (PRIOR, "after",
        r"(?:was|were|had to be|has been|had been|is)?\s*(?:then |later |subsequently |therefore |"
        r"permanently |eventually |also |now )*(?:stopped|discontinued|ceased|withdrawn|halted|"
        r"terminated|suspended|interrupted|abandoned|switched|replaced|changed|converted|completed|held permanently)|"
        r"(?:was|were|is)?\s*(?:not|poorly|badly) tolerated|(?:was|were|proved|remained)?\s*(?:unsuccessful|"
        r"ineffective|"
        r"without (?:effect|success|benefit|response))|(?:was|were) (?:given|administered|used) (?:in|during|from|"
        r"between|"
        r"for|over)\b|pd (?:after|at|in|on)\b|(?:disease )?progression after|best response|-?(?:pre-?treated|"
        r"experienced|"
        r"refractory|resistant)\b|(?:from|between) (?:\w+ )?(?:19|20)\d\d (?:to|until|till|and|-) (?:\w+ )?(?:19|"
        r"20)\d\d|"
        r"\d{1,2}/(?:19|20)?\d\d\s*(?:-|to|until)\s*\d{1,2}/(?:19|20)?\d\d|x\s?\d{1,2}\b|"
        r"d/c'?d|dc'?d|"
     r"->\s*(?:pd|progression|prog|tox)|until\b(?! (?:now|today|present|the present|date))|failed|failure|"
     r"discontinuation|cessation|withdrawal|"
     r"(?:19|20)\d\d\s*(?:-|to)\s*(?:(?:19|20)?\d\d)|for (?:\w+ )?(?:\d+|two|three|four|five|six|"
     r"seven|eight|nine|ten|eleven|twelve|several) (?:days|weeks|months|years|cycles)\b(?! now)|"
     r"\d{1,3}\s*(?:mos?|months?|wks?|weeks?|yrs?|years?)\b[\s,;:(/-]{0,4}(?:then )?(?:pd|progress\w*|sd|pr|"
     r"tox\w*|stopp\w+)\b|"
     r"[:(-]\s*(?:best response )?pd\b|ended|last dose|x\s?\d+\s*(?:mo|months|cycles|wks|weeks)|\bstop\b|progressed"),
    (PRIOR, "before",
        r"(?:after|following) (?:about |approximately )?(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|"
        r"several) "
        r"(?:days|weeks|months|years|cycles) of|no longer (?:on|taking|receiving|treated with|using)|"
        r"(?:participated in|entered|took part in|treated (?:in|within|on)) (?:an?|the) (?:[\w-]+ ){0,3}(?:trial|"
        r"study) "
        r"(?:of|with)|previous (?:lines?|therap\w+|treatments?|tkis?|drugs?)\s*:|prior (?:lines?|therap\w+|"
        r"treatments?|tkis?|"
        r"drugs?|systemic \w+)\s*:|discontinu\w+|stopped|stopping|withdrawal of|cessation of|previous(?:ly)?|prior|"
        r"former(?:ly)?|progress(?:ed|ion|ive disease) (?:on|after|under|during|despite|following|through)|"
        r"fail(?:ed|ure of|ing)|after (?:failure of|progression on|stopping|discontinuing)|was treated "
        r"with|were treated with|"
     r"had (?:been |previously )?(?:received|treated|taken|tried)|received|history of|intoleran(?:t|"
     r"ce) (?:to|of)|switch(?:ed)? from|off|switched to [\w ]{2,20} from|resistan(?:t|ce) to|exposed to|"
     r"pretreated with|pre-treated with|treatment with|treated with|given|underwent|has had|had|"
     r"despite|refractory to|line 1:|1l:?|refractory|responded (?:\w+ )?to|(?:had|has|with|showed|achieved|"
     r"experienced|an?)\s+(?:[\w-]+ ){0,4}response to|treated for [\w\s-]{1,40}? with|"
     r"(?:was|were|been|had) (?:then |subsequently |later )?(?:enrolled|included|"
     r"randomi[sz]ed|recruited) (?:in|into|to) (?:an?|the) (?:[\w-]+ ){0,3}(?:trial|study) (?:of|with|"
     r"evaluating|testing)|post|s/p|therapy with|after"),
    (CURRENT, "before",
        r"remains? on|remained on|continu(?:es|ed|ing)(?: on| with| to take)?|currently (?:on|taking|"
        r"receiving|treated with|under)?|is on|now on|(?:has|have) been (?:taking|receiving|treated with|on)|"
        r"receiving|maintained on|maintenance|ongoing|on treatment "
        r"with|is (?:now |currently |being )*(?:taking|receiving|treated with|on)|stable on|still on|(?:has|"
        r"have) (?:now |already )been on|"
        r"still taking|switched to|present treatment|current(?: treatment| therapy| medication)?s?:?|"
        r"under treatment with|tolerat(?:es|ing)|under|now|has been on|being treated with|established on|on"),
    (CURRENT, "after",
        r"(?:is|are|was|has been)?\s*(?:still |currently )*(?:ongoing|continued|continues|continuing|"
        r"maintained|(?:un)?til (?:now|today|the present|present)|up to now|so far|to this day|on hold|"
        r"(?:with )?which (?:he|she|the patient) (?:is|remains|has been) (?:still |currently )*(?:being |"
        r"on )?(?:treated|taking)|"
        r"paused|to date|to present|at present|well tolerated|since|remains|resumed|restarted|"
        r"reintroduced)|(?:-|to|until|till)\s*(?:present|ongoing|now|current|date|today)|with (?:a )?(?:partial|"
        r"good|excellent|"
        r"complete|ongoing|durable|continuing) (?:response|remission)|allowing"),
    (STARTED, "after",
        r"(?:was|were|has been|had been|is)?\s*(?:then |later |subsequently |therefore |thus |also "
        r")*(?:started|commenced|initiated|begun|introduced|prescribed|obtained|instituted|"
        r"added)|(?:therapy |treatment )?(?:led to|resulted in|produced|induced|brought about)"),
    (DOSED, "after", r"\d+\s*mg\b"),
    (GIVEN, "after", r"(?:was|were|has been|had been|is)?\s*(?:then |later |subsequently |therefore |thus |also )*"
        r"(?:administered|given|used)"),
    (STARTED, "before",
        r"neoadjuvant|start(?:ed|ing)?(?: on)?|commenc(?:ed|ing)(?: on)?|initiat(?:ed|ing|ion of)|beg[au]n|put on|"
        r"placed on|introduc(?:ed|tion of)|prescribed|introduction of|treatment was changed to|changed "
        r"to|replaced by|replaced with|substituted by|in favou?r of|redifferentiation (?:therapy |treatment )?with|"
        r"switching to|rechallenge with|rechallenged with|administered"),
    (PLANNED, "before",
        r"(?:for|to) (?:the )?(?:start|initiation|commencement|consideration|introduction) of|plan(?:s|ned|"
        r"ning)?(?: to| for)?(?: start\w*| begin\w*| commenc\w*)?|will (?:be "
        r")?(?:start\w*|commenc\w*|receiv\w*|begin\w*|offer\w*|consider\w*|treated with|given|be)|to "
        r"(?:start|commence|begin|receive|initiate)|recommend\w*(?: starting| to start)?|"
        r"consider\w*(?: starting)?|propos\w*(?: starting)?|discuss\w*(?: starting| the option of)?|"
     r"candidate for|eligible for|appl(?:y|ied|ication) for|funding for|awaiting|await|should "
     r"(?:receive|start|be)|option(?:s)?(?: of| is| are| include| would be)?|suggest\w*|"
     r"offer(?:ed)?|intend\w*|advised|next line|would (?:treat with|give|use|be|start|offer|"
     r"consider|recommend|suggest)|may|might|could|if|unless|request\w* for|"
     r"referred for|screening for|(?:to|will|be|for|plan\w*|consider\w*|await\w*) (?:be )?enrol\w* in|future|"
     r"approval for|scheduled "
     r"for|switch to|agreed to start|prefer\w*|potential"),
    (PLANNED, "after",
        r"(?:is|was|are|were|has been|will be)?\s*(?:then |being )*(?:applied for|sought|requested|"
        r"planned|recommended|considered|proposed|discussed|suggested|to be started|scheduled|advised|"
        r"under discussion|an option|requested|awaited|offered|pending|intended|to start|to commence|"
        r"approved for|will be started|will be considered|will be commenced|will be given|will follow|"
        r"once (?:funding|approv\w+|reimburse\w+|available)|when (?:approved|funded|available)|subject to|if\b|"
        r"unless\b|"
        r"to be (?:started|commenced|initiated|begun|given|introduced|considered|offered|added|discussed|applied for)|"
        r"(?:could|may|might|would|should|can|will) be (?:used|given|considered|started|tried|offered|an option|added|"
        r"commenced|initiated|introduced|administered|discussed)|may be considered|could be considered|next month|"
        r"next week|at progression|on progression|"
        r"upon progression|would be)"),
)  # fmt: skip
REQUIRED_SUBSTRINGS: dict[tuple[str, str], tuple[str, ...]] = {
    (NOT_GIVEN, "after"): (
        ":", "chose", "contraindicated", "decided", "declined", "deemed unsuitable", "denied", "did not",
        "discussed", "considered", "offered", "proposed", "suggested", "not deemed", "not be ", "obtained", "necessary",
        "appropriate", "indicated", "suitable", "needed",
        "elected", "never ", "not ", "opted", "preferred", "refused", "rejected", "wanted", "wished",
        "withheld in view"),
    (NOT_GIVEN, "before"): (
        " against", "avoid", "contraindication to", "declined", "declines", "denied access to",
        "ineligible for", "defer", "delay", "postpone", "hold off",
        "instead of", "keen on", "naive to", "never ", "no ", "not ", "rather than",
        "refused", "refuses", "reluctant to ", "unable to ", "unwilling to ", "without"),
    (PRIOR, "after"): (
        " tolerated", "->", "/", "19", "20", "abandoned", "administered", "best response", "between", "ceased",
        "cessation", "changed", "completed", "converted", "cycles", "dc", "discontinuation", "discontinued",
        "ended", "failed", "failure", "for ", "from", "given", "halted", "held permanently", "ineffective",
        "interrupted", "last dose", "mo", "pd ", "progressed", "progression after", "refractory", "replaced",
        "resistant", "stop", "switched", "terminated", "treated", "unsuccessful", "until", "used", "weeks",
        "withdrawal", "withdrawn", "without ", "wk", "yr", "year", "week", "pd", "x"),
    (CURRENT, "after"): (
        "allowing", "continued", "continues", "continuing", "current", "date", "maintained", "mission", "now",
        "on hold", "ongoing", "paused", "present", "reintroduced", "remains", "restarted", "resumed", "since",
        "so far", "sponse", "til ", "to this day", "today", "well tolerated", "which "),
    (STARTED, "after"): (
        "led to", "resulted", "produced", "induced", "brought", "added", "begun", "commenced", "initiated",
        "instituted", "introduced", "obtained", "prescribed", "started"),
    (STARTED, "before"): (
        "neoadjuvant", "administered", "beg", "changed to", "commenc", "in favo", "initiat", "introduc", "placed on",
        "prescribed", "put on", "rechallenge with", "rechallenged with", "redifferentiation ", "replaced by",
        "replaced with", "start", "substituted by", "switching to"),
    (PLANNED, "after"): (
        " be ", "advised", "an option", "applied for", "approv", "at progression", "available", "awaited",
        "considered", "discussed", "funded", "funding", "if", "intended", "next month", "next week", "offered",
        "on progression", "pending", "planned", "proposed", "recommended", "reimburse", "requested",
        "scheduled", "sought", "subject to", "suggested", "to commence", "to start", "under discussion",
        "unless", "will follow", "would be"),
    (PLANNED, "before"): (
        "advised", "appl", "approval for", "await", "begin", "candidate for", "commence", "consider", "could",
        "discuss", "eligible for", "enrol", "funding for", "future", "if", "initiate", "initiation", "intend",
        "introduction", "may", "might", "next line", "offer", "option", "plan", "potential", "prefer", "propos",
        "receive", "recommend", "referred for", "request", "scheduled for", "screening for", "should ", "start",
        "suggest", "switch to", "unless", "will ", "would "),
}  # fmt: skip
"""Substrings of which every match contains at least one, for costly patterns: without them the pattern is not tried."""

STATUS_PATTERNS = tuple(
    (
        status,
        side,
        re.compile(rf"(?<![\w-])(?:{words})(?!\w)" if side == "before" else rf"(?:(?<!\w)|(?=\W))(?:{words})(?!\w)"),
        REQUIRED_SUBSTRINGS.get((status, side), ("",)),
    )
    for status, side, words in STATUS_CUES
)
STATUS_RANK = {"": 0, DOSED: 1, GIVEN: 2, STARTED: 3, CURRENT: 4, PRIOR: 5, PLANNED: 6, NOT_GIVEN: 7}
