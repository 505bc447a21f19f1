"""Phrases that no vocabulary has: radioiodine, scans, lesions and their course, by kind and code.

Source: wordings of case reports, discharge letters and radiology reports. No summary uses them as codes, so they are
here and not in knowledge/vocabulary.
"""

RADIOIODINE_PHRASES = (
    "radioiodine|radio iodine|radioactive iodine|radioactive iodide|radioiodide|radio-active "
    "iodine|RAI|RAIT|RIT|I-131|I131|"
    "131I|131-I|(131)I|(131) I|iodine-131|iodine 131|131-iodine|131 iodine|I-131 sodium iodide|sodium iodide I-131|"
    "radioablation|radio-ablation|iodine ablation|radiometabolic therapy|radiometabolic treatment|"
    "metabolic radiotherapy|"
    "radiometabolic ablation|iodine therapy|iodine treatment|Na131I|NaI-131|131-iodide|RRA|remnant ablation|"
    "radioiodine ablation|radionuclide iodine|iodotherapy|internal radiotherapy with iodine|I 131|radioactive I131|"
    "thyroid remnant ablation|RAI ablation|radioiodine-131|131J|J-131|ablation of the thyroid remnant|iodine I 131|"
    "radio-iodine|I[131]|131 I|[131I]|radioactive-iodine|nuclear iodine|RaI|Rai|iodine 131 I|iodine-131 I"
)
SCAN_PHRASES = (
    "whole-body scan|whole body scan|WBS|body scan|dxWBS|rxWBS|scintigraphy|scintigram|"
    "post-therapy scan|post-treatment scan|"
    "post-ablation scan|diagnostic scan|scan|scans|whole-body scintigraphy|SPECT/CT|SPECT|"
    "post-therapeutic scan|imaging|"
    "post-Tx scan|post-tx scans|post therapy scans|scintiscan|scintigraphic|post-dose scan|uptake scan|PTWBS|"
    "iodine scan|post-RAI scan|whole-body imaging|therapy scan|posttherapy scan|posttreatment scan|TxWBS|wbs's"
)
OTHER_TRACER_PHRASES = (
    "FDG|18F-FDG|18-FDG|F-18|18F|fluorodeoxyglucose|PET|PET/CT|PET-CT|positron emission tomography|SUV|SUVmax|Tc-99m|"
    "99mTc|technetium|sestamibi|DOTATATE|DOTATOC|gallium|68Ga|Ga-68|PSMA|MIBG|bone scan|bone scintigraphy|thallium|"
    "pertechnetate|contrast uptake|MIBI|thyroid scan|thyroid scintigraphy|metabolically active|"
    "octreotide scan|octreoscan"
)
METASTATIC_PHRASES = (
    "metastasis|metastases|metastatic|metastasised|metastasized|mets|met|secondaries|secondary "
    "deposits|deposit|deposits|"
    "micrometastases|micrometastasis|macrometastases|carcinomatosis|dissemination|disseminated|spread|involvement|"
    "recurrence|recurrent|recurred|relapse|infiltration|infiltrates|implants|carcinosis|metastatic disease|"
    "metastasizing|metastasising|filiae|involved|tumour thrombus|tumor thrombus|recurrences|micronodular metastases|"
    "oligometastases|oligometastatic|metastasectomy|invading|metastasis to|disease in|persistent "
    "disease|residual disease|"
    "disease|tumour deposits|tumor deposits|relapsed|M1|pathological|pathologic|malignant|PTC|FTC|carcinoma|cancer"
)
LUMP_PHRASES = (
    "nodule|nodules|nodular|lesion|lesions|mass|masses|node|nodes|opacities|opacity|swelling|"
    "swellings|tumour|tumor|tumours|"
    "tumors|foci|focus|conglomerate|micronodules|metastasis|metastases|mets|met|deposit|deposits|recurrence|adenopathy|"
    "lymphadenopathy|LN|LNs|carcinoma|cancer|microcarcinoma|infiltrate|infiltrates|nodularity|"
    "growth|bulk|implant|implants|lump|lumps|"
    "lymphadenopathies|adenopathies|secondaries|PTC|FTC|primary|thickening|pulmonary|lymph|spot|spots|conglomerates"
)
RESECTED_PHRASES = (
    "resected|excised|removed|resection|excision|extirpated|extirpation|metastasectomy|wide excision|wedge resection|"
    "en bloc resection|lobectomy|arthroplasty|dissection|dissected|curettage|ablated surgically|enucleated|"
    "nephrectomy|hysterectomy|craniotomy|completely removed|lymphadenectomy|thoracoscopic|hepatectomy|adrenalectomy|"
    "taken out|surgically treated|operated|removal|sternectomy|corpectomy|shave excision|thyroidectomy|pneumonectomy"
)
BENIGN_PHRASES = (
    "sarcoidosis|sarcoid|haemangioma|hemangioma|haemangiomas|hemangiomas|fibrous dysplasia|myxoma|"
    "hamartoma|tuberculosis|"
    "granuloma|granulomas|granulomatous|meningioma|cyst|simple cyst|cysts|osteoarthritis|infection|pneumonia|reactive|"
    "abscess|fungal|cryptococcal|cryptococcosis|aspergillosis|histoplasmosis|silicosis|scar|scarring|fibrosis|"
    "Paget disease|Paget's disease|enchondroma|lipoma|schwannoma|neurofibroma|paraganglioma|degenerative|osteoporotic|"
    "osteoporosis|fracture|benign|non-malignant|second primary|adenocarcinoma|lymphoma|myeloma|renal cell carcinoma|"
    "melanoma|necrosis|inflammatory|thymoma|thymus|thymic hyperplasia|mucinous|primary lung "
    "cancer|bone island|teratoma|"
    "struma|physiological|physiologic|contamination|artefact|artifact|chondroma|eosinophilic granuloma|nocardiosis|"
    "pulmonary embolism|rounded atelectasis|intrapulmonary lymph node|organizing pneumonia|organising pneumonia"
)
PROVED_PHRASES = (
    "final diagnosis|turned out to be|turned out|proved to be|proved|proven to be|revealed|showed|biopsy|histology|"
    "histopathology|diagnosed|diagnosed with|diagnosed as|diagnosis was revised|consistent with|confirmed|"
    "in keeping with|compatible with|was found to be|pathology|due to|represent|represented|represents|attributed to"
)
BENIGN_THYROID_PHRASES = (
    "Graves|Graves'|Graves disease|Graves' disease|hyperthyroidism|hyperthyroid|thyrotoxicosis|"
    "toxic adenoma|toxic nodule|"
    "toxic goitre|toxic goiter|toxic multinodular|Basedow|Plummer|autonomous nodule|benign goitre|benign goiter|"
    "thyrotoxic|toxic nodular|toxic nodular goitre|toxic nodular goiter|hot nodule|overactive thyroid|goitre|goiter|"
    "morbus Basedow|Basedow's disease|autonomous adenoma|toxic multinodular goiter|toxic multinodular goitre"
)
SITE_PHRASES = {
    "bone": "sacral|femoral|humeral|costal|thoracic spine|lumbar spine|cervical spine|hip|clavicle|mandible|mandibular|"
            "iliac|ischium|pubis|pubic|iliac crest|scapular|tibia|fibula|radius|ulna|maxilla|vertebral column|"
            "hip joint|bone marrow|pelvic bones|osteolytic|osteolytic lesions|lytic|sclerotic bone|manubrium|coccyx|"
            "cranial vault|parietal bone|occipital bone|frontal bone|temporal bone|hemipelvis|thoracic vertebra|"
            "lumbar vertebra|lumbar vertebrae|thoracic vertebrae|clivus|orbital bone|sacroiliac joint|bony pelvis|"
            "OSS|femoral neck|femurs|humeri|acetabular|sternoclavicular joint|vertebral bodies|knee|"
            "shoulder blade|odontoid process|odontoid",
    "lung":
        "miliary mets|miliary metastases|miliary disease|miliary spread|miliary metastasis|lung parenchyma|"
        "bipulmonary|chest nodules|right lower lobe|left lower lobe|right upper lobe|left upper lobe|"
            "middle lobe|lung fields|lung field|both lung fields|bilateral lung|intrapulmonary|lower lobe|upper lobe|"
            "lingula|pulm|subpleural|perifissural|lung bases|lung base|lungs bilaterally|RUL|RLL|LLL|LUL|RML|"
            "micronodular lung|lung apex|"
            "PUL|both lung|pulmonary fields|lobe of the lung|pulmonary parenchyma|lung metastatic",
    "lymph_node": "nodal|lymph nodal|lymphatic|ganglion|lymphnode|lymphnodes|LNs|LAD",
    "lymph_node_neck": "cervical LN|cervical LNs|cervical chain|jugular chain|level IIa|cervical adenopathy|"
                       "lateral cervical|laterocervical|neck LN|neck LNs|cervical lymphadenopathies|jugulo-carotid",
    "lymph_node_mediastinal": "adenopathy mediastinal|adenopathies mediastinal|nodes mediastinal|mediastinal LN|"
    "mediastinal LNs|mediastinal adenopathies|mediastinal lymph node",
    "adrenal": "ADR",
    "liver": "HEP|segment VII|hepatic segment|liver segment|liver lesion|intrahepatic|liver lobe",
    "brain": "BRA|cerebrum|intracerebral|frontal|brain parenchyma|posterior fossa|parasagittal|pontine|hemispheric",
    "neck_soft_tissue": "paratracheal",
    "thyroid":
        "left lobe of the thyroid|right lobe of the thyroid|left thyroid lobe|right thyroid lobe|left "
        "lobe|right lobe|"
               "thyroid nodule|lobe of the thyroid|lobe of her thyroid|lobe of his thyroid",
    "pleura": "PLE|pleural deposits|pleural nodule|pleura",
    "skin": "scalp|skin nodule",
}  # fmt: skip
HISTOLOGY_PHRASES = {
    "papillary": "papillary microcarcinoma|papillary thyroid microcarcinoma|PTMC|mPTC|papillary tumour of the thyroid|"
                 "papillary ca|papillary thyroid ca|papillary type thyroid cancer|papillary thyroid "
                 "tumour|papillary ca thyroid|"
                 "papillary thyroid tumor|papillary carcinoma of the thyroid gland|thyroid papillary microcarcinoma|"
                 "papillary cancer of the thyroid|papillary carcinoma thyroid|papillary neoplasm|"
                 "micropapillary carcinoma|"
                 "papillary microcarcinomas|carcinoma papillare|papillary thyroid malignancy|papillary histology",
    "follicular": "follicular ca|follicular thyroid ca|follicular cancer of the thyroid|follicular thyroid tumour|"
                  "follicular carcinoma thyroid|follicular thyroid malignancy|follicular thyroid tumor|"
                  "follicular histology|"
                  "follicular carcinoma of the thyroid gland",
    "oncocytic": "Hurthle cell cancer|oncocytic cancer|oncocytic thyroid cancer|oncocytic carcinoma of the thyroid|"
                 "oxyphilic carcinoma|oxyphil carcinoma|Hürthle-cell thyroid carcinoma|HCC of the thyroid|"
                 "Hürthle carcinoma|"
                 "Hurthle carcinoma|Hurthle cell thyroid carcinoma|Hürthle cell thyroid carcinoma|HTC|"
                 "oncocytic follicular carcinoma",
    "poorly_differentiated": "PDTC|poorly differentiated thyroid ca|poorly differentiated cancer|insular carcinoma|"
                             "poorly differentiated thyroid tumour|poorly differentiated component",
    "anaplastic":
        "anaplastic transformation|anaplastic dedifferentiation|anaplastic thyroid ca|anaplastic "
        "cancer|anaplastic",
    "medullary": "medullary ca|medullary thyroid ca|medullary carcinoma of thyroid|medullary thyroid tumour|sMTC|hMTC|"
                 "familial medullary thyroid carcinoma",
}  # fmt: skip
SUBTYPE_PHRASES = {
    "minimally_invasive": "min. invasive|min invasive|minimal invasive",
    "widely_invasive": "wide invasive",
}
BURDEN_PHRASES = {
    "none":
        "no evidence of disease|NED|disease-free|disease free|free of disease|no evidence of "
        "recurrence|no recurrence|"
            "no evidence of recurrent disease|complete remission|in remission|tumour-free|tumor-free|"
            "without recurrence|"
            "no sign of recurrence|no signs of recurrence|free of recurrence|no evidence of residual "
            "disease|without evidence of disease|"
            "no evidence of persistent disease|excellent response|no evidence of tumor|no evidence of "
            "tumour|recurrence-free|"
            "without any metastasis|no residual disease|no structural or biochemical evidence of disease|no relapse|"
            "no evidence of relapse|no evidence of thyroid cancer relapse|without evidence of recurrence|"
            "no evidence of local recurrence or metastasis|"
            "no evidence of recurrent thyroid cancer|no evidence of thyroid cancer|no evidence of "
            "recurrence or metastasis|"
            "no evidence of active disease|no detectable disease|without signs of recurrence|clinically "
            "disease free|cancer-free|"
            "without evidence of recurrent disease|no signs of relapse|no sign of relapse|no tumour "
            "recurrence|no tumor recurrence|"
            "no recurrence of disease|free from recurrence|no evidence of recurrence or metastases|no "
            "disease recurrence|"
            "free of recurrent disease|no evidence of any disease|without relapse|remains disease free|no "
            "evidence of structural disease|"
            "never been any sign of recurrence|never been any evidence of recurrence|"
            "no evidence of persistent or recurrent disease|"
            "disease has not recurred|cancer has not recurred|tumour has not recurred|tumor has not recurred|"
            "alive without disease|without disease recurrence|no recurrent disease|"
            "no signs of disease|no sign of disease|without evidence of disease recurrence|"
            "no biochemical or structural evidence of disease|no evidence of biochemical or structural disease|"
            "free from disease|no demonstrable disease|no evidence of local or distant recurrence",
    "biochemical_only": "biochemical only|biochemical disease only|biochemical disease|biochemical incomplete response|"
                        "biochemical persistence|biochemically persistent|no structural correlate|without "
                        "any structural correlate|"
                        "without structural correlate|biochemical recurrence|biochemical evidence of "
                        "disease|biochemically incomplete|"
                        "without structural disease|no structural disease|Tg-positive scan-negative|"
                        "biochemical relapse|"
                        "thyroglobulin-positive scan-negative|TENIS|without identifiable structural "
                        "disease|no identifiable structural disease|"
                        "without a structural correlate|no structural evidence of disease|only biochemical",
    "microscopic":
        "microscopic residual disease|microscopic residual|microscopic disease|micrometastatic|"
        "micrometastases|micrometastasis|"
                   "micronodular|miliary|subcentimetre|subcentimeter|sub-centimetre|sub-centimeter|"
                   "subcentimetric|sub-cm|"
                   "microscopic margin|microscopic residual tumour|microscopic residual tumor|minimal residual disease|"
                   "microscopically positive margin|microscopic tumour|millimetric|micronodules|tiny metastases|"
                   "subcentimeter-sized|occult metastases|microscopic foci|sub centimetre|microscopic "
                   "nodal disease|miliary-type",
    "macroscopic":
        "bulky|gross residual disease|gross residual tumour|gross residual tumor|macroscopic disease|"
        "macronodular|"
                   "macroscopic residual disease|giant mass|huge mass|large mass|massive disease|"
                   "massive local disease|massive metastatic disease|massive tumour|"
                   "massive tumor|massive invasion|bulky disease|"
                   "gross disease|macrometastases|"
                   "structural disease|macroscopic residual|large metastases|large metastasis|cannonball|"
                   "macroscopic|voluminous|"
                   "large soft tissue mass|extensive tumour|extensive tumor|macroscopic metastases|"
                   "measurable disease|gross tumour|"
                   "gross tumor|structurally evident disease|incompletely resected|debulking|"
                   "macro-metastases|cannon ball|cannon-ball",
}  # fmt: skip

