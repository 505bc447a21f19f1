"""Problems of a trial that the linter proves, and trials that it accepts."""

from math import inf

import pytest

from authoring.fact_domains import DeclaredDomains
from authoring.lint import lint
from matching import nodes as c
from matching.interval import Interval
from matching.solver.conditions import AllConditions, WantedOutcome, conditions
from matching.solver.satisfiable import ProofSearch
from schemas.trials.library import trial_files
from schemas.trials.trial_file import read_trial_file

HEAD = """\
id: NCT00000001
title: A trial for the linter
status: {value: recruiting, seen: "2024"}
source: https://clinicaltrials.gov/study/NCT00000001
completeness: complete
"""


def findings(body: str) -> list[str]:
    """Each finding as line, severity, path and message, without the hint."""
    return [
        f"{finding.fault.line} {finding.severity} {finding.fault.path}: {finding.fault.message}"
        for finding in lint(read_trial_file(HEAD + body, "trial.yaml"))
    ]


def include(*lines: str) -> str:
    return "include:\n" + "".join(f"  - {line}\n" for line in lines)


@pytest.mark.parametrize("name", [name for name, _ in trial_files()])
def test_no_packaged_trial_has_a_finding(name: str) -> None:
    text = dict(trial_files())[name].read_text("utf-8")
    assert [str(finding) for finding in lint(read_trial_file(text, name))] == []


IMPOSSIBLE = [
    "all: [{age: {min: 18 years}}, {age: {max: 16 years}}]",
    "all: [{sex: [female]}, {not: {sex: [female, other]}}]",
    "all: [{stage: {margins: [R0]}}, {stage: {margins: [R1]}}]",
    "all: [{disease_burden: {any_of: [recurrent]}}, {not: {disease_burden: {any_of: [recurrent]}}}]",
    "all: [{prior_therapy: {any_of: [lenvatinib]}}, {not: {prior_therapy: {any_of: [multikinase_inhibitor]}}}]",
    "all: [{prior_therapy: {count: {min: 2}}}, {not: {prior_therapy: {line: {min: 0}}}}]",
    "all: [{prior_therapy: {count: {max: 0}, any_of: [sorafenib]}}, {prior_therapy: {any_of: [sorafenib]}}]",
    "all: [{lesion: {largest: {min: 2 cm}, where: {site: [lung]}}}, "
    "{not: {lesion: {where: {site: [lung], longest_diameter: {min: 1 cm}}}}}]",
    "all: [{lesion: {largest: {below: 1 cm}, where: {site: [lung]}}}, "
    "{lesion: {where: {site: [lung], longest_diameter: {min: 1 cm}}}}]",
    "all: [{lesion: {total: {min: 1 mm}, where: {site: [bone]}}}, {not: {lesion: {where: {site: [bone]}}}}]",
    "all: [{lesion: {quantifier: every, where: {uptake: [avid]}}}, {lesion: {where: {uptake: [non_avid]}}}]",
    "all: [{variant: {group: braf-v600e}}, {not: {variant: {gene: [BRAF], type: [mutation]}}}]",
    "all: [{meets: rai-refractory/undefined}, {not: {meets: rai-refractory/undefined}}]",
    "all: [{prior_radioiodine: {received: true}}, {prior_radioiodine: {received: false}}]",
    "all: [{lab: {analyte: platelets, min: 100 10^9/L}}, {not: {lab: {analyte: platelets, min: 100 10^9/L}}}]",
    "at_least: {count: 2, of: [{age: {min: 18 years}}]}",
    "at_least: {count: 2, of: [{age: {min: 18 years}}, {age: {max: 17 years}}]}",
    "any: []",
]


@pytest.mark.parametrize("line", IMPOSSIBLE)
def test_a_criterion_that_no_patient_can_meet_is_an_error(line: str) -> None:
    assert "7 error include[0]: no patient can meet this" in findings(include(line))


