"""Declares every patient fact, in one place: columns, messages, templates and questions derive from it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from marshmallow import ValidationError, fields, post_load, validates_schema

from matching.interval import Interval
from schemas.inputs.faults import Fault, InputError, faults_of
from schemas.plugins import FACTS, AddedByPackages, read_entry_points
from schemas.summary.alteration import AlterationField, FusionPartnerField, normalise_variant
from schemas.summary.fields import WITH_OTHERS, CodeField, TextField, VersionField, YesNoField
from schemas.summary.lab_units import LabValueField, check_unit
from schemas.summary.plugin_facts import plugin_fact
from schemas.summary.quantity_fields import AgoField, QuantityField, WithinField
from schemas.summary.record_consistency import check_gaps, check_multiple, check_stopped
from schemas.summary.sections import FactSchema, RecordsField, SectionField

PATIENT_REFERENCE, MAX_REFERENCE_CHARS = r"[A-Za-z0-9][A-Za-z0-9._-]*", 64
"""The form of a patient reference, in the syntax of Python, JavaScript and RE2."""

Patient: TypeAlias = dict[str, Any]
"""A loaded summary: quantities, codes and yes-or-no values by key; facts that are not reported are absent."""


class Performance(FactSchema):
    ecog = QuantityField("ecog", "ECOG performance status", help="0 (fully active) to 4; WHO status is the same scale.")
    karnofsky = QuantityField("performance_percent", "Karnofsky performance status")
    lansky = QuantityField("performance_percent", "Lansky play-performance status", help="For patients under 16 years.")
    life_expectancy = QuantityField("time", "life expectancy")


class Tnm(FactSchema):
    edition = CodeField("ajcc_edition", "TNM edition", help="The edition changes what T3 means; always keep it.")
    t = CodeField("t_category", "primary tumour category (T)")
    n = CodeField("n_category", "regional node category (N)")
    m = CodeField("m_category", "distant metastasis category (M)")


class Component(FactSchema):
    histology = CodeField("histology", "histology of the component")
    fraction = QuantityField("percent", "share of the tumour")


class Diagnosis(FactSchema):
    histology = CodeField("histology", "histology")
    subtype = CodeField("histology_subtype", "histological subtype")
    components = RecordsField(
        Component,
        "other histological components",
        singular="component",
        complete="components_complete",
        question="Any other histological components?",
    )
    components_complete = YesNoField("no other component found")
    stage = CodeField("stage_group", "stage group")
    tnm = SectionField(Tnm, "TNM")
    primary_size = QuantityField("length", "largest diameter of the primary tumour")
    multifocal = YesNoField("multifocal primary")
    foci_total = QuantityField("length", "sum of the diameters of all primary foci")
    margins = CodeField("margins", "resection margin", help="R0 none, R1 microscopic, R2 macroscopic residual tumour.")
    extrathyroidal_extension = CodeField("extrathyroidal_extension", "extrathyroidal extension")
    nodes_involved = QuantityField("count", "number of involved lymph nodes")
    largest_node = QuantityField("length", "diameter of the largest involved node")


FROM_ALTERATION = {"alteration": None}
FROM_PARTNER = {"fusion_partner": frozenset({"fusion"})}


class TestedGene(FactSchema):
    gene = CodeField("gene", "tested gene", required=True)
    scope = CodeField(
        "test_scope",
        "what the test could find",
        default="all",
        help="all alterations if omitted",
        question="What could the test find?",
    )
    assay = CodeField("assay", "assay")
    accreditation = CodeField("assay_accreditation", "accreditation of the laboratory")
    specimen = CodeField("specimen", "specimen tested", default="not_stated", help="tumour or blood if omitted")


class Variant(FactSchema):
    gene = CodeField("gene", "altered gene", required=True)
    alteration = AlterationField("alteration", help="V600E, p.Val600Glu, c.1799T>A or C228T; omit it if not specified.")
    alteration_type = CodeField("alteration_type", "type of alteration", follows_from=FROM_ALTERATION | FROM_PARTNER)
    codon = QuantityField("count", "codon", help="Enter it if only the codon is known.", follows_from=FROM_ALTERATION)
    fusion_partner = FusionPartnerField("fusion_partner", "fusion partner", follows_from=FROM_ALTERATION)
    significance = CodeField(
        "significance",
        "significance of the variant",
        default="not_stated",
        help="A benign variant counts in no criterion, an uncertain one leaves it open; counts if omitted.",
        follows_from={"alteration": frozenset({"benign"})},
    )
    functional_class = CodeField("functional_class", "functional class")
    origin = CodeField(
        "variant_origin",
        "origin of the variant",
        default="not_stated",
        help="The tumour, if omitted and the gene was not tested in germline DNA only.",
    )

    @validates_schema
    def name_is_readable(self, data: dict[str, Any], **_: Any) -> None:
        normalise_variant(data)

    @post_load
    def normalise(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return normalise_variant(data)


class Genomics(FactSchema):
    tested = RecordsField(
        TestedGene, "tested genes", singular="tested gene", shorthand="gene", question="Was {gene} tested?"
    )
    variants = RecordsField(
        Variant, "variants found", singular="variant", question="Was a further variant of {gene} found?"
    )


class Course(FactSchema):
    activity = QuantityField("activity", "administered activity")
    given = AgoField("time since the course")
    intent = CodeField("rai_intent", "intent of the course")
    uptake = CodeField("uptake", "uptake on the scan after the course")
    response = CodeField("response", "best response to the course")
    progressed_after = QuantityField("time", "time from the course to progression", may_not_exist=True)
    gap_before = QuantityField(
        "time",
        "time since the course before",
        help="Derived from the dates where both are reported.",
        question="How long after the previous course was it given?",
    )


class Scan(FactSchema):
    kind = CodeField("scan_kind", "kind of scan")
    done = AgoField("time since the scan")
    uptake = CodeField("uptake", "uptake on the scan")
    tsh = QuantityField("tsh", "TSH at the scan")
    low_iodine_diet = YesNoField("low-iodine diet before the scan")


class Judgement(FactSchema):
    value = YesNoField(
        "judged refractory to radioiodine", question="Does a clinician judge the disease radioiodine-refractory?"
    )
    by = CodeField("judge", "who judged", question="Who judged?")


class Radioiodine(FactSchema):
    received = YesNoField("radioiodine ever received", question="Was therapeutic radioiodine ever given?")
    courses = RecordsField(
        Course, "radioiodine courses", singular="course", complete="courses_complete", counted_by="number_of_courses"
    )
    courses_complete = YesNoField("all radioiodine courses listed")
    number_of_courses = QuantityField("count", "number of radioiodine courses")
    cumulative_activity = QuantityField("activity", "cumulative radioiodine activity")
    last_given = AgoField("time since the last radioiodine course", may_not_exist=True)
    scans = RecordsField(Scan, "radioiodine scans", singular="scan", complete="scans_complete")
    last_scan = SectionField(Scan, "last radioiodine scan")
    scans_complete = YesNoField("all radioiodine scans listed")
    unsuitable = YesNoField("judged unsuitable for radioiodine")
    uptake_lost = YesNoField("uptake seen earlier and since lost")
    refractory_judgement = SectionField(Judgement, "judgement on refractoriness")

    @validates_schema
    def gaps_agree_with_dates(self, data: dict[str, Any], **_: Any) -> None:
        check_gaps(data)


class Lesion(FactSchema):
    site = CodeField("lesion_site", "site", assumed="a site that RECIST 1.1 can measure")
    longest_diameter = QuantityField("length", "longest diameter")
    short_axis = QuantityField(
        "length", "short axis", help="Lymph nodes are measured by their short axis (RECIST 1.1)."
    )
    imaging = CodeField(
        "imaging",
        "imaging that measured the lesion",
        question="How was it measured (CT, MRI, calipers)?",
        assumed="a technique that RECIST 1.1 accepts",
    )
    status = CodeField(
        "lesion_status", "status", default="current", help="current if omitted", question="Is it still present?"
    )
    measurable = YesNoField("stated to be measurable by RECIST 1.1", question="Measurable by RECIST 1.1?")
    rai_uptake = CodeField("uptake", "radioiodine uptake")
    uptake_scan = CodeField("scan_kind", "scan on which uptake was judged")
    uptake_judged = AgoField("time since uptake was judged", question="How long ago was uptake judged?")
    change_since_rai = CodeField("response", "change since the last radioiodine")
    progressed_after_rai = QuantityField(
        "time", "time from radioiodine to progression of the lesion", may_not_exist=True
    )
    progressed = YesNoField("progressed")
    fdg_suvmax = QuantityField("suv", "FDG SUVmax")
    fdg_avid = YesNoField("FDG-hypermetabolic")
    invasive = YesNoField("invades neighbouring structures")
    bulky = YesNoField("described as bulky")
    irradiated = YesNoField("previously irradiated or ablated", assumed="neither irradiated nor ablated")
    irradiated_ago = AgoField("time since irradiation")
    progressed_since_irradiation = YesNoField("progressed since irradiation")


class Progression(FactSchema):
    progressed = YesNoField("documented progression", question="Is progression documented?")
    within = WithinField(
        "time", "time within which progression was documented", question="Within what time was progression documented?"
    )
    documented = AgoField(
        "time since progression was last documented",
        may_not_exist=True,
        question="How long ago was progression last documented?",
    )
    basis = CodeField("progression_basis", "basis of the progression")
    since_last_therapy = YesNoField("progression on or after the last systemic therapy")


class ImagingStudy(FactSchema):
    technique = CodeField("imaging", "technique", required=True)
    region = CodeField("body_region", "region of the body")
    done = AgoField("time since the study")


class Disease(FactSchema):
    lesions = RecordsField(
        Lesion, "lesions", singular="lesion", complete="lesions_complete", counted_by="number_of_lesions"
    )
    lesions_complete = YesNoField("all lesions listed")
    number_of_lesions = QuantityField("count", "number of lesions")
    largest_diameter = QuantityField("length", "diameter of the largest lesion", may_not_exist=True)
    lung_nodules = QuantityField(
        "count", "number of lung nodules", help="Solid, not calcified, and fitting metastases."
    )
    imaging = RecordsField(
        ImagingStudy,
        "imaging studies",
        singular="imaging study",
        question="Was the {region} imaged by {technique}, and when?",
    )
    stated_burden = CodeField(
        "burden", "stated disease burden", question="Is the disease microscopic, macroscopic or both?"
    )
    metastatic = YesNoField("distant metastasis", question="Any distant metastasis?")
    locally_advanced = YesNoField("locally advanced disease")
    unresectable = YesNoField("unresectable disease")
    recurrent = YesNoField("recurrent disease")
    progression = SectionField(Progression, "progression")
    thyroglobulin = QuantityField("thyroglobulin", "thyroglobulin")
    tg_antibodies = CodeField(
        "tg_antibodies", "thyroglobulin antibodies", question="Are thyroglobulin antibodies positive or negative?"
    )
    tsh = QuantityField("tsh", "TSH")


class Therapy(FactSchema):
    drug = CodeField("drug", "drug or class of drugs", required=True)
    line = QuantityField("count", "line of systemic therapy")
    setting = CodeField("therapy_setting", "setting of the therapy")
    started = AgoField("time since the first dose")
    stopped = AgoField("time since the last dose", follows_from={"ongoing": Interval(0.0, 0.0)})
    ongoing = YesNoField("still being given")
    stop_reason = CodeField("stop_reason", "reason for stopping", question="Why was it stopped?")
    progressed = YesNoField("progressed on or after this therapy")
    progressed_after = QuantityField("time", "time from the last dose to progression or relapse", may_not_exist=True)

    @validates_schema
    def ongoing_has_no_stop(self, data: dict[str, Any], **_: Any) -> None:
        check_stopped(data)


class Lab(FactSchema):
    analyte = CodeField("analyte", "analyte", required=True)
    value = LabValueField("measured value")
    upper_limit = LabValueField("upper limit of normal of the laboratory")
    times_upper_limit = QuantityField(
        "ratio",
        "multiple of the upper limit of normal",
        follows_from={"value": WITH_OTHERS, "upper_limit": WITH_OTHERS},
    )
    taken = AgoField("time since the sample", question="How long ago was the sample taken?")

    @validates_schema
    def units_are_known(self, data: dict[str, Any], **_: Any) -> None:
        for key in ("value", "upper_limit"):
            check_unit(data, key)
        check_multiple(data)


class Condition(FactSchema):
    condition = CodeField("condition", "condition", required=True)
    present = YesNoField("present", default=True, help="false if it was looked for and is absent; true if omitted")
    since = AgoField(
        "time since the condition began or was diagnosed", question="How long ago did it begin or was it diagnosed?"
    )
    grade = QuantityField("grade", "grade", help="CTCAE grade; for heart failure the NYHA class.")
    treated = YesNoField("treated")
    treated_ago = AgoField("time since treatment")
    stable = YesNoField("stable")
    symptomatic = YesNoField("symptomatic")
    on_steroids = YesNoField("needs corticosteroids")


class Procedure(FactSchema):
    procedure = CodeField("procedure", "procedure", required=True)
    done = AgoField("time since the procedure")
    site = CodeField("lesion_site", "site treated")
    palliative = YesNoField("palliative intent")


class Medication(FactSchema):
    medication = CodeField("medication", "medication", required=True)
    ongoing = YesNoField("still being taken")
    stopped = AgoField(
        "time since it was last taken",
        follows_from={"ongoing": Interval(0.0, 0.0)},
        question="How long ago was it last taken?",
    )

    @validates_schema
    def ongoing_has_no_stop(self, data: dict[str, Any], **_: Any) -> None:
        check_stopped(data)


@cache
def plugin_facts() -> AddedByPackages[fields.Field[Any]]:
    """The facts that plugins add to the summary."""
    return read_entry_points(FACTS, plugin_fact, PatientSchema._declared_fields)


class PatientSchema(FactSchema):
    """A de-identified patient summary, version 1."""

    def __init__(self, **options: Any) -> None:
        # On the instance: the class is created at import, when plugins must not be loaded yet.
        self._declared_fields = {**type(self)._declared_fields, **plugin_facts().accepted}
        super().__init__(**options)

    schema = VersionField(load_default=1)
    patient_ref = TextField("patient reference", pattern=PATIENT_REFERENCE, longest=MAX_REFERENCE_CHARS, required=True)
    age = QuantityField("age", "age", question="How old is the patient?")
    sex = CodeField("sex", "sex", question="What is the patient's sex?")
    performance = SectionField(Performance, "performance")
    diagnosis = SectionField(Diagnosis, "diagnosis")
    genomics = SectionField(Genomics, "genomics")
    radioiodine = SectionField(Radioiodine, "radioiodine")
    disease = SectionField(Disease, "disease")
    therapies = RecordsField(Therapy, "systemic therapies", singular="therapy", complete="therapies_complete")
    therapies_complete = YesNoField("all systemic therapies listed")
    labs = RecordsField(Lab, "laboratory values", singular="value", question="What is the {analyte}?")
    conditions = RecordsField(
        Condition,
        "conditions",
        singular="condition",
        complete="conditions_complete",
        question="Does the patient have {condition}?",
    )
    conditions_complete = YesNoField("all conditions listed")
    procedures = RecordsField(
        Procedure, "procedures", singular="procedure", complete="procedures_complete", question="Was {procedure} done?"
    )
    procedures_complete = YesNoField("all procedures listed")
    medications = RecordsField(
        Medication,
        "medications",
        singular="medication",
        complete="medications_complete",
        question="Does the patient receive any {medication}?",
    )
    medications_complete = YesNoField("all medications listed")


@cache
def patient_schema() -> PatientSchema:
    """The schema, created once: that copies every field of every section, which costs more than loading a summary."""
    return PatientSchema()


def load_patient(data: object) -> Patient:
    """Check a summary and load its values.

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
