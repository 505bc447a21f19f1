"""Lesions: where they are, how large, and whether they are there, suspected, removed, or something else after all."""

import re
from collections.abc import Iterator
from dataclasses import replace

from extraction.context import context_of
from extraction.reading import Finding, Reading, Sentence, Term
from extraction.recognise.sizes import Size, sizes

VERTEBRA = re.compile(r"\b(?:(?:TH|Th|[TLCS])\d{1,2}(?:\s?[-/]\s?(?:TH|Th|[TLCS])?\d{1,2})?)\b(?!\s*N\d|N\d)")
SPINE_NEAR = re.compile(r"\b(?:vertebra\w*|spine|spinal|metasta\w*|mets?|lytic|sclerotic|bone|osseous|body|sacr\w*)\b")
NO_LESION_AFTER = re.compile(
    r"^[\s-]*(?:ct\b|mri\b|pet|scan|scans|x-?ray|radiograph|ultraso\w*|function|enzymes|pain|"
    r"dissection|resection|biops\w+|density|window|marrow|cancer screening|lobectomy|"
    r"surgery|wedge|transplant|failure|injury|capacity|volume|fibrosis|infection|embol\w+|"
    r"hypertension|imaging|sonogra\w+|scintigraphy|cartilage|thrombosis|us\b|specialist|clinic|"
    r"oedema|edema|auscultation|sounds|fields were clear|were clear|was clear|is clear|are clear|"
    r"clear|was normal|were normal|normal|unremarkable|free\b|healing|arthroplasty|neck "
    r"dissections?|"
    r"lymphadenectomy|dissections|exploration|parameters|impairment|insufficiency|cavity|wall "
    r"resection|stones?|cysts?|compartment(?: neck)? (?:dissection|clearance)|clearance|"
    r"radiotherapy|irradiation|palsy|"
    r"department|referral|examination|swab|tenderness|removal|collar|stiffness|sparing|artery|vein|"
    r"vessels?|replacement|graft|bed uptake|uptake|node removal)"
)
NO_LESION_BEFORE = re.compile(
    r"\b(?:ct|mri|ultrasound|sonography|x-?ray|scan|imaging|examination|us|radiograph|radiotherapy|"
    r"irradiation|tomography|resonance|dissection)\s+(?:scan\s+)?(?:of\s+)?(?:the\s+|her\s+|"
    r"his\s+)?(?:\w+\s+(?:and|,)\s+)?$"
)
PRIMARY = frozenset({"thyroid", "thyroglossal_duct"})
SILENT = frozenset(
    {
        "distant",
        "heart",
        "oesophagus",
        "larynx",
        "great_vessel",
        "parotid",
        "cns",
        "breast",
        "prostate",
        "ovary",
        "kidney",
        "pancreas",
        "pericardium",
    }
)
"""Sites that need the word metastasis itself: their names stand in notes for many other reasons."""