ALWAYS_MET = [
    "age: {min: 0 years}",
    "any: [{age: {min: 18 years}}, {age: {below: 18 years}}]",
    "any: [{sex: [female]}, {not: {sex: [female]}}]",
    "any: [{confirm: Is it so?}, {not: {confirm: Is it so?}}]",
    "any: [{prior_therapy: {any_of: [sorafenib]}}, {not: {prior_therapy: {any_of: [sorafenib]}}}]",
    "at_least: {count: 1, of: [{age: {min: 18 years}}, {age: {min: 0 years}}]}",
    "all: []",
]  # fmt: skip


@pytest.mark.parametrize("line", ALWAYS_MET)
def test_a_criterion_that_every_patient_meets_is_a_warning(line: str) -> None:
    assert "7 warning include[0]: every patient meets this, so it decides nothing" in findings(include(line))


SATISFIABLE = [
    "confirm: Is there consent?",
    "no_rule: Either way is accepted",
    "not: {histology: {any_of: [thyroid_tumour]}}",  # another tumour, for which the vocabulary has no code
    "all: [{lesion: {where: {site: [lung]}}}, {lesion: {where: {site: [bone]}}}]",  # two lesions
    "all: [{prior_therapy: {any_of: [sorafenib]}}, {not: {prior_therapy: {any_of: [lenvatinib]}}}]",
    "all: [{disease_burden: {any_of: [metastatic]}}, {not: {lesion: {where: {site: [lung]}}}}]",
    "any: [{variant: {group: braf-v600e}}, {variant: {group: ras-activating}}]",
    "at_least: {count: 2, of: [{age: {min: 18 years}}, {sex: [female]}, {confirm: Is it so?}]}",
    "when: {if: {age: {below: 18 years}}, then: {performance: {lansky: {min: 50}}}}",
    "when: {if: {age: {below: 18 years}}, then: {sex: [female]}, else: {performance: {ecog: {max: 1}}}}",
    "progression: {within: {max: 12 months}}",
    "lesion: {largest: {min: 1 cm, max: 4 cm}}",
    "prior_radioiodine: {last_course: {min: 6 months}}",
    "prior_radioiodine: {cumulative_activity: {above: [600 mCi, 22 GBq]}}",
    "any: [{age: {min: 18 years}}, {age: {min: 50 years}, source_quality: as_printed}]",
    "any: [{age: {min: 18 years}}, "
    "{all: [{age: {min: 50 years}}, {age: {max: 40 years}}], source_quality: suspected_typo}]",
]


@pytest.mark.parametrize("line", SATISFIABLE)
def test_a_criterion_that_some_patients_meet_is_accepted(line: str) -> None:
    assert findings(include(line)) == []


def test_exclusions_are_negated() -> None:
    lines = "exclude:\n  - age: {min: 0 years}\n  - all: [{age: {min: 60 years}}, {age: {max: 50 years}}]\n"
    assert findings(include("confirm: Is there consent?") + lines) == [
        "9 error exclude[0]: this excludes every patient",
        "10 warning exclude[1]: this excludes nobody, so it decides nothing",
    ]


def test_a_criterion_printed_like_this_may_decide_nothing() -> None:
    assert findings(include("age: {min: 0 years}\n    source_quality: as_printed")) == []


def test_a_contradiction_of_two_criteria_is_an_error() -> None:
    body = (
        include("prior_therapy: {any_of: [lenvatinib]}")
        + "exclude:\n  - prior_therapy: {any_of: [multikinase_inhibitor]}\n"
    )
    assert findings(body) == ["9 error exclude[0]: no patient can meet this and include[0]"]


def test_a_contradiction_of_three_criteria_names_all_three() -> None:
    body = include(
        "any: [{sex: [female]}, {performance: {ecog: {max: 1}}}]", "performance: {ecog: {min: 2}}",
        "confirm: Is there consent?", "not: {sex: [female]}",
    )  # fmt: skip
    assert findings(body) == ["10 error include[3]: no patient can meet this and include[0] and include[1]"]


