"""The one place where a patient fact is declared: columns, messages, templates and questions derive from it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from marshmallow import ValidationError, fields, post_load, validates_schema

from matching.interval import Interval
from schemas.added_facts import added_fact
from schemas.agreement import check_gaps, check_multiple, check_stopped
from schemas.alteration import Alteration, normalise_variant
from schemas.errors import Fault, InputError, faults_of
from schemas.fields import WITH_OTHERS, Ago, Code, FactSchema, Quantity, Records, Section, Text, Truth, UpTo, Version
from schemas.measured import Measured, check_unit
from schemas.plugins import FACTS, Added, added

Patient: TypeAlias = dict[str, Any]
"""A loaded summary: quantities, codes and truths by key; what was not stated is absent."""


class Performance(FactSchema):
    ecog = Quantity("ecog", "ECOG performance status", help="0 (fully active) to 4; WHO status is the same scale.")
    karnofsky = Quantity("performance_percent", "Karnofsky performance status")
    lansky = Quantity("performance_percent", "Lansky play-performance status", help="For patients under 16 years.")
    life_expectancy = Quantity("time", "life expectancy")


class Tnm(FactSchema):
    edition = Code("ajcc_edition", "TNM edition", help="The edition changes what T3 means; always keep it.")
    t = Code("t_category", "primary tumour category (T)")
    n = Code("n_category", "regional node category (N)")
    m = Code("m_category", "distant metastasis category (M)")


class Component(FactSchema):
    histology = Code("histology", "histology of the component")
    fraction = Quantity("percent", "share of the tumour")


class Diagnosis(FactSchema):
    histology = Code("histology", "histology")
    subtype = Code("histology_subtype", "histological subtype")
    components = Records(Component, "other histological components", one="component", complete="components_complete")
    components_complete = Truth("statement that no other component was found")
    stage = Code("stage_group", "stage group")
    tnm = Section(Tnm, "TNM")
    primary_size = Quantity("length", "largest diameter of the primary tumour")
    multifocal = Truth("multifocal primary")
    foci_total = Quantity("length", "sum of the diameters of all primary foci")
    margins = Code("margins", "resection margin", help="R0 none, R1 microscopic, R2 macroscopic residual tumour.")
    extrathyroidal_extension = Code("extrathyroidal_extension", "extrathyroidal extension")
    nodes_involved = Quantity("count", "number of involved lymph nodes")
    largest_node = Quantity("length", "diameter of the largest involved node")


class TestedGene(FactSchema):
    gene = Code("gene", "tested gene", required=True)
    scope = Code("test_scope", "what the test could find", default="all", help="all alterations if left out")
    assay = Code("assay", "assay")
    accreditation = Code("assay_accreditation", "accreditation of the laboratory")
    specimen = Code("specimen", "specimen tested")


class Variant(FactSchema):
    gene = Code("gene", "altered gene", required=True)
    alteration = Alteration("alteration", help="V600E, p.Val600Glu, c.1799T>A or C228T; left out when not specified.")
    alteration_type = Code(
        "alteration_type",
        "type of alteration",
        follows_from={"alteration": None, "fusion_partner": frozenset({"fusion"})},
    )
    codon = Quantity(
        "count",
        "codon",
        help="Read from the alteration; state it if only it is known.",
        follows_from={"alteration": None},
    )
    fusion_partner = Code("fusion_partner", "fusion partner", follows_from={"alteration": None})
    significance = Code("significance", "significance of the variant")
    functional_class = Code("functional_class", "functional class")

    @validates_schema
    def name_is_readable(self, data: dict[str, Any], **_: Any) -> None:
        normalise_variant(data)

    @post_load
    def normalise(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return normalise_variant(data)


class Genomics(FactSchema):
    tested = Records(TestedGene, "tested genes", one="tested gene", shorthand="gene", question="Was {gene} tested?")
    variants = Records(Variant, "variants found", one="variant", question="Was a further variant of {gene} found?")


class Course(FactSchema):
    activity = Quantity("activity", "administered activity")
    given = Ago("time since the course")
    intent = Code("rai_intent", "intent of the course")
    uptake = Code("uptake", "uptake on the scan after the course")
    response = Code("response", "best response to the course")
    progressed_after = Quantity("time", "time from the course to progression", may_not_exist=True)
    gap_before = Quantity("time", "time since the course before", help="Read from the dates where both are stated.")


class Scan(FactSchema):
    kind = Code("scan_kind", "kind of scan")
    done = Ago("time since the scan")
    uptake = Code("uptake", "uptake on the scan")
    tsh = Quantity("tsh", "TSH at the scan")
    low_iodine_diet = Truth("low-iodine diet before the scan")


class Judgement(FactSchema):
    value = Truth(
        "judged refractory to radioiodine", question="Does a clinician judge the disease radioiodine-refractory?"
    )
    by = Code("judge", "who judged", question="Who judged?")


class Radioiodine(FactSchema):
    received = Truth("radioiodine ever received", question="Was therapeutic radioiodine ever given?")
    courses = Records(
        Course, "radioiodine courses", one="course", complete="courses_complete", counted_by="number_of_courses"
    )
    courses_complete = Truth("statement that every course is listed")
    number_of_courses = Quantity("count", "number of radioiodine courses")
    cumulative_activity = Quantity("activity", "cumulative radioiodine activity")
    last_given = Ago("time since the last radioiodine course", may_not_exist=True)
    scans = Records(Scan, "radioiodine scans", one="scan", complete="scans_complete")
    last_scan = Section(Scan, "last radioiodine scan")
    scans_complete = Truth("statement that every radioiodine scan is listed")
    unsuitable = Truth("judged unsuitable for radioiodine")
    uptake_lost = Truth("uptake seen earlier and since lost")
    refractory_judgement = Section(Judgement, "judgement on refractoriness")

    @validates_schema
    def gaps_fit(self, data: dict[str, Any], **_: Any) -> None:
        check_gaps(data)


class Lesion(FactSchema):
    site = Code("lesion_site", "site")
    longest_diameter = Quantity("length", "longest diameter")
    short_axis = Quantity("length", "short axis", help="Lymph nodes are measured by their short axis (RECIST 1.1).")
    imaging = Code("imaging", "imaging that measured the lesion")
    status = Code("lesion_status", "status", default="current", help="current if left out")
    measurable = Truth("stated to be measurable by RECIST 1.1")
    rai_uptake = Code("uptake", "radioiodine uptake")
    uptake_scan = Code("scan_kind", "scan on which uptake was judged")
    uptake_judged = Ago("time since uptake was judged")
    change_since_rai = Code("response", "change since the last radioiodine")
    progressed_after_rai = Quantity("time", "time from radioiodine to progression of the lesion", may_not_exist=True)
    progressed = Truth("progressed")
    fdg_suvmax = Quantity("suv", "FDG SUVmax")
    fdg_avid = Truth("FDG-hypermetabolic")
    invasive = Truth("invades neighbouring structures")
    bulky = Truth("described as bulky")
    irradiated = Truth("previously irradiated or ablated")
    irradiated_ago = Ago("time since irradiation")
    progressed_since_irradiation = Truth("progressed since irradiation")


class Progression(FactSchema):
    progressed = Truth("documented progression", question="Is progression documented?")
    within = UpTo("time", "time within which progression was documented")
    documented = Ago("time since progression was last documented", may_not_exist=True)
    basis = Code("progression_basis", "basis of the progression")
    since_last_therapy = Truth("progression on or after the last systemic therapy")


class ImagingStudy(FactSchema):
    technique = Code("imaging", "technique", required=True)
    region = Code("body_region", "region of the body")
    done = Ago("time since the study")


class Disease(FactSchema):
    lesions = Records(Lesion, "lesions", one="lesion", complete="lesions_complete", counted_by="number_of_lesions")
    lesions_complete = Truth("statement that every lesion is listed")
    number_of_lesions = Quantity("count", "number of lesions")
    largest_diameter = Quantity("length", "diameter of the largest lesion", may_not_exist=True)
    lung_nodules = Quantity("count", "number of lung nodules", help="Solid, not calcified, and fitting metastases.")
    imaging = Records(
        ImagingStudy,
        "imaging studies",
        one="imaging study",
        question="Was the {region} imaged by {technique}, and when?",
    )
    stated_burden = Code("burden", "stated disease burden")
    metastatic = Truth("distant metastasis", question="Is there distant metastasis?")
    locally_advanced = Truth("locally advanced disease")
    unresectable = Truth("unresectable disease")
    recurrent = Truth("recurrent disease")
    progression = Section(Progression, "progression")
    thyroglobulin = Quantity("thyroglobulin", "thyroglobulin")
    tg_antibodies = Code(
        "tg_antibodies", "thyroglobulin antibodies", question="Are thyroglobulin antibodies positive or negative?"
    )
    tsh = Quantity("tsh", "TSH")


class Therapy(FactSchema):
    drug = Code("drug", "drug or class of drugs", required=True)
    line = Quantity("count", "line of systemic therapy")
    setting = Code("therapy_setting", "setting of the therapy")
    started = Ago("time since the first dose")
    stopped = Ago("time since the last dose", follows_from={"ongoing": Interval(0.0, 0.0)})
    ongoing = Truth("still being given")
    stop_reason = Code("stop_reason", "reason for stopping")
    progressed = Truth("progressed on or after this therapy")
    progressed_after = Quantity("time", "time from the last dose to progression or relapse", may_not_exist=True)

    @validates_schema
    def goes_on_or_stopped(self, data: dict[str, Any], **_: Any) -> None:
        check_stopped(data)


class Lab(FactSchema):
    analyte = Code("analyte", "analyte", required=True)
    value = Measured("measured value")
    upper_limit = Measured("upper limit of normal of the laboratory")
    times_upper_limit = Quantity(
        "ratio",
        "multiple of the upper limit of normal",
        follows_from={"value": WITH_OTHERS, "upper_limit": WITH_OTHERS},
    )
    taken = Ago("time since the sample")

    @validates_schema
    def units_fit(self, data: dict[str, Any], **_: Any) -> None:
        for key in ("value", "upper_limit"):
            check_unit(data, key)
        check_multiple(data)


class Condition(FactSchema):
    condition = Code("condition", "condition", required=True)
    present = Truth("present", default=True, help="false where it was looked for and is absent; true if left out")
    since = Ago("time since the condition began or was diagnosed")
    grade = Quantity("grade", "grade", help="CTCAE grade; for heart failure the NYHA class.")
    treated = Truth("treated")
    treated_ago = Ago("time since treatment")
    stable = Truth("stable")
    symptomatic = Truth("symptomatic")
    on_steroids = Truth("needs corticosteroids")


class Procedure(FactSchema):
    procedure = Code("procedure", "procedure", required=True)
    done = Ago("time since the procedure")
    site = Code("lesion_site", "site treated")
    palliative = Truth("palliative intent")


class Medication(FactSchema):
    medication = Code("medication", "medication", required=True)
    ongoing = Truth("still being taken")
    stopped = Ago("time since it was last taken", follows_from={"ongoing": Interval(0.0, 0.0)})

    @validates_schema
    def goes_on_or_stopped(self, data: dict[str, Any], **_: Any) -> None:
        check_stopped(data)


@cache
def added_facts() -> Added[fields.Field[Any]]:
    """What installed packages add to the summary."""
    return added(FACTS, added_fact, PatientSchema._declared_fields)


class PatientSchema(FactSchema):
    """A de-identified patient summary, version 1."""

    def __init__(self, **options: Any) -> None:
        # On the instance: the class is made at import, when no package may be looked for yet.
        self._declared_fields = {**type(self)._declared_fields, **added_facts().taken}
        super().__init__(**options)

    schema = Version(load_default=1)
    patient_ref = Text("patient reference", pattern=r"[A-Za-z0-9][A-Za-z0-9._-]*", longest=64, required=True)
    age = Quantity("age", "age")
    sex = Code("sex", "sex")
    performance = Section(Performance, "performance")
    diagnosis = Section(Diagnosis, "diagnosis")
    genomics = Section(Genomics, "genomics")
    radioiodine = Section(Radioiodine, "radioiodine")
    disease = Section(Disease, "disease")
    therapies = Records(Therapy, "systemic therapies", one="therapy", complete="therapies_complete")
    therapies_complete = Truth("statement that every systemic therapy is listed")
    labs = Records(Lab, "laboratory values", one="value", question="What is the {analyte}?")
    conditions = Records(
        Condition, "conditions", one="condition", complete="conditions_complete", question="Is there {condition}?"
    )
    conditions_complete = Truth("statement that every condition is listed")
    procedures = Records(
        Procedure, "procedures", one="procedure", complete="procedures_complete", question="Was {procedure} done?"
    )
    procedures_complete = Truth("statement that every procedure is listed")
    medications = Records(
        Medication, "medications", one="medication", complete="medications_complete", question="Is {medication} taken?"
    )
    medications_complete = Truth("statement that every medication is listed")


@cache
def patient_schema() -> PatientSchema:
    """One for the process: making it copies every field of every section, which costs more than reading a summary."""
    return PatientSchema()


def load_patient(data: object) -> Patient:
    """Check a summary and read its values.

    Raises: InputError with the JSON path of every fault.
    """
    if not isinstance(data, Mapping):
        raise InputError([Fault("", "a patient summary must be a JSON object")])
    try:
        patient: Patient = patient_schema().load(data)
    except ValidationError as error:
        raise InputError(faults_of(error.messages)) from None
    return patient


def dump_patient(patient: Patient) -> dict[str, Any]:
    """The summary as JSON; it loads back to the same patient."""
    dumped: dict[str, Any] = patient_schema().dump(patient)
    return dumped