SURE = re.compile(
    r"\b(?:metasta\w*|mets?\b|secondaries|deposits?|carcinomatosis|disseminat\w*|recur\w*|"
    r"relaps\w*|implants?|miliary|micronodul\w*|proven|malignant|involvement|spread|persistent "
    r"disease|progressive disease|m1\b|oligometa\w*|micrometa\w*|filiae|iodine-?avid|rai-?avid|"
    r"from (?:follicular|papillary|thyroid))"
)
KNOWN = re.compile(
    r"\b(?:known|persistent|residual|progress\w*|target|index|avid|concentrat\w+|recurr\w*|"
    r"measurable|disease|cytolog\w* (?:proven|confirmed)|fna|positive|carcinoma|confirmed)\b"
)
BENIGN_IN_WORD = re.compile(
    r"\b(?:stones?|simple|cysts?|haemangioma|hemangioma|goit(?:re|er)|polyp|aneurysm|lipoma|"
    r"calcified granuloma|hernia|abscess|effusion|hamartoma|diverticul\w+)\b"
)
RESECTED = re.compile(
    r"\b(?:resect(?:ed|ion)|excis(?:ed|ion)|removed|removal|metastasectomy|extirpat\w+|"
    r"arthroplasty|nephrectomy|craniotomy|corpectomy|wedge|enucleat\w+|dissection|lymphadenectomy|"
    r"curettage|sternectomy|hepatectomy|adrenalectomy|taken out)\b"
)
NOT_RESECTED = re.compile(
    r"\b(?:unresect\w+|not (?:been )?(?:resect\w+|remov\w+|amenable|operable)|irresect\w+|"
    r"inoperable|could not be|incomplete|remaining|residual|recurred|biops\w+ and)\b"
)
NODE_SURGERY = re.compile(
    r"\b(?:dissection|lymphadenectomy|excised|resected|removed|specimen|of \d+ (?:lymph )?nodes|"
    r"\d+\s*/\s*\d+|removal)\b"
)
ANAPHORIC = re.compile(
    r"(?:\b(?:excision|resection|removal|extirpation)\s+of\s+(?:the|this|that|her|"
    r"his)\s+(?:entire\s+|whole\s+)?(?P<what>\w+)|\b(?:the|this|that|"
    r"both)\s+(?P<what2>\w+)\s+(?:was|were|has been|had been)\s+(?:\w+\s+)?(?:excised|resected|"
    r"removed|enucleated|extirpated))"
)
LUMPS = frozenset(
    "mass masses lesion lesions nodule nodules tumour tumor tumours tumors swelling metastasis "  # noqa: SIM905
    "metastases node nodes deposit recurrence".split()
)
LARGEST = re.compile(
    r"\b(?:largest|biggest|dominant|index|target|measur\w+|nodules?|lesions?|mass\w*|nodes?|it|"
    r"they|metasta\w+|deposit\w*|grew|grown|enlarg\w+|increas\w+|decreas\w+|shr[aiu]nk\w*)\b"
)
SMALL = re.compile(
    r"\b(?:sub-?\s?centimet(?:re|er)(?:ic|s)?|subcm|sub-cm|millimetric|miliary|micronodul\w+|"
    r"micrometasta\w+|tiny|punctate)\b"
)
MANY = re.compile(
    r"\b(?:innumerable|numerous|countless|multiple|several|diffuse|disseminated|miliary|many|extensive|bilateral)\b"
)
RECENT = 100
"""Lesions that a later sentence can still speak of; a bound, so that a long list costs no more than its length."""

PROVED_BENIGN = 90
"""Units: characters between `proved to be` and the benign diagnosis."""

VERB = re.compile(
    r"\b(?:was|were|is|are|has|had|showed|shows|revealed|without|no|not|with|for|from|after|before|to|by|in)\b"
)
CHUNK = re.compile(r"[,;:.](?=\s)|\n|\band\b(?=[^,;]{0,60}\d\s*(?:mm|cm))|\b(?:but|while|whereas|as well as)\b")
THYROID_TUMOUR = re.compile(
    r"\b(?:thyroid|carcinoma|cancer|microcarcinoma|primary|ptc|ftc|mtc|lobe|tumou?r (?:size|"
    r"diameter|measur\w+)|isthmus|tumou?r\b|pt\d|thyroglossal)"
)
SPREAD = re.compile(r"\b(?:metasta\w*|mets\b|lymph|nodes?\b|nodal|recurren\w*|deposit\w*|secondar\w+)")
NO_DISTANT = re.compile(
    r"\b(?:no|without(?: any)?|no evidence of|absence of|negative for|excluded|"
    r"nor)\s+(?:\w+\s+){0,2}?(?:distant|systemic|remote)\s+(?:metasta\w+|spread|disease|mets)|\bno "
    r"metasta(?:ses|sis|tic disease)\b(?! (?:to|in) )"
)
DISTANT = re.compile(
    r"\bdistant\s+(?:metasta\w+|mets|spread|disease)|\bmetastatic\s+(?:(?:papillary|follicular|"
    r"differentiated|poorly|anaplastic|medullary|h(?:ü|u)rthle|oncocytic|thyroid|dtc|ptc|ftc|mtc|"
    r"cell|tall)\b[\s-]*)+"
)
STATED = re.compile(
    r"distant|systemic spread|remote|no metasta|metastatic|resectable|operable|amenable|locally|no other|no further"
)
UNRESECTABLE = re.compile(
    r"\b(?:unresectable|inoperable|not resectable|irresectable|not amenable to (?:surgery|resection)|non-resectable)\b"
)
ADVANCED = re.compile(r"\blocally advanced\b")
COMPLETE = re.compile(
    r"\bno other (?:lesions?|metasta\w+|sites? of (?:disease|metasta\w+)|disease|foci)\b|\bno further lesions?\b"
)


