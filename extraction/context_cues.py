"""Context cues as data: phrases that mark a fact as negated, uncertain, planned, of another person or superseded.

Source: the method of NegEx and ConText (doi:10.1006/jbin.2001.1029, doi:10.1016/j.jbi.2009.05.002); the phrases are
those of oncology letters.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class CuePhrase:
    """Phrases of one category, and where they apply. Units: `reach` in characters, within the sentence."""

    category: str
    direction: str
    reach: int
    phrases: tuple[str, ...]


def _cue_phrase(category: str, direction: str, reach: int, phrases: str) -> CuePhrase:
    return CuePhrase(category, direction, reach, tuple(phrase.strip() for phrase in phrases.split("|")))


CUES = (
    _cue_phrase("negated", "after", 60, (
        "no|not|without|denies|denied|never|nor|neither|no evidence of|no evidence for|no sign of|no "
        "signs of|absence of|"
        "negative for|free of|ruled out|excluded|did not have|does not have|has no|had no|without evidence of|"
        "without any|did not show|does not show|did not reveal|showed no|revealed no|no history of|lack of|lacking|"
        "failed to show|failed to reveal|failed to demonstrate|not associated with|rather than|instead of|"
        "no convincing|no suspicious|no definite|no demonstrable|nil|no known|no radiological|did not demonstrate|"
        "no suggestion of|not consistent with|no longer has|cleared of|not due to|unremarkable for|did not receive|"
        "has not received|had not received|has never received|never received|has not had|not been given|"
        "has never had|never had|had never received|declined|refused|opted against|unwilling to "
        "receive|decided against|"
        "has yet to receive|not suggestive of|no indication of")),
    _cue_phrase("negated", "before", 50, (
        "was ruled out|were ruled out|ruled out|has been ruled out|was excluded|were excluded|has "
        "been excluded|is absent|"
        "are absent|was absent|were absent|absent|not seen|not present|not found|not detected|not identified|not given|"
        "not visible|not demonstrated|was negative|were negative|not administered|not performed|not received|"
        "not been given|not been administered|not been received|not been performed|has never been given|"
        "never given|not confirmed|could be excluded|could not be found|not done|was disproved|not carried out|"
        "not evident|no longer present|was not used|not used|never been given|never administered|"
        "was omitted|were omitted|omitted|withheld|not offered|were not observed|was not observed|not observed|"
        "was declined|were declined|was deferred|were deferred|deferred|postponed|was refused|not "
        "started|never started|never commenced|not initiated|not begun|"
        "not commenced|not indicated|not recommended|not considered|not planned|contraindicated|nil")),
    _cue_phrase("uncertain", "after", 60, (
        "concern about|concerns about|concerns of|concern of|question of|raised concern for|worries about|fear of|"
        "suspected|suspicious for|suspicious of|suspicion of|suspect|possible|possibly|probable|"
        "probably|likely|presumed|"
        "cannot rule out|cannot exclude|could not exclude|can not rule out|can not exclude|could not rule out|"
        "not exclude|to rule out|to exclude|rule out|query|questionable|suggestive of|suggesting|suggested|"
        "thought to be|thought to represent|considered to be|consistent with possible|concern for|concerning for|"
        "worrisome for|may be|may represent|might be|could represent|could be|indeterminate|equivocal|differential|"
        "differential diagnosis|versus|unclear whether|tentative diagnosis of|clinical diagnosis of|initially thought|"
        "thought to have|believed to be|believed to have|appeared to be|working diagnosis of|provisional diagnosis of|"
        "the suspicion of|raised suspicion|raised the possibility of|the possibility of|interpreted as|mimicking|"
        "suspicious|suspicious pulmonary|assumed to be|not excluded|apparently|radiologically suspicious|?")),
    _cue_phrase("uncertain", "before", 45, (
        "too small to characterise|too small to characterize|cannot be excluded|cannot be ruled out|"
        "could not be excluded|could not be ruled out|can not be excluded|"
        "is suspected|was suspected|were suspected|suspected|not excluded|is possible|was considered|were considered|"
        "is uncertain|was uncertain|is unclear|were thought|was thought|questioned|not ruled out|not been excluded|"
        "not be excluded|to be excluded|to be ruled out|under investigation|was raised|is questionable")),
    _cue_phrase("family", "after", 200, (
        "mother|father|sister|brother|aunt|uncle|cousin|grandmother|grandfather|daughter|son|sibling|siblings|relative|"
        "relatives|parents|family history|family hx|fhx|maternal|paternal|niece|nephew|twin|sisters|brothers|daughters|"
        "sons|cousins|family member|family members|husband|wife|half sister|half brother")),
    _cue_phrase("family", "before", 90, "|".join(
        f"{link} {whose} {who}"
        for link in ("in", "of") for whose in ("his", "her", "the patient's", "a", "one", "their")
        for who in ("mother", "father", "sister", "brother", "daughter", "son", "aunt", "uncle", "cousin", "twin",
                    "sibling", "husband", "wife", "relative", "niece", "nephew", "grandmother", "grandfather"))),
    _cue_phrase("none", "after", 0, (
        "negative on|were negative on|was negative on|are negative on|negative at the iodine|imaging studies|"
        "laboratory studies|molecular studies|staging studies|genetic studies|further studies|"
        "radiological studies|functional studies|imaging study|"
        "mother noticed|father noticed|accompanied by his wife|accompanied by her husband|accompanied by her daughter|"
        "accompanied by his daughter|accompanied by her son|accompanied by his son|lives with|no family history|"
        "not only|no change|no increase|no growth|no progression|no new|no further|no other|no additional|no response|"
        "no significant change|no significant|no improvement|no uptake|no further change|no complications|"
        "without complications|no complication|without progression|not increased|not progressed|not changed|"
        "no pathological uptake|no abnormal uptake|no iodine uptake|no radioiodine uptake|no rai "
        "uptake|no 131 i uptake|"
        "no i 131 uptake|no significant uptake|no visible uptake|no longer|lack of uptake|lack of radioiodine uptake|"
        "absence of uptake|without uptake|absence of radioiodine uptake|lack of iodine uptake|no tracer uptake|"
        "no evidence of uptake|not avid|not resected|not resectable|not operable|not measurable|not responding|"
        "not respond|did not respond|no interval change|not concentrate|did not concentrate|not take "
        "up|did not take up|"
        "not suitable|no accumulation|no regression|no adverse|no toxicity|no radiotracer uptake|no detectable uptake|"
        "no contraindication|not tolerate|not tolerated|no longer concentrated|no longer concentrate|not amenable|"
        "failed to concentrate|failed to show uptake|failed to take up|no measurable uptake|no focal uptake|no fdg|"
        "not sensitive|not previously irradiated|no correlate|not yet|most likely due|not biopsied|no biopsy")),
    _cue_phrase("planned", "after", 70, (
        "planned|plan to|plan for|plans to|planning|will receive|will be treated|will be given|will start|will undergo|"
        "will commence|to receive|to start|to commence|to begin|scheduled|scheduled for|is scheduled|recommend|"
        "recommended|we recommend|recommends|consider|considering|proposed|propose|suggest|awaiting|"
        "awaits|referred for|sent for|"
        "candidate for|candidates for|eligible for|due to start|due to receive|discussed starting|"
        "discussed the option of|"
        "option of|options include|options are|admit for|booked for|listed for|for consideration of|intend to|"
        "intended to|intention to|apply for|applied for|application for|request for|we discussed|discussed|offer|"
        "was offered|offered|were offered|proceed to|proceed with|aim to|to be treated with|advised|future|will be|"
        "would benefit from|may benefit from|waiting for|switch to be made to|would be|agreed to|we would|"
        "to be started on|to be considered for|assess for|assessment for|evaluate for|awaits funding for|screening for|"
        "repeat|should receive|should start|should be treated|should undergo|should be given|needs|arrange|"
        "with a view to|in preparation for|prior approval for|funding for|being considered for|to consider")),
    _cue_phrase("planned", "before", 160, (
        "is planned|was planned|are planned|were planned|planned|is scheduled|was scheduled|will be started|"
        "will be given|will be repeated|is recommended|was recommended|recommended|was proposed|is proposed|proposed|"
        "is being considered|was considered|were considered|considered|to be started|to be considered|to start|"
        "will follow|is intended|was discussed|were discussed|is due|will be considered|will be administered|"
        "is awaited|next month|next week|to follow|was suggested|was advised|is advised|is under discussion|"
        "would be an option|is an option|remains an option|as the next line|to be given|will be commenced|"
        "will be offered|was offered|has been offered|is to be started|has been requested|to commence|"
        "will be initiated|funding requested|approval pending|pending approval|may be considered|could be considered")),
    _cue_phrase("conditional", "after", 120, (
        "if|should|in case of|in the event of|unless|whether|would|were to|in case|once approved|upon progression|"
        "at progression|on progression|in the absence of|provided that|assuming|when eligible|could")),
    _cue_phrase("other_person", "after", 160, (
        "other patients|other cases|other fatal cases|of them|in the literature|literature|reported cases|case series|"
        "cases reported|patients with|in patients|most patients|studies|a study|trials have|phase 3|phase iii|"
        "previous reports|have been reported|were screened|cohort|guidelines|is known to occur|are known to|"
        "is known to be associated|occurs in|"
        "is reported in|has been reported|review of|patients treated|approved for|is indicated|clinical trial of|"
        "trial of|trial for|requires|"
        "index patient|donor|another patient|second patient|previously reported cases|"
        "previously reported patients|"
        "among patients|in our series|in this series|of patients|a trial|trials")),
    _cue_phrase("none", "after", 0,
                "our patients with|we present two patients with|review of systems|review of the slides"),
    _cue_phrase("historical", "after", 70, (
        "history of|prior|previous|previously|past|formerly|in the past|years ago|status post|s/p|remote")),
    _cue_phrase("superseded", "before", 90, (
        "was revised|was changed to|was refuted|were refuted|was corrected|turned out to be|proved to be|"
        "proven to be|was reclassified|were reclassified|was disproved|later ruled out|subsequently ruled out|"
        "was erroneous|in error|entered in error|was incorrect|has been retracted|was amended to|"
        "turned out to have|was later revised|was subsequently revised|is now considered to be|found to be benign|"
        "proved benign|was not confirmed|were not confirmed|could not be confirmed|not confirmed|not substantiated")),
    _cue_phrase("superseded", "after", 80, (
        "initially misdiagnosed as|misdiagnosed as|initially diagnosed as|originally diagnosed as|"
        "initially reported as|originally reported as|initially classified as|initially read as|"
        "mistaken for|initially considered|initially interpreted as|erroneously|previously labelled|"
        "previously labeled|originally reported|first reported as|initially labelled|initially thought to be")),
)  # fmt: skip

CUE_TERMINATORS = (  # noqa: SIM905
    "but|however|although|though|except|apart from|other than|whereas|while|yet|because|nevertheless|despite|besides|"
    "aside from|therefore|which|until|instead|which is|still"
).split("|")
"""Words that end the reach of a cue."""
