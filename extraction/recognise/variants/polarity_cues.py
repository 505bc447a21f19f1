"""Cues for the result of a gene test, as data: positive, negative or open.

They match lower-case text: a case-insensitive pattern takes three times as long.
"""

import re

NEGATIVE, POSITIVE, OPEN = "negative", "positive", "open"
FOUND_WORD = (
    r"(?:detected|identified|found|present|seen|observed|mutated|rearranged|altered|fused|demonstrated|amplified|"
    r"confirmed|detectable|identifiable|evident|noted|shown|revealed|evidenced|reported|retrieved|discovered)"
)
SHOW_VERB = (
    r"(?:reveal|show|detect|identify|find|harbou?r|carry|demonstrate|contain|bear|have|yield|disclose|uncover|exhibit|"
    r"display|report|evidence|confirm)"
)
TESTING_NOUN = r"(?:testing|tests?|analysis|sequencing|panel|ngs|status|genotyping|results?|molecular|profiling)"
BE_VERB = r"(?:was|were|is|are|has been|have been|had been|be)"
POLARITY_CUES = (
    (OPEN, "both",
        r"pending|await(?:ed|ing|s)|outstanding|to follow|not yet \w+|in progress|requested|"
        r"(?:sent|submitted) (?:off )?for|waiting for|yet to be \w+|"
        r"not (?:been )?(?:yet )?(?:tested|done|performed|assessed|examined|available|evaluated|analy[sz]ed|"
        r"evaluable|informative|carried out|undertaken|interpretable|determined|known|checked|studied|requested|"
        r"sent|ordered|explored|investigated|sequenced|sufficient|conclusive|assessable|looked for|part of|covered)|"
        r"never (?:been )?(?:tested|done|performed|checked|analy[sz]ed|assessed|sequenced)|unknown|untested|"
        r"unclear|insufficient|inadequate|inconclusive|uninformative|non-?diagnostic|"
        r"(?:(?:did|does|do|was|is|were|are|had|has|have) )?(?:not|no|without) (?:have )?(?:enough|sufficient|"
        r"adequate|remaining|available|more)? ?(?:\w+ )?"
        r"(?:material|tissue|dna|rna|sample|specimen)(?: (?:to|for|left|available|remain\w*))*|"
        r"(?<!cytologically )indeterminate(?! (?:[\w.]+[ -]){0,3}(?:nodule|cytolog|lesion|smear|aspirat|biops|"
        r"categor))|failed(?! to)|equivocal|ordered|n/?a\b|nd\b|n\.d\.|qns|"
        r"unavailable|could not be (?:determined|tested|assessed|performed|sequenced|evaluated|analy[sz]ed|done)|"
        r"under ?way|is being (?:tested|done|performed|analy[sz]ed)|(?:will|should|to|can|may|must) be "
        r"(?:tested|sent|performed|done|analy[sz]ed|checked|requested|repeated|looked for|assessed|sequenced|"
        r"considered)|"
        rf"{TESTING_NOUN} (?:{BE_VERB} )?(?:recommended|advised|suggested|planned|declined|refused|arranged|considered|"
        r"proposed|discussed|offered)|"
        r"(?:recommend\w*|suggest\w*|arrange\w*|request\w*|plan|consider\w*|advis\w*|propos\w*) (?:\w+ )?"
        r"(?:testing|sequencing|analysis|genotyping|panel|ngs)"),
    (NEGATIVE, "before",
        r"no(?! longer)|not(?! only)|without|negative for|absence of|lack of|lacked|lacks|lacking|devoid of|"
        r"(?:wild[- ]?type|wt|unmutated|intact) (?:for|at|in)|"
        rf"(?:did|does|do) not {SHOW_VERB}|(?:failed|fails|unable|failing) to {SHOW_VERB}|could not {SHOW_VERB}|"
        rf"failure to {SHOW_VERB}|"
        r"(?:revealed|showed|identified|detected|found|demonstrated|harbou?red|carried|had|has|yielded|disclosed) "
        r"(?:neither|no)|"
        r"neither|exclud(?:ed|es|ing)|free of|free from|nor|absence of any|without any|"
        r"(?:tested|was|were|is|are|came back|screened|screening|proved) negative for|no evidence of|no sign of|"
        r"absent(?= (?:the )?(?:mutation|variant|rearrangement|fusion|alteration)|:)|negative:|wild[- ]?type:|"
        r"not detected:|non-detected:|not found:|none of"),
    (NEGATIVE, "after",
        r"(?:was|were|is|are|tested|testing|status|came back|returned|proved|turned out|screen(?:ed)?|"
        r"result(?:s|ed)?|has been|have been)?\s*:?\s*(?:all |both |also |each |reported |found to be |to be |as |"
        r"again |repeatedly |twice )*(?:negative|neg\b)|"
        r"(?:was|were|is|are|has|have)?\s*(?:been )?(?:all |both )?not(?=\s*(?:[.;,)]|$))|"
        r"(?:was|were|is|are|has|have|could|can)?\s*(?:been )?(?:all |both |also )?(?:not|never|n't) (?:be )?(?:been )?"
        rf"(?:convincingly |clearly |reliably )?{FOUND_WORD}|"
        r"(?:was|were|is|are)?\s*(?:all |both )?(?:undetected|undetectable|unremarkable|nonmutated)|"
        r"\(\s*-+\s*\)|(?<=[a-z0-9])-(?=\s*(?:[,;./)]|$))|-\s?ve\b|\[-\]|(?<=\s)-(?=\s*(?:[,;.]|$))|"
        r"(?:considered|interpreted as|regarded as|deemed|read as|called)\s+negative|"
        rf"(?:was |were )?(?:looked|searched|sought|tested|screened|checked|examined)\s*(?:for)?,?\s*(?:and|but) "
        rf"(?:was |were )?(?:not|never) {FOUND_WORD}|but (?:was |were )?(?:not|never) {FOUND_WORD}|"
        r":\s*(?:none|no|nil|absent|0)(?=\s*(?:[.,;)]|$))|neg\.|\bnone (?:detected|found|identified)"),
    (NEGATIVE, "either",
        r"wild\s+type|:\s*no (?:pathogenic )?(?:mutation|fusion|rearrangement|alteration|variant|abnormality)s?\b|"
        r"wild[- ]?type|"
        r"wt\b|unmutated|non[- ]?mutated|unaltered|non[- ]?rearranged|unrearranged|no mutations?|"
        r"(?:show|reveal|identif|detect|found|demonstrat|yield|disclos)\w* (?:no (?:\w+ )?(?:mutations?|alterations?|"
        r"variants?|abnormalit\w+|changes?)|(?:a )?wild[- ]?type)(?! (?:in|of|for|at)\b)|"
        rf"(?:(?:{BE_VERB}|could be) )?(?:also |both |all |therefore )*(?:excluded|ruled out|absent)"),
    (POSITIVE, "either", r"mutated|mutant|rearranged"),
    (POSITIVE, "before",
        r"positive for|(?:harbou?r|carri|carry|show|reveal|detect|identif|demonstrat|disclos|found|"
        r"confirm|uncover|contain|express|evidenc|display|exhibit|return)\w*|with|mutations? (?:of|in)|"
        r"known|presence of|driven by|activating|pathogenic|oncogenic|had|has|have|bearing|yielded|positive:|"
        r"reported|concomitant|concurrent|coexisting|co-existing|somatic|germline|hotspot|detected:|found:"),
    (POSITIVE, "after",
        r"(?:was|were|is|are|tested|status|came back|returned|has been|turned out)?\s*:?\s*(?:also |both |all |"
        r"strongly |found to be |to be |weakly |diffusely )*(?:positive|pos\b)|"
        r"(?:was|were|is|are|has been|have been|had been|could be)\s*(?:also |both |all |subsequently |later |then |"
        rf"again |finally |eventually )*{FOUND_WORD}|"
        r"[- ]driven|\(\s*\++\s*\)|\+(?=\s*(?:[,;./)]|$|ve))|\[\+\]|:\s*yes\b|detected|identified|"
        r"mut\b(?!\.?\s*(?:neg|not\b|no\b|stat|-|:|\(|test|was|were|is|anal|none|abs|unk|pend|wt|wild))|"
        r"present|mut\+|m\+"),
)  # fmt: skip
REQUIRED_SUBSTRINGS: dict[tuple[str, str], tuple[str, ...]] = {
    (NEGATIVE, "after"): (
        "(", "-", ":", "altered", "amplified", "but ", "checked", "confirmed", "demonstrated", "detectable",
        "detected", "evidenced", "evident", "examined", "found", "fused", "identifiable", "identified",
        "looked", "mutated", "neg", "none ", "not", "present", "rearranged", "reported", "screened", "searched",
        "seen", "shown", "sought", "tested", "unremarkable", "ve"),
    (NEGATIVE, "either"): (
        "abnormalit", "absent", "alteration", "change", "excluded", "fusion", "mutated", "mutation",
        "rearranged", "rearrangement", "ruled out", "unaltered", "variant", "wild", "wt"),
    (POSITIVE, "after"): (
        "(", "+", "altered", "amplified", "confirmed", "demonstrated", "detectable", "detected", "discovered",
        "driven", "evidenced", "evident", "found", "fused", "identifiable", "identified", "mut", "noted",
        "observed", "pos", "present", "rearranged", "reported", "retrieved", "revealed", "seen", "shown", "yes"),
    (POSITIVE, "either"): (
        "mutant", "mutated", "rearranged"),
}  # fmt: skip
"""Substrings of which every match contains at least one, for costly patterns: without them the pattern is not tried."""

POLARITY_PATTERNS = tuple(
    (
        polarity,
        side,
        re.compile(
            rf"(?<!\w)(?:{words})(?!\w)"
            if side != "after"
            else rf"(?!\s)(?:(?<![a-z0-9])|(?=[^a-z0-9]))(?:{words})(?!\w)"
        ),
        REQUIRED_SUBSTRINGS.get((polarity, side), ("",)),
    )
    for polarity, side, words in POLARITY_CUES
)