def test_a_criterion_is_reported_for_a_single_contradiction() -> None:
    body = include("age: {min: 18 years}", "age: {min: 20 years}", "age: {max: 15 years}")
    assert findings(body) == ["9 error include[2]: no patient can meet this and include[0]"]


COHORTS = """\
cohorts:
  - {id: A, title: Children, include: [{age: {max: 15 years}}]}
  - {id: B, title: Adults, include: [{age: {min: 18 years}}, {age: {below: 10 years}}]}
"""


def test_a_cohort_that_contradicts_the_trial_is_an_error() -> None:
    assert findings(include("age: {min: 16 years}") + COHORTS) == [
        "9 error cohorts[0].include[0]: contradicts the trial: no patient can meet this and include[0]",
        "10 error cohorts[1].include[1]: contradicts the trial: no patient can meet this and include[0]",
    ]


def test_a_cohort_that_contradicts_itself_is_an_error() -> None:
    assert findings(include("confirm: Is there consent?") + COHORTS) == [
        "10 error cohorts[1].include[1]: no patient can meet this and cohorts[1].include[0]"
    ]


def test_a_contradiction_of_the_trial_is_not_repeated_for_its_cohorts() -> None:
    body = include("any: [{sex: [female]}, {sex: [other]}]", "not: {sex: [female]}", "not: {sex: [other]}")
    cohort = "cohorts:\n  - {id: A, title: All, include: [{age: {min: 18 years}}]}\n"
    assert findings(body + cohort) == ["9 error include[2]: no patient can meet this and include[0] and include[1]"]


def test_a_duplicate_and_an_exclusion_that_repeats_an_inclusion_are_warnings() -> None:
    body = (
        include("age: {min: 18 years}", "age: {min: 18 years}\n    label: Adult")
        + "exclude:\n  - age: {below: 18 years}\n"
    )
    assert findings(body) == [
        "8 warning include[1]: a duplicate of include[0]",
        "11 warning exclude[0]: this exclusion repeats the inclusion include[0]",
    ]


def test_a_cohort_that_repeats_the_trial_is_a_warning() -> None:
    cohort = "cohorts:\n  - {id: A, title: All, include: [{age: {min: 18 years}}]}\n"
    assert findings(include("age: {min: 18 years}") + cohort) == [
        "9 warning cohorts[0].include[0]: a duplicate of include[0]"
    ]


@pytest.mark.parametrize("annotation", ["bullet: I{}", "source_quality: as_printed"])
def test_a_repetition_in_the_source_is_accepted(annotation: str) -> None:
    lines = (f"age: {{min: 18 years}}\n    {annotation.format(number)}" for number in (1, 2))
    assert findings(include(*lines)) == []


def test_criteria_that_differ_only_in_an_ambiguous_bound_are_no_duplicates() -> None:
    activity = "prior_radioiodine: {cumulative_activity: {above: "
    assert findings(include(activity + "[600 mCi, 22 GBq]}}", activity + "600 mCi}}")) == []


BRANCHES = [
    ("any: [{age: {min: 18 years}}, {age: {min: 50 years}}]", "include[0].any[1]", "this branch decides nothing"),
    ("any: [{age: {min: 50 years}}, {age: {min: 18 years}}]", "include[0].any[0]", "this branch decides nothing"),
    ("any: {of: [{sex: [female]}, {sex: [female]}]}", "include[0].any[1]", "this branch decides nothing"),
    ("any: [{sex: [male]}, {all: [{age: {min: 50 years}}, {age: {max: 40 years}}]}]", "include[0].any[1]",
     "no patient can meet this branch"),
    ("all: [{age: {min: 18 years}}, {any: [{sex: [male]}, {age: {max: 16 years}}]}]", "include[0].all[1].any[1]",
     "no patient who meets the rest of the trial can meet this branch"),
    ("not: {any: [{age: {min: 18 years}}, {age: {min: 50 years}}]}", "include[0].not.any[1]",
     "this branch decides nothing"),
    ("at_least: {count: 1, of: [{sex: [male]}, {any: []}]}",
     "include[0].at_least.of[1]", "no patient can meet this branch"),
    ("when: {if: {any: []}, then: {sex: [male]}}", "include[0].when.then", "never reached: no patient"),
    ("when: {if: {all: []}, then: {sex: [male]}, else: {sex: [female]}}", "include[0].when.else", "never reached"),
    ("when: {if: {age: {min: 0 years}}, then: {sex: [male]}}", "include[0].when.if", "decides nothing: every patient"),
    ("when: {if: {age: {min: 18 years}}, then: {any: [{sex: [male]}, {age: {max: 16 years}}]}}",
     "include[0].when.then.any[1]", "no patient who meets the rest of the trial can meet this branch"),
    ("when: {if: {age: {min: 18 years}}, then: {sex: [male]}, else: {any: [{sex: [male]}, {age: {min: 60 years}}]}}",
     "include[0].when.else.any[1]", "no patient who meets the rest of the trial can meet this branch"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "path", "message"), BRANCHES)