def find(reading: Reading) -> Iterator[Finding]:
    """Lesions in the order of the text; then what later sentences say has become of them."""
    found: list[Finding] = []
    all_sizes = sizes(reading)
    for index, sentence in enumerate(reading.sentences):
        own = [size for size in all_sizes if sentence.start <= size.start < sentence.end]
        before = found[-1] if found and index and found[-1].start >= reading.sentences[index - 1].start else None
        found = [*found[:-RECENT], *_resolved(reading, sentence, found[-RECENT:])]
        found = _resolved_here(reading, sentence, found + _sentence(reading, sentence, own, before))
    yield from found
    yield from _statements(reading)


def _sentence(reading: Reading, sentence: Sentence, own: list[Size], before: Finding | None) -> list[Finding]:
    sites = _sites(reading, sentence)
    if not sites and not own:
        return []
    pending: list[Size] = []
    out: list[Finding] = []
    for start, end in _chunks(reading, sentence):
        here = [site for site in sites if start <= site.start < end]
        measured = [*pending, *(size for size in own if start <= size.start < end)]
        pending = []
        if measured and not here and end < sentence.end and _goes_on(reading, sites, end):
            pending, measured = measured, []
        last = next((one for one in reversed(out) if one.kind == "lesion"), None)
        out += _chunk(reading, (start, end), here, measured, last or before)
    return _merged(out)


def _chunks(reading: Reading, sentence: Sentence) -> Iterator[tuple[int, int]]:
    start = sentence.start
    for match in CHUNK.finditer(reading.lower, sentence.start, sentence.end):
        yield start, match.start()
        start = match.start()
    yield start, sentence.end


def _goes_on(reading: Reading, sites: list[Term], place: int) -> bool:
    """`a large 7 cm lobulated, presternal lesion`: the site comes after the comma."""
    return any(0 <= site.start - place <= 6 for site in sites) and not re.match(
        r"\s*(?:and|with)\b", reading.lower[place + 1 : place + 8]
    )


def _sites(reading: Reading, sentence: Sentence) -> list[Term]:
    terms = [term for term in reading.within(sentence, "lesion_site") if not _is_other(reading, sentence, term)]
    for match in VERTEBRA.finditer(reading.flat, sentence.start, sentence.end):
        if SPINE_NEAR.search(reading.near(match.start(), match.end(), 50, 40)):
            terms.append(Term("lesion_site", "bone", match.start(), match.end()))
    return sorted(terms, key=lambda term: term.start)


def _is_other(reading: Reading, sentence: Sentence, term: Term) -> bool:
    """A scan, an operation or a function of an organ is no lesion in it."""
    after = reading.lower[term.end : min(sentence.end, term.end + 40)]
    before = reading.lower[max(sentence.start, term.start - 40) : term.start]
    if "metasta" in reading.lower[term.start : term.end]:
        return False
    return bool(NO_LESION_AFTER.match(after) or NO_LESION_BEFORE.search(before))


