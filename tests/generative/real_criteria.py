"""The criteria that generated summaries are evaluated with: packaged trials, named definitions, and probes."""

from functools import cache

from matching import nodes as c
from matching.trial import Trial
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import CriterionContext, read_criteria
from schemas.inputs.strict_yaml import read_yaml
from schemas.trials.library import load_library

PROBES = """
- age: {min: 18 years, below: 70 years}
- sex: [female]
- performance: {karnofsky: {min: 70}, lansky: {min: 50}}
- histology: {any_of: [differentiated], components: true, fraction: {min: 10 %}}
- stage: {t: [T3, T4], edition: [ajcc_8]}
- stage: {primary_size: {above: 4 cm}, multifocal: true}
- stage: {largest_node: {min: 3 cm}, nodes_involved: {above: 5}}
- variant: {gene: [ntrk], type: [fusion]}
- variant: {group: tert-promoter}
- variant: {gene: [BRAF], codons: [600], accreditation: [clia]}
- prior_radioiodine: {received: false}
- prior_radioiodine: {courses: {min: 2}, cumulative_activity: {above: [600 mCi, 22 GBq]}}
- prior_radioiodine: {last_course: {min: 6 months}}
- prior_radioiodine: {course: {gap_before: {min: 6 months}}}
- prior_radioiodine: {course: {activity: {min: 100 mCi}, given: {below: 3 years}}, courses: {min: 2}}
- radioiodine_uptake: {uptake: [avid], done: {below: 1 year}}
- lesion: {largest: {max: 4 cm}}
- lesion: {count: {max: 3}}
- lesion: {where: {site: [lung]}, total: {above: 2 cm}}
- lesion: {quantifier: every, where: {uptake: [non_avid]}}
- disease_burden: {burden: [microscopic, mixed]}
- progression: {within: {max: 14 months}, since_last_therapy: true}
- thyroglobulin: {value: {min: 2 ng/mL}, tsh: {below: 0.5 mIU/L}}
- prior_therapy: {any_of: [kinase_inhibitor], since_last_dose: {below: 4 weeks}}
- prior_therapy: {none_of: [chemotherapy], count: {max: 2}, stop_reason: [progression]}
- lab: {analyte: haemoglobin, min: 9 g/dL}
- lab: {analyte: [alt, ast], times_upper_limit: {max: 2.5}}
- condition: {any_of: [cardiac_disease], since: {below: 6 months}}
- condition: {any_of: [brain_metastases], unless: {treated: true, stable: true}}
- procedure: {any_of: [thyroidectomy], done: {below: 8 weeks}}
- medication: {any_of: [anticoagulant], since_last_taken: {below: 1 week}}
- meets: rai-refractory/undefined
"""
"""Criteria of every kind, in addition to those that the packaged trials use."""


@cache
def trials() -> tuple[Trial, ...]:
    """The packaged trials."""
    return tuple(load_library().trials.values())


@cache
def every_criterion() -> tuple[c.TruthNode, ...]:
    """Return the requirements of all trials, each of their criteria, all definitions, and the probes."""
    criteria = [criterion.requirement for trial in trials() for criterion in trial.all_criteria()]
    all_definitions = packaged_definitions().all().values()
    definitions = [definition.node for definition in all_definitions if not definition.of_lesion]
    context = CriterionContext("", packaged_definitions().node)
    probes = [probe.node for probe in read_criteria(read_yaml(PROBES, "probes").data, context)]
    return tuple(dict.fromkeys([*(trial.requirement for trial in trials()), *criteria, *definitions, *probes]))