def test_a_branch_that_can_never_decide_is_a_warning(line: str, path: str, message: str) -> None:
    assert any(f"warning {path}: {message}" in finding for finding in findings(include(line)))


def test_a_branch_that_another_criterion_rules_out_is_a_warning() -> None:
    body = include("age: {min: 18 years}", "any: [{sex: [female]}, {age: {max: 16 years}}]")
    message = "no patient who meets the rest of the trial can meet this branch"
    assert findings(body) == [f"8 warning include[1].any[1]: {message}"]


def test_a_branch_of_an_exclusion_may_repeat_an_inclusion() -> None:
    body = include("age: {min: 18 years}") + "exclude:\n  - any: [{sex: [other]}, {age: {max: 16 years}}]\n"
    assert findings(body) == []


def test_a_branch_of_a_cohort_is_checked_together_with_the_trial() -> None:
    cohort = (
        "cohorts:\n  - id: A\n    title: All\n    include:\n      - any: [{sex: [female]}, {age: {max: 16 years}}]\n"
    )
    [finding] = findings(include("age: {min: 18 years}") + cohort)
    assert (
        "warning cohorts[0].include[0].any[1]: no patient who meets the rest of the trial can meet this branch"
        in finding
    )


def test_a_finding_as_text() -> None:
    [finding] = lint(read_trial_file(HEAD + include("age: {min: 0 years}"), "trial.yaml"))
    assert str(finding) == (
        "trial.yaml:7:include[0]: warning: every patient meets this, so it decides nothing (age at least 0 years)"
    )


def test_long_lists_are_not_compared_pairwise() -> None:
    ages = [f"age: {{min: {number % 90} years}}" for number in range(160)]
    assert not any("duplicate" in finding for finding in findings(include(*ages)))
    parts = ", ".join(f"{{age: {{min: {number % 90 + 1} years}}}}" for number in range(101))
    assert findings(include(f"any: [{parts}]")) == []


def test_a_choice_with_too_many_combinations_counts_as_possible() -> None:
    parts = tuple(c.Within(c.Fact("age"), Interval(float(age)), Interval(float(age))) for age in range(20))
    assert conditions(c.AtLeast(10, parts), WantedOutcome.TRUE) == AllConditions(())
    assert conditions(c.AtLeast(0, parts), WantedOutcome.TRUE) == AllConditions(())


def _pigeonholes(size: int) -> c.All:
    """The pigeonhole problem: impossible, but long to prove."""

    def sits(pigeon: int, hole: int) -> c.IsYes:
        return c.IsYes(f"{pigeon} in {hole}")

    housed = (c.Any(tuple(sits(pigeon, hole) for hole in range(size))) for pigeon in range(size + 1))
    alone = (
        c.Not(c.All((sits(pigeon, hole), sits(other, hole))))
        for hole in range(size) for pigeon in range(size + 1) for other in range(pigeon)
    )  # fmt: skip
    return c.All((*housed, *alone))