def _chunk(
    reading: Reading, span: tuple[int, int], sites: list[Term], measured: list[Size], last: Finding | None
) -> list[Finding]:
    text = reading.lower[span[0] : span[1]]
    sentence = reading.sentence_at(span[0])
    around = reading.lower[sentence.start : sentence.end]
    if BENIGN_IN_WORD.search(text) and not SURE.search(text) and "thyroglossal" not in text:
        return []
    spots = [site for site in sites if site.code not in PRIMARY]
    out = [one for site in spots if (one := _lesion(reading, site, span, around)) is not None]
    for size in measured:
        _attach(reading, size, out, spots, sites, span, last)
    return out


def _lesion(reading: Reading, site: Term, span: tuple[int, int], around: str) -> Finding | None:
    """A site with a word of malignancy in its chunk, or in its sentence where a list goes on."""
    text = reading.lower[span[0] : span[1]]
    words = reading.lower[site.start : site.end]
    sentence = reading.sentence_at(site.start)
    sure = bool(SURE.search(text) or SURE.search(words))
    if (
        not sure
        and SURE.search(around)
        and re.match(
            r"^[,;:]?\s*(?:and\s+)?(?:the\s+|both\s+|left\s+|right\s+|bilateral\s+)*$",
            reading.lower[span[0] : site.start],
        )
    ):
        sure = True
    if not sure and (rest := SURE.search(reading.lower, site.end, min(sentence.end, site.end + 60))):
        sure = bool(
            re.fullmatch(r"(?:[\s,/&-]|\b(?:and|or|\w+)\b)*", reading.lower[site.end : rest.start()])
        ) and not VERB.search(reading.lower[site.end : rest.start()])
    if site.code in SILENT and not re.search(r"metasta|mets\b|secondar|deposit", text + words):
        return None
    if not sure and not (
        re.search(r"\b(?:lesions?|nodules?|disease|mass\w*|tumou?rs?|nodes?|foci|micronodules)\b", text)
        and re.search(
            r"\b(?:known|target|index|growing|enlarging|progressing|avid|suspicious|palpable|fixed|fdg|"
            r"concentrat\w+|iodine|uptake|persisted|progressed)\b",
            text,
        )
    ):
        return None
    found = _finding(reading, site.start, site.end, site.code, "lesions.site", sentence, None)
    if not sure and not KNOWN.search(text):
        return replace(found, value={**found.value, "status": "suspected"}, rule="lesions.plain", certainty="uncertain")
    return found


def _finding(
    reading: Reading, start: int, end: int, code: str, rule: str, sentence: Sentence, size: Size | None
) -> Finding:
    malignant = [term for term in reading.within(sentence, "malignant") if abs(term.start - start) < 70]
    context = context_of(reading, start, end, "historical", "planned")
    categories = set(context.categories)
    if malignant:
        nearest = min(malignant, key=lambda term: abs(term.start - start))
        said = context_of(reading, nearest.start, nearest.end).categories & {"uncertain", "negated"}
        word = reading.lower[nearest.start : nearest.end]
        if not word.startswith(
            ("metasta", "met", "deposit", "spread", "involve", "second", "carcinom", "implant", "dissemin")
        ):
            said -= {"negated"}
        categories |= said if abs(nearest.start - start) < 45 or "negated" in said else set()
    text = reading.lower[sentence.start : sentence.end]
    status = (
        "suspected"
        if "uncertain" in categories
        else "resected"
        if _is_resected(text, code, reading.lower[max(sentence.start, start - 60) : end + 60])
        else "current"
    )
    value: dict[str, object] = {"site": code, "status": status}
    if size is not None:
        value["size"] = size.written
    elif SMALL.search(reading.near(start, end, 45, 45)):
        value["size"] = "<10 mm"
    value["many"] = bool(MANY.search(reading.near(start, end, 40, 10)))
    also = ((size.start, size.end),) if size else ()
    certainty = "uncertain" if status == "suspected" else "stated"
    return Finding(
        "lesion", value, start, end, rule, frozenset(categories - {"uncertain"}), context.cue, certainty, also
    )


