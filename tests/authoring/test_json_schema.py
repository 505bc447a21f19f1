"""The JSON Schema of a trial file: what editors complete, show and reject."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from marshmallow import fields, validate

from authoring.json_schema import DIALECT, SchemaParts, trial_json_schema
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import kinds
from schemas.inputs.strict_yaml import read_yaml
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import vocabularies
from schemas.trials.library import load_library, trial_files
from trialmatch.cli import main

HEAD = """
id: NCT02152995
title: A trial
status: {value: recruiting}
source: https://clinicaltrials.gov/study/NCT02152995
completeness: partial
"""


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(trial_json_schema())


def criterion(name: str) -> dict[str, Any]:
    found: dict[str, Any] = trial_json_schema()["$defs"]["criterion"]["properties"][name]
    return found


def test_it_is_a_valid_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(trial_json_schema())
    assert trial_json_schema()["$schema"] == DIALECT


@pytest.mark.parametrize("trial", [name.removesuffix(".yaml") for name, _ in trial_files()])
def test_every_packaged_trial_is_valid(validator: Draft202012Validator, trial: str) -> None:
    data = read_yaml(load_library().texts[trial], trial).data
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_has_a_title_and_a_description_for_hover(name: str) -> None:
    shown = criterion(name)
    assert shown["title"] == name
    assert shown["description"] == " ".join((kinds()[name].__doc__ or "").split())
    assert shown["description"]
    assert shown["$ref"] == f"#/$defs/kind-{name}"


def test_every_reference_resolves_and_every_part_is_used() -> None:
    found = set(re.findall(r'"#/\$defs/([^"]+)"', str(trial_json_schema()).replace("'", '"')))
    assert found == set(trial_json_schema()["$defs"])


def test_existing_names_are_completed() -> None:
    parts = trial_json_schema()["$defs"]
    every = {*parts["definition"]["enum"], *parts["lesion_definition"]["enum"]}
    assert every == set(packaged_definitions().all())
    assert "lesion/recist-measurable" in parts["lesion_definition"]["enum"]
    assert "ras-activating" in parts["variant_group"]["enum"]
    assert parts["codes-histology"]["enum"] == list(vocabularies()["histology"].terms)
    assert len(parts["codes-histology"]["enumDescriptions"]) == len(parts["codes-histology"]["enum"])
    assert parts["criterion"]["properties"]["source_quality"]["enum"][0] == "as_printed"
    assert parts["kind-lesion"]["properties"]["quantifier"]["enum"] == ["some", "every", "no"]


@pytest.mark.parametrize(
    "written",
    [
        "age: {min: 18 years}",
        "age: {min: 18 YEARS, below: 70years}",
        "sex: female",
        "sex: {any_of: [female]}",
        "prior_radioiodine: {cumulative_activity: {min: [600 mCi, 22 GBq]}}",
        "performance: {ecog: {max: 1}}",
        "lab: {analyte: creatinine, times_upper_limit: {max: 1.5}}",
        "lesion: {where: {any: [{node: true, short_axis: {min: 15 mm}}], not: {site: bone}}}",
        "at_least: {count: 2, of: [{sex: female}, {not: {sex: male}}, {age: {min: 18 years}}]}",
        "when: {if: {sex: female}, then: {all: [{age: {min: 18 years}}]}, else: {confirm: May he take part?}}",
        "{meets: rai-refractory/ata-2025, label: x, note: x, source_quality: conflict, bullet: [I3, E1]}",
    ],
)
def test_valid_criteria_are_accepted(validator: Draft202012Validator, written: str) -> None:
    assert rejection(validator, written) is None


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("agee: {min: 18 years}", "'agee' was unexpected"),
        ("{age: {min: 18 years}, sex: female}", "valid under each of"),
        ("label: no kind", "not valid under any"),
        ("age: {minimum: 18 years}", "'minimum' was unexpected"),
        ("age: {min: 18 yeers}", "does not match"),
        ("age: {min: 18}", "is not"),
        ("performance: {ecog: {max: one}}", "does not match"),
        ("sex: femal", "is not one of"),
        ("histology: {any_of: [papilary]}", "is not one of"),
        ("meets: rai-refractory/ata", "is not one of"),
        ("lesion: {quantifier: all}", "is not one of"),
        ("lesion: {where: {meets: [rai-refractory/ata-2025]}}", "is not"),
        ("variant: {group: ras-activatin}", "is not one of"),
        ("at_least: {count: 0, of: []}", "less than the minimum"),
        ("at_least: {of: []}", "'count' is a required property"),
        ("not: {agee: {min: 18 years}}", "'agee' was unexpected"),
        ("any: [{sex: female}, {sexx: male}]", "is not"),
        ("{sex: female, bullet: third}", "does not match"),
        ("{sex: female, source_quality: typo}", "is not one of"),
        ("confirm: no", "too short"),
        ("- sex: female", "is not of type 'object'"),
    ],
)
def test_a_typical_mistake_is_rejected(validator: Draft202012Validator, written: str, message: str) -> None:
    found = rejection(validator, written)
    assert found is not None
    assert message in found


@pytest.mark.parametrize(
    "line",
    ["titel: x", "phase: 2", "status: {value: open}", "completeness: all", "id: nct1", "source: http://x.org",
     "cases: [{name: x, patient: {agee: 3 years}, expect: eligible}]", "cases: [{name: x, patient: {}, expect: yes}]",
     "cohorts: [{id: A}]", "include: {age: {min: 18 years}}"],
)  # fmt: skip
def test_a_mistake_in_the_head_is_rejected(validator: Draft202012Validator, line: str) -> None:
    data = read_yaml(HEAD, "").data | {"include": []}
    assert validator.is_valid(data)
    assert not validator.is_valid(data | read_yaml(line, "").data)


def rejection(validator: Draft202012Validator, written: str) -> str | None:
    """The error message for a criterion, if it is rejected."""
    data = read_yaml(HEAD, "").data | {"include": [read_yaml(written, "").data]}
    found = best_match(validator.iter_errors(data))
    return None if found is None else f"{found.message} {[error.message for error in found.context or ()]}"


def test_every_unit_that_is_read_is_accepted_in_any_case(subtests: pytest.Subtests) -> None:
    thresholds = [key for key in trial_json_schema()["$defs"] if key.startswith("threshold-")]
    assert thresholds
    for name in thresholds:
        with subtests.test(name=name):
            check_units(name)


def check_units(name: str) -> None:
    threshold = trial_json_schema()["$defs"][name]["anyOf"][0]
    pattern = (threshold.get("anyOf") or [threshold])[0]["pattern"]
    dimension = dimensions()[name.removeprefix("threshold-")]
    for unit in {*dimension.factors, *dimension.synonyms}:
        for written in (f"2 {unit}", f"2{unit}" if not unit[0].isdigit() else f"2 {unit}", f" 1.5  {unit.upper()} "):
            assert re.fullmatch(pattern, written), written
    assert not re.fullmatch(pattern, "2 parsec")


def test_the_command_prints_the_schema_or_writes_a_file(tmp_path: Path) -> None:
    printed = CliRunner().invoke(main, ["trials", "schema"])
    assert printed.exit_code == 0
    out = tmp_path / "trial.json"
    written = CliRunner().invoke(main, ["trials", "schema", "--out", str(out)])
    assert written.output == f"{out}: {len(kinds())} kinds\n"
    assert read_yaml(out.read_text("utf-8"), "").data.keys() == trial_json_schema().keys()


def test_a_rule_that_json_schema_cannot_express_is_omitted() -> None:
    field = fields.String(validate=[validate.Length(min=2), validate.Predicate("is_good")])
    assert SchemaParts().field(field) == {"type": "string", "minLength": 2}