def test_a_search_beyond_its_budget_reports_nothing() -> None:
    assert not ProofSearch(DeclaredDomains()).can_be(_pigeonholes(3), WantedOutcome.TRUE)
    assert ProofSearch(DeclaredDomains()).can_be(_pigeonholes(8), WantedOutcome.TRUE)


def test_everything_is_possible_after_the_last_step() -> None:
    search = ProofSearch(DeclaredDomains(), comparisons=1)
    assert search.can_be(_pigeonholes(3), WantedOutcome.TRUE)
    assert search.can_be(c.All((c.IsYes("a"), c.Not(c.IsYes("a")))), WantedOutcome.TRUE)


SMALLEST = c.Smallest(c.Records("radioiodine.courses"), "radioiodine.courses.given")
LARGEST = c.Largest(c.Records("radioiodine.courses"), "radioiodine.courses.given")
TOTAL = c.Total(c.Records("radioiodine.courses"), "radioiodine.courses.activity")


def _course(lo: float, hi: float) -> c.Exists:
    inside = Interval(lo, hi)
    return c.Exists(c.Records("radioiodine.courses", c.Within(c.Fact("radioiodine.courses.given"), inside, inside)))


def _within(number: c.NumberNode, lo: float, hi: float) -> c.Within:
    return c.Within(number, Interval(lo, hi), Interval(lo, hi))


@pytest.mark.parametrize(
    ("nodes", "possible"),
    [
        ((_within(SMALLEST, 10, 20), _course(0, 5)), False),
        ((_within(SMALLEST, 10, 20), c.Not(_course(0, 100))), False),
        ((_within(SMALLEST, 10, 20), _course(15, 50)), True),
        ((_within(SMALLEST, 10, inf), _course(0, 5)), False),
        ((_within(SMALLEST, -inf, 20), _course(0, 5)), True),
        ((_within(LARGEST, 10, 20), _course(25, 50)), False),
        ((_within(LARGEST, 10, 20), _course(0, 5)), True),
        ((_within(TOTAL, 0, 20), _course(0, 5)), True),
        ((_within(c.Narrowed((SMALLEST, c.Fact("radioiodine.last_given"))), 10, 20), _course(0, 5)), True),
    ],
)
def test_aggregates_constrain_their_records(nodes: tuple[c.TruthNode, ...], possible: bool) -> None:
    assert ProofSearch(DeclaredDomains()).can_be(c.All(nodes), WantedOutcome.TRUE) == possible


def test_an_event_within_a_time_may_have_been_today() -> None:
    """`within 12 months` means at most 12 months ago."""
    path = c.Fact("disease.progression.within")
    assert not ProofSearch(DeclaredDomains()).can_be(_within(path, 90, inf), WantedOutcome.TRUE)
    assert ProofSearch(DeclaredDomains()).can_be(_within(path, 0, 90), WantedOutcome.TRUE)


def test_an_undeclared_fact_can_be_anything() -> None:
    node = c.All((c.Among("dog", frozenset({"x"})), _within(c.Fact("cat"), -5, -4)))
    assert ProofSearch(DeclaredDomains()).can_be(node, WantedOutcome.TRUE)
    assert ProofSearch(DeclaredDomains()).can_be(c.Among("dog", frozenset({"x"})), WantedOutcome.FALSE)


HOLDS = c.IsYes("a"), c.IsYes("b")


@pytest.mark.parametrize("outcome", WantedOutcome)
@pytest.mark.parametrize("node", [c.Agreed(HOLDS), c.Preferred(*HOLDS), c.Consensus(HOLDS)])
def test_combined_sources_can_have_every_outcome(node: c.TruthNode, outcome: WantedOutcome) -> None:
    search = ProofSearch(DeclaredDomains())
    assert search.can_be(node, outcome)
    both, neither = (c.All(HOLDS), c.All((c.Not(HOLDS[0]), c.Not(HOLDS[1]))))
    agreed = both if outcome in (WantedOutcome.FALSE, WantedOutcome.NOT_TRUE) else neither
    assert not search.can_be(node, outcome, conditions(agreed, WantedOutcome.TRUE))