def _is_resected(sentence: str, code: str, near: str) -> bool:
    if NOT_RESECTED.search(near):
        return False
    if code.startswith("lymph_node"):
        return bool(NODE_SURGERY.search(near))
    return bool(RESECTED.search(near))


def _attach(
    reading: Reading,
    size: Size,
    out: list[Finding],
    spots: list[Term],
    sites: list[Term],
    span: tuple[int, int],
    last: Finding | None,
) -> None:
    """The size goes to the lesion of its chunk, else to the primary, else to the lesion named before."""
    text = reading.lower[span[0] : span[1]]
    sentence = reading.sentence_at(size.start)
    lesions = [one for one in out if one.kind == "lesion"]
    if lesions:
        nearest = min(lesions, key=lambda one: min(abs(one.start - size.end), abs(size.start - one.end)))
        _give(out, nearest, size)
    elif spots and reading.within(sentence, "lump"):
        site = min(spots, key=lambda one: min(abs(one.start - size.end), abs(size.start - one.end)))
        if site.code not in SILENT:
            one = _finding(reading, site.start, site.end, site.code, "lesions.measured", sentence, size)
            known = KNOWN.search(reading.lower[sentence.start : sentence.end])
            out.append(
                one
                if known or one.value["status"] == "resected"
                else replace(one, value={**one.value, "status": "suspected"}, certainty="uncertain")
            )
    elif _is_primary(reading, sentence, text, sites):
        out.append(_primary(reading, size, sentence))
    elif last is not None and "size" not in last.value and LARGEST.search(reading.lower[sentence.start : sentence.end]):
        out.append(replace(last, value={**last.value, "size": size.written}, also=(*last.also, (size.start, size.end))))
    elif last is not None and LARGEST.search(text):
        out.append(
            replace(
                last, value={**last.value, "size": size.written}, start=size.start, end=size.end, rule="lesions.series"
            )
        )


def _give(out: list[Finding], one: Finding, size: Size) -> None:
    """A second size of one mention is a second lesion of the same site."""
    place = out.index(one)
    if "size" in one.value and one.value["size"] != "<10 mm":
        out.append(replace(one, value={**one.value, "size": size.written}, also=((size.start, size.end),)))
    else:
        out[place] = replace(one, value={**one.value, "size": size.written}, also=(*one.also, (size.start, size.end)))


def _is_primary(reading: Reading, sentence: Sentence, text: str, sites: list[Term]) -> bool:
    around = reading.lower[sentence.start : sentence.end]
    if SPREAD.search(re.sub(r"\b(?:no|without)\b.*", "", text)):
        return False
    return bool(
        THYROID_TUMOUR.search(text)
        or (THYROID_TUMOUR.search(around) and not SPREAD.search(around))
        or any(site.code in PRIMARY for site in sites)
    )


def _primary(reading: Reading, size: Size, sentence: Sentence) -> Finding:
    context = context_of(reading, size.start, size.end, "historical", "planned", "uncertain")
    return Finding(
        "primary",
        {"size": size.written, "mm": str(size.largest_mm)},
        size.start,
        size.end,
        "lesions.primary",
        context.categories,
        context.cue,
    )


def _merged(found: list[Finding]) -> list[Finding]:
    """Two mentions of one site in a sentence, one of them with its size, are one lesion."""
    sized = {one.value["site"] for one in found if one.kind == "lesion" and "size" in one.value}
    seen: set[object] = set()
    out = []
    for one in found:
        key = (one.value.get("site"), one.value.get("size"), one.value.get("status"), one.context, one.kind)
        plain = one.kind == "lesion" and "size" not in one.value and one.value["site"] in sized
        if key not in seen and not plain:
            seen.add(key)
            out.append(one)
    return out


