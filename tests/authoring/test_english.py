"""The English text of criteria."""

import pytest

from matching.describe import describe
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.inputs.strict_yaml import read_yaml
from schemas.summary.fact_wording import WORDS

PHRASES = [
    ("age: {min: 18 years, max: 80 years}", "age at least 18 years and below 81 years"),
    ("sex: [female]", "sex: female"),
    ("not: {sex: [female]}", "sex other than female"),
    ("not: {not: {sex: [female]}}", "sex: female"),
    ("not: {age: {below: 12 years}}", "not (age below 12 years)"),
    ("all: []", "anything"),
    ("any: []", "nothing"),
    ("any: [{sex: [female]}]", "sex: female"),
    ("any: [{sex: [female]}, {sex: [female]}]", "sex: female"),
    ("any: [{sex: [female]}, {any: [{age: {min: 60 years}}, {sex: [other]}]}]",
     "sex: female or age at least 60 years or sex: other"),
    ("all: [{sex: [female, male]}, {any: [{age: {min: 60 years}}, {age: {max: 20 years}}]}]",
     "(sex: female or male) and (age at least 60 years or age below 21 years)"),
    ("at_least: {count: 2, of: [{sex: [female]}, {age: {min: 60 years}}, {performance: {ecog: {max: 1}}}]}",
     "at least 2 of: sex: female; age at least 60 years; ECOG performance status at most 1"),
    ("when: {if: {age: {below: 16 years}}, then: {performance: {lansky: {min: 40}}}, else: {sex: [female]}}",
     "if age below 16 years: Lansky play-performance status at least 40; otherwise: sex: female"),
    ("prior_therapy: {any_of: [lenvatinib]}", "at least one therapy (lenvatinib)"),
    ("prior_therapy: {any_of: [lenvatinib], since_last_dose: {below: 4 weeks}}",
     "at least one therapy (lenvatinib) with time since the last dose below 4 weeks"),
    ("prior_therapy: {any_of: [lenvatinib], count: {max: 1}}", "at most 1 × therapy (lenvatinib)"),
    ("any: [{prior_therapy: {line: {min: 2}}}, {prior_therapy: {any_of: [lenvatinib]}}]",
     "(at least one therapy with line of systemic therapy at least 2) or at least one therapy (lenvatinib)"),
    ("not: {procedure: {any_of: [thyroidectomy]}}", "no procedure (thyroidectomy)"),
    ("condition: {any_of: [pneumonitis]}", "at least one condition (pneumonitis)"),
    ("lesion: {quantifier: every, where: {uptake: [non_avid]}}", "every lesion: radioiodine uptake: not avid"),
    ("lesion: {quantifier: no, where: {longest_diameter: {above: 3 cm}}}",
     "no lesion with longest diameter above 30 mm"),
    ("not: {procedure: {any_of: [radiotherapy], palliative: false}}",
     "every procedure (external radiotherapy): palliative intent"),
    ("lesion: {largest: {min: 1 cm}, where: {site: [lung]}}",
     "largest longest diameter over each lesion (lung) at least 10 mm"),
    ("lab: {analyte: platelets, min: 100 10^9/L}",
     "listed value (platelet count) with measured value at least 100 10^9/L"),
    ("variant: {gene: [RET], codons: [609, 611], type: [substitution]}",
     "at least one variant (RET) with (codon 609 or 611) and type of alteration: substitution"),
    ("prior_radioiodine: {cumulative_activity: {above: [600 mCi, 22 GBq]}}",
     "cumulative radioiodine activity above 22,200 MBq (600 mCi)"
     " (unclear in the source: above 22,000 MBq (594.5946 mCi))"),
    ("confirm: Is there consent?", "to confirm: Is there consent?"),
    ("no_rule: Either way", "no rule: either way is accepted"),
    ("meets: rai-refractory/undefined", "radioiodine-refractory, left open by the trial"),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "english"), PHRASES)
def test_a_criterion_reads_like_a_protocol(criterion: str, english: str) -> None:
    parsed = read_criterion(read_yaml(criterion, "phrase").data, CriterionContext("", packaged_definitions().node))
    assert describe(parsed.node, WORDS) == english