PHRASE_TABLES: dict[str, dict[str, str]] = {
    "rai": {"rai": RADIOIODINE_PHRASES},
    "scan": {"scan": SCAN_PHRASES},
    "tracer": {"other": OTHER_TRACER_PHRASES},
    "malignant": {"malignant": METASTATIC_PHRASES},
    "lump": {"lump": LUMP_PHRASES},
    "resected": {"resected": RESECTED_PHRASES},
    "benign": {"benign": BENIGN_PHRASES},
    "proved": {"proved": PROVED_PHRASES},
    "benign_thyroid": {"benign_thyroid": BENIGN_THYROID_PHRASES},
    "lesion_site": SITE_PHRASES,
    "histology": HISTOLOGY_PHRASES,
    "histology_subtype": SUBTYPE_PHRASES,
    "burden": BURDEN_PHRASES,
}

CASE_SENSITIVE_PHRASES = (
    "RIT",
    "HTC",
    "TENIS",
    "M1",
    "LAD",
    "LN",
    "RRA",
    "SUV",
    "PET",
    "RAI",
    "RaI",
    "Rai",
    "LNs",
    "RUL",
    "RLL",
    "LLL",
    "LUL",
    "RML",
    "PUL",
    "OSS",
    "HEP",
    "BRA",
    "ADR",
    "PLE",
)
"""Abbreviations that match only as written here: in lower case they are other words or meaningless."""