def _resolved(reading: Reading, sentence: Sentence, found: list[Finding]) -> list[Finding]:
    """What this sentence says of lesions named before: removed, or something else after all."""
    if not found:
        return found
    if _proves_benign(reading, sentence):
        sites = {site.code for site in reading.within(sentence, "lesion_site")}
        return [_superseded(reading, one, sentence) if _is_doubtful(one, sites) else one for one in found]
    text = reading.lower[sentence.start : sentence.end]
    if operated := _operated_sites(reading, sentence):
        planned = (
            context_of(reading, sentence.start, sentence.end).categories & {"planned", "conditional"}
            or "planned" in text
        )
        found = [
            _removed(one)
            if not planned
            and one.kind == "lesion"
            and one.value["site"] in operated
            and one.value["status"] == "current"
            else one
            for one in found
        ]
    match = ANAPHORIC.search(text)
    what = (match["what"] or match["what2"]) if match else None
    if what in LUMPS and not NOT_RESECTED.search(text):
        last = found[-1]
        return [_removed(one) if _same_place(one, last) else one for one in found]
    return found


def _resolved_here(reading: Reading, sentence: Sentence, found: list[Finding]) -> list[Finding]:
    """`thought to have lung metastases, but biopsy showed sarcoidosis`, all in one sentence."""
    if not _proves_benign(reading, sentence):
        return found
    return [
        _superseded(reading, one, sentence) if one.start >= sentence.start and _is_doubtful(one, set()) else one
        for one in found
    ]


def _operated_sites(reading: Reading, sentence: Sentence) -> set[str]:
    """Sites with an operation on them: `chest wall resection`, `resection of the sternum`."""
    text = reading.lower
    return {
        site.code
        for site in reading.within(sentence, "lesion_site")
        if re.match(r"\s*(?:resection|excision|metastasectomy)", text[site.end : site.end + 16])
        or re.search(
            r"(?:resection|excision|removal) of (?:the |a |her |his )?(?:\w+ )?$",
            text[max(sentence.start, site.start - 30) : site.start],
        )
    }


def _same_place(one: Finding, last: Finding) -> bool:
    return (
        one.kind == "lesion"
        and one.value["site"] == last.value.get("site")
        and one.value["status"] in ("current", "suspected")
    )


def _removed(one: Finding) -> Finding:
    return replace(one, value={**one.value, "status": "resected"}, certainty="stated")


def _proves_benign(reading: Reading, sentence: Sentence) -> bool:
    text = reading.lower
    for proved in reading.within(sentence, "proved"):
        for benign in reading.within(sentence, "benign"):
            between = text[proved.end : benign.start]
            if 0 <= benign.start - proved.end <= PROVED_BENIGN and not re.search(
                r"\b(?:no|not|without|excluded)\b|thyroid", between
            ):
                return True
    return False


def _is_doubtful(one: Finding, sites: set[str]) -> bool:
    if one.kind != "lesion" or one.value["status"] != "suspected":
        return False
    return not sites or one.value["site"] in sites or not sites & {str(one.value["site"])}


def _superseded(reading: Reading, one: Finding, sentence: Sentence) -> Finding:
    return replace(one, context=one.context | {"superseded"}, cue=reading.text[sentence.start : sentence.end][:80])


def _statements(reading: Reading) -> Iterator[Finding]:
    """Statements about the disease as a whole."""
    if not STATED.search(reading.lower):
        return
    for kind, pattern, value in (
        ("distant", NO_DISTANT, False),
        ("distant", DISTANT, True),
        ("unresectable", UNRESECTABLE, True),
        ("advanced", ADVANCED, True),
        ("lesions_complete", COMPLETE, True),
    ):
        for match in pattern.finditer(reading.lower):
            context = context_of(
                reading,
                match.start(),
                match.end(),
                "historical",
                "planned",
                *(() if value and kind != "lesions_complete" else ("negated",)),
            )
            yield Finding(
                kind, {"value": value}, match.start(), match.end(), f"lesions.{kind}", context.categories, context.cue
            )
