"""Rejects text that contains an identifier, reporting its kind and offsets and never its value.

The check may miss some: it recognises identifiers by their form or by a label next to them, and a name without a title
or label passes. The sender confirms that the note is de-identified; the check only catches slips.
Source: the 18 identifiers of HIPAA Safe Harbor, 45 CFR 164.514(b)(2).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.note_text import flatten
from schemas.inputs.faults import Fault, InputError

MONTH_NAME = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|"
    r"OCT|NOV|DEC)"
)
FULL_MONTH_NAME = r"(?:January|February|March|April|June|July|August|September|October|November|December)"
DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
YEAR = r"(?:19|20)\d\d"
CAPITALISED_NAME = r"[A-ZÀ-Ý][a-zà-ÿ]+(?:[-'][A-ZÀ-Ý][a-zà-ÿ]+)?|[A-ZÀ-Ý][a-z]?[a-z']*[A-Z][a-zà-ÿ]+"
EPONYM = r"(?:H(?:ü|u|ue)rthle|Graves|Hashimoto|Paget|Hodgkin|Warthin|Bethesda|Plummer|Basedow|Cowden|Gardner|Turin)"
"""Eponyms of diseases and classes, which may follow `called` and `known as`."""

STREET_TYPE = (
    r"(?:Street|Str\.|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln\.?|Drive|Boulevard|Blvd\.?|Court|Way|"
    r"Place|Square|Close|Crescent|Terrace|Gardens|Grove|Hill|Park|Row|Mews|Parkway|Highway)"
)

NATIONAL_NUMBER = (
    r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])|\b(?:SSN|(?i:social security)(?: number| no\.?)?|NI(?:NO| "
    r"number)|(?i:national (?:insurance|id|identity))(?: number| no\.?)?|(?i:passport)(?: number| no\.?)?)"
    r"\s*[:#]?\s*(?=[A-Z ]*\d)[A-Z0-9][A-Z0-9 -]{5,14}\b|\b[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]\b|"
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b"
)
"""National numbers: United States, United Kingdom, Italy, and any after a label such as `passport`."""

NATIONAL_NUMBER_CANDIDATE = re.sub(r"\(\?<?[=!][^()]*\)", "", NATIONAL_NUMBER)
"""`NATIONAL_NUMBER` without its look-around assertions, which engines such as RE2 lack: it matches the same texts, and
a few more."""

IDENTIFIER_PATTERNS = tuple(
    (kind, re.compile(pattern, flags))
    for kind, pattern, flags in (
        ("email", r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}", 0),
        ("url",
            r"\b(?:https?://|www\.)[^\s<>]{3,200}|\b[a-z0-9-]{2,40}\.(?:com|org|net|edu|gov|nhs\.uk|co\.uk|"
            r"de|fr|it)/[^\s<>]{1,100}", re.IGNORECASE),
        ("ip_address", r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])", 0),
        ("phone",
            r"(?<![\w.])(?:\+\d{1,3}[\s.-]?(?:\(?\d{1,4}\)?[\s.-]?){2,5}\d{2,4}|"
            r"\(\d{3,5}\)\s?\d{3,4}[\s-]?\d{3,4}|\d{3}[-.]\d{3}[-.]\d{4}|"
            r"(?<!\d)0\d(?:[ .-]\d\d){4}(?!\d)|"
            r"0\d{2,4}[\s/-]\d{3,4}[\s-]?\d{3,4}(?:[\s-]?\d{2})?)(?![\w])", 0),
        ("phone",
            r"\b(?:tel(?:ephone)?|phone|mobile|cell|fax|bleep|pager|ext(?:ension)?|call(?:ed)? (?:on|"
            r"at))\b\.?\s*(?:number|no\.?)?\s*[:#]?\s*\+?\(?\d[\d\s()./-]{3,20}\d", re.IGNORECASE),
        ("national_id", NATIONAL_NUMBER, 0),
        ("record_number",
            r"\b(?:MRN|medical record(?: number| no\.?)?|hospital (?:number|no\.?|id)|hosp\.? (?:no\.?|"
            r"number)|record (?:number|no\.?)|patient (?:number|no\.?|id(?:entifier)?)|pid|chart(?: number| no\.?|"
            r"(?= ?#))|"
            r"case (?:number|no\.?)|file (?:number|no\.?)|unit (?:number|no\.?)|NHS(?: number| "
            r"no\.?)?|URN|UHID|CHI(?: number| no\.?)?|encounter (?:number|no\.?|id)|admission (?:number|"
            r"no\.?))\s*(?:is|was)?\s*[:#]?\s*[A-Z]{0,4}[-/]?\d[\dA-Z/ -]{3,16}\b", re.IGNORECASE),
        ("accession_number",
            r"\b(?:accession|acc\.?|specimen|lab(?:oratory)?|histology|pathology|path|block|biopsy|report|"
            r"requisition|cytology)\s*(?:number|no\.?|nr\.?|ref(?:erence)?\.?|#|"
            r"id)\s*[:#]?\s*[A-Z]{0,4}[-/.]?\d[\dA-Z/.-]{3,16}\b|"
            r"\b[A-Z]{1,2}(?:19|20)?\d{2}[-/]\d{4,7}\b", re.IGNORECASE),
        ("insurance_number",
            r"\b(?:insurance|policy|member|medicare|medicaid|health plan|beneficiary|subscriber|account|"
            r"invoice|certificate|licen[cs]e)\s*(?:number|no\.?|id|#)\s*[:#]?\s*[A-Z]{0,4}[-/]?\d[\dA-Z "
            r"-]{4,16}\b", re.IGNORECASE),
        ("device_serial",
            r"\b(?:serial|s/n|device|implant|pacemaker|lot|imei|udi)\s*(?:number|no\.?|id|"
            r"#)?\s*[:#]\s*[A-Z]{0,4}[-/]?\d[\dA-Z/-]{4,20}\b|\b(?:serial|device|implant) (?:number|no\.?) "
            r"[A-Z]{0,4}[-/]?\d[\dA-Z/-]{4,20}\b", re.IGNORECASE),
        ("address",
            rf"\b\d{{1,5}}[A-Za-z]?,?\s+(?:[A-Z][a-z'.-]+\s+){{1,3}}{STREET_TYPE}(?![a-z])|"
            rf"\b[A-Z][a-zß]+(?:strasse|straße|weg|platz|gasse|laan|straat)\s+\d{{1,4}}\b|"
            rf"\b(?:Via|Viale|Piazza|Corso|Calle|Rue|Plaza)\s+(?:(?:de|del|della|la|"
            rf"di)\s+)*[A-ZÀ-Ý]\w+(?:\s+[A-Z]\w+)?,?\s+\d{{1,4}}\b|"
            rf"\b\d{{1,4}},?\s+(?:rue|avenue|boulevard|via|calle)\s+(?:de\s+|la\s+|du\s+|"
            rf"des\s+)*[A-Z][a-zé]+|\bP\.?\s?O\.? Box \d+|\b(?:home )?address\s*:\s*\S+", 0),
        ("postal_code",
            r"\b(?:GIR\s?0AA|(?:[A-PR-UWYZ]\d{1,2}|[A-PR-UWYZ][A-HK-Y]\d{1,2}|[A-PR-UWYZ]\d[A-HJKSTUW]|"
            r"[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY])\s\d[ABD-HJLNP-UW-Z]{2})\b|\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|"
            r"GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|"
            r"W[AIVY])\s+\d{5}(?:-\d{4})?\b|\b(?:D|F|I|CH|NL|B|E)-\d{4,5}\s+[A-ZÀ-Ý]|"
            r"(?<![\d.,])\d{5}\s+(?!Patients|Platelets|Units|Cells|Reads|Copies|Cases)[A-ZÀ-Ý][a-zà-ÿ]{3,}\b|"
            r"\b(?i:zip|postal|post)\s?-?(?i:code)\s*:?\s*[A-Z0-9]{3,5}[ "
            r"-]?[A-Z0-9]{0,4}\b", 0),
        ("date",
            rf"(?<![\d./-])(?:{DAY}[./-](?:0?[1-9]|1[0-2])[./-](?:{YEAR}|\d\d)|(?:0?[1-9]|"
            rf"1[0-2])/{DAY}/(?:{YEAR}|\d\d)|{YEAR}[-/.](?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])|"
            rf"(?:0?[1-9]|1[0-2])[/.-]{YEAR}|{YEAR}[-/](?:0[1-9]|1[0-2]))(?![\d/]|\.\d|\s*(?:mm|cm|mg|gy|years?|"
            rf"months?|weeks?|days?)\b)", 0),
        ("date",
            rf"\b{DAY}(?:\s+of)?[\s.-]*{MONTH_NAME}\b\.?(?:[\s,.-]*{YEAR})?|\b{MONTH_NAME}\.?\s+{DAY}\b(?!\s*(?:mg|"
            rf"mCi|mm|cm|GBq|%|\d))(?:,?\s*{YEAR})?|\b{MONTH_NAME}\.?[\s,'-]+{YEAR}\b|\b(?:in|since|until|from|"
            rf"during|early|late|mid|by|to|of|last|this|next)[\s-]+{FULL_MONTH_NAME}\b|\b(?:DOB|date of birth|"
            rf"born on|d\.o\.b\.?)\s*:?\s*[\d./-]{{4,12}}", 0),
        ("age_over_89",
            r"\b(?:9\d|1[0-2]\d)\s*[- ]?\s*(?:years?|yrs?)?[- ]?(?:old|of age|y\.?/?o\.?\b)|\b(?:aged?|"
            r"age:)\s*(?:of\s+)?(?:9\d|1[0-2]\d)\b(?!\s*(?:\+|%|mg|days|months|weeks))|\bninety(?:[- "
            r"](?:one|two|three|four|five|six|seven|eight|nine))?[- ]years?[- ]old|\b(?:9\d|1[0-2]\d)[- "
            r"]year(?:s)?[- ](?:old|female|male)|\b(?:man|woman|male|female|patient|lady|gentleman|"
            r"person) of (?:9\d|1[0-2]\d)\b"
            r"(?: years?| yrs?)?(?!\s*(?:mg|mm|%|days|months))", re.IGNORECASE),
        ("age_over_89", r"(?<![\d.,/-])(?:9\d|10\d) ?[FM](?![A-Za-z0-9/'-])", 0),
        ("name",
            rf"\b(?:Mr|Mrs|Ms|Miss|Mister|Herr|Frau|Monsieur|Madame|Mme|Sig\.ra|Señora?|"
            rf"Sra?)\.?\s+(?:[A-Z]\.\s*)*(?!(?:is|was|has|The)\b)(?:{CAPITALISED_NAME})|\b(?:Dr|Prof|Professor|Doctor|"
            rf"Sister|Nurse)\.?\s+(?:[A-Z]\.\s*)*(?:{CAPITALISED_NAME})", 0),
        ("name",
            rf"\b(?:[Pp]atient(?:'s)? [Nn]ame|[Nn]ame|NAME|[Ss]urname|[Ff]irst [Nn]ame|[Ff]amily [Nn]ame|"
            rf"[Nn]ext of kin|NOK|[Ss]igned(?: by)?|[Dd]ictated by|[Rr]eferred by|[Ss]een by|[Rr]eported by|"
            rf"[Cc]onsultant|[Ss]urgeon|[Rr]adiologist|[Pp]athologist|[Pp]hysician|[Aa]ttending|GP|PATIENT|"
            rf"[Pp]atient|[Pp]t|[Rr][Ee]|[Hh]usband|[Ww]ife|[Dd]aughter|[Ss]on)\s*:\s*(?!(?:Female|Male|"
            rf"Woman|Man|The|A|An|No|Not|Age|Aged|Year|Years|Papillary|Thyroid|None|Known|Post|Status|Pt|"
            rf"See|Date|History|Metastatic|Stage|Good|Well|Living|Healthy|Alive|Recommend\w*|Tumou?r|Total|"
            rf"Follicular)\b)(?:{CAPITALISED_NAME})", 0),
        ("name",
            rf"\b(?:named|(?<!so )(?<!so-)called|known as|my name is|patient name is|(?:husband|wife|daughter|son|"
            rf"mother|"
            rf"father|brother|sister),)\s+(?!{EPONYM})(?:{CAPITALISED_NAME})\b", 0),
    )
)  # fmt: skip


MAX_REPORTED_IDENTIFIERS = 50
"""Identifiers reported in one error."""


@dataclass(frozen=True)
class IdentifierHit:
    """Kind and offsets of an identifier. It contains no text."""

    kind: str
    start: int
    end: int


def find_identifiers(text: str) -> list[IdentifierHit]:
    """Return all identifiers with a known form, in the order of the text, without overlaps."""
    hits: list[IdentifierHit] = []
    for candidate in sorted(_identifier_hits(flatten(text)), key=lambda hit: (hit.start, -hit.end)):
        if not hits or candidate.start >= hits[-1].end:
            hits.append(candidate)
    return hits


def _identifier_hits(flat: str) -> Iterator[IdentifierHit]:
    for kind, pattern in IDENTIFIER_PATTERNS:
        for match in pattern.finditer(flat):
            if kind != "phone" or 7 <= sum(letter.isdigit() for letter in match.group()) <= 15 or ":" in match.group():
                yield IdentifierHit(kind, match.start(), match.end())


class IdentifierError(InputError):
    """Raised for a note with identifiers; `hits` are their kinds and offsets."""

    def __init__(self, hits: Sequence[IdentifierHit]) -> None:
        self.hits = tuple(hits)
        super().__init__(
            Fault(
                "note",
                f"contains an identifier ({hit.kind}) at characters {hit.start} to {hit.end}",
                "remove it: notes must be de-identified",
            )
            for hit in hits
        )


def refuse_identifiers(text: str) -> None:
    """Reject a note that contains identifiers.

    Raises: IdentifierError with the kind and offsets of each identifier, never its text.
    """
    hits = find_identifiers(text)
    if hits:
        raise IdentifierError(hits[:MAX_REPORTED_IDENTIFIERS])
