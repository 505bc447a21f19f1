"""The file that a new trial starts from: one criterion of each common sort, with comments, and cases that pass."""

import re

from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_file import TRIAL_ID

STARTER = """\
# A trial is one file. `trialmatch trials check FILE` tells faults by line, `trialmatch trials test FILE` runs the
# cases below, `trialmatch trials show` prints it in English. docs/authoring.md says more.
id: {trial_id}
title: Say in your own words what is given to whom
phase: [2]  # as printed: 1, 1/2, 2, 3
status: {{value: unknown, seen: "{year}"}}  # as the registry says, and when that was seen
source: https://clinicaltrials.gov/study/{trial_id}
completeness: partial  # complete, nearly_complete, key_criteria, partial or summary_only
# How many bullets the source has. Each one is named below by exactly the lines that account for it: I3 is the third
# inclusion, E1 the first exclusion. `trialmatch trials coverage` counts them.
bullets: {{include: 6, exclude: 2}}

include:  # every line must hold
  - age: {{min: 18 years}}  # min and max include the value, above and below leave it out
    bullet: I1
  - histology: {{any_of: [papillary, follicular, oncocytic, poorly_differentiated]}}
    label: Differentiated or poorly differentiated thyroid cancer  # the words a reader sees
    bullet: I2
  - meets: rai-refractory/undefined  # a named definition; `undefined` where the source leaves the term open
    label: Radioiodine-refractory
    bullet: I3
  - any:  # one of these is enough; `all`, `not`, `at_least` and `when` work alike
      - lesion: {{quantifier: some, where: {{measurable: true}}}}
      - lesion: {{count: {{min: 2}}, where: {{site: [lung], longest_diameter: {{min: 5 mm}}}}}}
    label: Measurable disease, or two lung lesions of 5 mm
    note: Beside a criterion, a note says what a reader should know of it.
    bullet: I4
  - confirm: Has the patient given written consent?  # what no summary holds is asked at the site
    bullet: I5
  - not_encoded: No fact of the summary says whether swallowing is intact.  # say why
    bullet: I6

exclude:  # no line may hold
  - prior_therapy: {{any_of: [mek_inhibitor], since_last_dose: {{below: 4 weeks}}}}
    label: A MEK inhibitor within 4 weeks
    bullet: E1
  - condition: {{any_of: [interstitial_lung_disease]}}
    source_quality: secondary  # as_printed, suspected_typo, conflict, cut, secondary or inferred
    bullet: E2

cohorts:  # leave this out where the trial has none; a patient must fit the lines above and those of one cohort
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

cases:  # examples that are tests: at least one both ways for every decisive line
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

    Raises: InputError when the id is not one of a registry.
    """
    if not re.fullmatch(TRIAL_ID, trial_id):
        raise InputError([Fault("id", "not the id of a trial", "letters and a number, such as NCT01234567")])
    return STARTER.format(trial_id=trial_id, year=year)
