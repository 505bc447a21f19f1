"""The commented template of a new trial file, with the common kinds of criteria and cases that pass."""

import re

from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_schema import TRIAL_ID

STARTER = """\
# One trial per file. `trialmatch trials check FILE` reports errors by line, `trialmatch trials test FILE` runs the
# cases below, `trialmatch trials show` prints it in English. See docs/authoring.md.
id: {trial_id}
title: State in your own words which treatment is tested in which patients
phase: [2]  # as printed: 1, 1/2, 2, 3
status: {{value: unknown, seen: "{year}"}}  # the status at ClinicalTrials.gov, and when you looked it up
source: https://clinicaltrials.gov/study/{trial_id}
completeness: partial  # complete, nearly_complete, key_criteria, partial or summary_only
# How many bullets the source has. Every criterion below names the bullets it accounts for: I3 is the third inclusion,
# E1 the first exclusion. `trialmatch trials coverage` counts them.
bullets: {{include: 6, exclude: 2}}

include:  # every criterion must be met
  - age: {{min: 18 years}}  # min and max include the value, above and below exclude it
    bullet: I1
  - histology: {{any_of: [papillary, follicular, oncocytic, poorly_differentiated]}}
    label: Differentiated or poorly differentiated thyroid cancer  # the text a reader sees
    bullet: I2
  - meets: rai-refractory/undefined  # a named definition; `undefined` where the source leaves the term open
    label: Radioiodine-refractory
    bullet: I3
  - any:  # one of these is enough; `all`, `not`, `at_least` and `when` work the same way
      - lesion: {{quantifier: some, where: {{measurable: true}}}}
      - lesion: {{count: {{min: 2}}, where: {{site: [lung], longest_diameter: {{min: 5 mm}}}}}}
    label: Measurable disease, or two lung lesions of 5 mm
    note: A note tells the reader what to know about the criterion.
    bullet: I4
  - confirm: Has the patient given written consent?  # what no summary contains is asked at the site
    bullet: I5
  - not_encoded: No fact of the summary says whether swallowing is intact.  # state why
    bullet: I6

exclude:  # no criterion may be met
  - prior_therapy: {{any_of: [mek_inhibitor], since_last_dose: {{below: 4 weeks}}}}
    label: A MEK inhibitor within 4 weeks
    bullet: E1
  - condition: {{any_of: [interstitial_lung_disease]}}
    source_quality: secondary  # as_printed, suspected_typo, conflict, cut, secondary or inferred
    bullet: E2

cohorts:  # omit if there are none; a patient must fit the criteria above and those of one cohort
  - id: A
    title: BRAF V600E
    include:
      - variant: {{group: braf-v600e}}
        bullet: I2
  - id: B
    title: No BRAF V600E, shown by a test
    include:
      - not: {{variant: {{group: braf-v600e}}}}
        bullet: I2

base_patient:  # what the patients of the cases have in common
  patient_ref: CASE
  age: 60 years
  diagnosis: {{histology: papillary}}
  genomics: {{tested: [BRAF], variants: [{{gene: BRAF, alteration: V600E}}]}}
  radioiodine: {{refractory_judgement: {{value: true, by: tumour_board}}}}
  disease:
    lesions: [{{site: lung, longest_diameter: 15 mm, measurable: true}}]
    lesions_complete: true
  therapies: []
  therapies_complete: true
  conditions: []
  conditions_complete: true

cases:  # tests: at least one patient who meets and one who fails every deciding criterion
  - {{name: fits cohort A, patient: {{}}, expect: eligible, cohorts: [A]}}
  - {{name: too young, patient: {{age: 17 years}}, expect: ineligible}}
  - name: BRAF wild type fits cohort B
    patient: {{genomics: {{variants: []}}}}
    expect: eligible
    cohorts: [B]
  - name: BRAF not tested, so either cohort may fit
    patient: {{genomics: null}}
    expect: possible
    missing: [genomics.tested]
"""


def starter(trial_id: str, year: int) -> str:
    """The text of a new trial file.

    Raises: InputError when this is not the number of a trial register.
    """
    if not re.fullmatch(TRIAL_ID, trial_id):
        raise InputError([Fault("id", "not a trial id", "write letters and a number, such as NCT01234567")])
    return STARTER.format(trial_id=trial_id, year=year)
