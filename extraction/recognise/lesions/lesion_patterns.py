"""Patterns that distinguish a lesion from a scan of an organ, and a metastasis from a lump."""

import re

PRIMARY_SITES = frozenset({"thyroid", "thyroglossal_duct"})
SITES_NEEDING_METASTASIS = frozenset(
    {"distant", "heart", "oesophagus", "larynx", "great_vessel", "parotid", "cns", "breast", "prostate", "ovary",
     "kidney", "pancreas", "pericardium"}
)  # fmt: skip
"""Sites that count only with the word metastasis itself: notes name them for many other reasons."""

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
MALIGNANT_WORD = re.compile(
    r"\b(?:fdg[- ]positive|disease (?:in|involving|within|affecting) (?:the|both|his|her)|metasta\w*|mets?\b|"
    r"secondaries|deposits?|"
    r"carcinomatosis|disseminat\w*|recur\w*|p?t\d[ab]?\s?n[01x][ab]?\s?[cp]?m1[a-c]?\b|"
    r"relaps\w*|implants?|miliary|micronodul\w*|proven|malignant|involvement|spread|persistent "
    r"disease|progressive disease|[cp]?m1[a-c]?\b|oligometa\w*|micrometa\w*|filiae|iodine-?avid|rai-?avid|"
    r"from (?:follicular|papillary|thyroid))"
)
KNOWN_DISEASE_WORD = re.compile(
    r"\b(?:known|hypermetabolic|persistent|residual|progress\w*|target|index|avid|concentrat\w+|recurr\w*|"
    r"measurable|disease|cytolog\w* (?:proven|confirmed)|fna|positive|carcinoma|confirmed)\b"
)
BENIGN_WORD = re.compile(
    r"\b(?:stones?|simple|cysts?|haemangioma|hemangioma|goit(?:re|er)|polyp|aneurysm|lipoma|"
    r"calcified granuloma|hernia|abscess|effusion|hamartoma|diverticul\w+)\b"
)
RESECTION_WORD = re.compile(
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
MEASURED_WORD = re.compile(
    r"\b(?:largest|biggest|dominant|index|target|measur\w+|nodules?|lesions?|mass\w*|nodes?|it|"
    r"they|metasta\w+|deposit\w*|grew|grown|enlarg\w+|increas\w+|decreas\w+|shr[aiu]nk\w*)\b"
)
SUBCENTIMETRE_WORD = re.compile(
    r"\b(?:sub-?\s?centimet(?:re|er)(?:ic|s)?|subcm|sub-cm|millimetric|miliary|micronodul\w+|"
    r"micrometasta\w+|tiny|punctate)\b"
)
MULTIPLE_WORD = re.compile(
    r"\b(?:innumerable|numerous|countless|multiple|several|diffuse|disseminated|miliary|many|extensive|bilateral)\b"
)
CLAUSE_VERB = re.compile(
    r"\b(?:was|were|is|are|has|had|showed|shows|revealed|without|no|not|with|for|from|after|before|to|by|in)\b"
)
THYROID_TUMOUR = re.compile(
    r"\b(?:thyroid|bethesda|cytologically|carcinoma|cancer|microcarcinoma|primary|ptc|ftc|mtc|lobe|tumou?r (?:size|"
    r"diameter|measur\w+)|isthmus|tumou?r\b|pt\d|thyroglossal)"
)
SPREAD_WORD = re.compile(r"\b(?:metasta\w*|mets\b|lymph|nodes?\b|nodal|recurren\w*|deposit\w*|secondar\w+)")
LUMP_WORD = re.compile(
    r"\b(?:lesions?|lumps?|nodules?|disease|mass\w*|tumou?rs?|nodes?|lns?|foci|micronodules|lymph nodes?)\b"
)
SUSPICIOUS_WORD = re.compile(
    r"\b(?:known|target|index|growing|grew|grown|enlarg\w+|progress\w*|increas\w+|avid|suspicious|palpable|fixed|"
    r"fdg|new|"
    r"concentrat\w+|iodine|uptake|persisted|innumerable|countless|numerous|multiple|several|multifocal|scattered|"
    r"accumulation|confirmed|invad\w+|infiltrat\w+|encas\w+|hypermetabolic)\b"
)
CONFIRMED_BY_BIOPSY = re.compile(
    r"\b(?:fnac?|fnab|biops\w+|cytolog\w+|histolog\w+|aspirat\w+|core)\b[^.;]{0,40}\b(?:confirm\w*|prov\w+|show\w*|"
    r"reveal\w*|positive|consistent|demonstrat\w+)\b[^.;]{0,30}(?:metasta|malignan|carcinoma|ptc|ftc|mtc)|"
    r"\bconfirmed (?:as |to be )?metasta\w+|\bbiopsy-?\s?proven"
)
DENIED_AFTER = re.compile(
    r"^\s*(?:metasta\w+|mets|lesions?|disease|involvement|nodules?|spread)?\s*[:=]\s*(?:none|no\b|nil|negative|absent|"
    r"not\b|neg\b|-(?=\s|$))"
)
