"""Invalid files are rejected with a clear message and their line, and the other files still load."""

from pathlib import Path

import pytest

from authoring.starter import starter
from schemas.criteria.definitions import Definitions
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_yaml import MAX_CHARACTERS
from schemas.plugins import yaml_files
from schemas.trials.library import load_library
from schemas.trials.trial_file import parse_trial

GOOD = starter("NCT00000001", 2024)
HEAD = """\
id: NCT00000001
title: A trial at fault
phase: [2]
status: {value: recruiting, seen: "2024"}
source: https://clinicaltrials.gov/study/NCT00000001
completeness: complete
"""


def faults(text: str) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        parse_trial(text, "bad.yaml")
    assert all(fault.file == "bad.yaml" for fault in caught.value.faults)
    return list(caught.value.faults)


BOMB = "a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\n" + HEAD
RECURSION = HEAD + "include: &here\n  - all: *here\n"
LEVELS = 60

TEXTS = [
    (BOMB, 1, "", "anchors and aliases are not allowed"),
    (RECURSION, 7, "", "anchors and aliases are not allowed"),
    (GOOD + "\n---\nid: B\n", 79, "", "not valid YAML: a second document"),
    (HEAD + "include:\n  - &a age: {min: 18 years}\n", 8, "include[0]", "a key must be a plain word"),
    (HEAD + "include:\n  - ? [age]\n    : {min: 18 years}\n", 8, "include[0]", "a key must be a plain word"),
    (GOOD.replace("title:", "phase: [1]\ntitle:", 1), 6, "phase", "duplicate key"),
    (GOOD.replace("{min: 18 years}", "{min: 18 years, min: 12 years}"), 14, "include[0].age.min", "duplicate key"),
    (GOOD.replace("  - age:", "\t- age:"), 14, "", "not valid YAML"),
    (HEAD + "include:\n  - ages: {min: 18 years}\n", 8, "include[0].ages", "unknown kind of criterion"),
    (HEAD + "include:\n  - age: {min: 18 lightyears}\n", 8, "include[0].age.min", "unknown unit"),
    (HEAD + "include:\n  - age: {minimum: 18 years}\n", 8, "include[0].age.minimum", "unknown key"),
    (HEAD + "include:\n  - sex: [femal]\n", 8, "include[0].sex.any_of[0]", "sex not recognised"),
    (HEAD + "include:\n  - meets: rai-refractory/nobody\n", 8, "include[0].meets", "unknown definition"),
    (HEAD + "include:\n  - age: {min: 18 years}\n    sex: [female]\n", 8, "include[0]", "exactly one kind"),
    (HEAD + "include:\n  - label: Only words\n", 8, "include[0]", "exactly one kind"),
    (HEAD + "include:\n  - age: {min: 18 years}\n    label: [1]\n", 9, "include[0].label", "must be text"),
    (HEAD + "include:\n  - age: {min: 18 years}\n    note: {a: b}\n", 9, "include[0].note", "must be text"),
    (HEAD + "include:\n  - age: {min: 18 years}\n    bullet: {a: b}\n", 9, "include[0].bullet", "not a bullet"),
    (HEAD + "include:\n  - just a word\n", 8, "include[0]", "must be one kind with its fields"),
    (HEAD + "include: {age: {min: 18 years}}\n", 7, "include", "must be a list of criteria"),
    (HEAD + "include:\n  - " + "not: {" * LEVELS + "sex: male" + "}" * LEVELS + "\n", 8, "", "nested deeper than 50"),
    (HEAD + "include:\n" + "  - confirm: Is it so?\n" * 301, 7, "include", "more than 300 criteria in one list"),
    (GOOD + "# " + "x" * 10_000_000, None, "", f"longer than {MAX_CHARACTERS} characters"),
    (GOOD.replace("{include: 6, exclude: 2}", "{include: 100000000000, exclude: 2}"), 11, "bullets.include", ""),
    (GOOD.replace("id: B\n", "id: A\n"), 47, "cohorts[1].id", "another cohort has this id"),
    (GOOD.replace("id: B\n", "id: [B]\n"), 47, "cohorts[1].id", "must be a word or a number"),
    (GOOD.replace("phase: [2]", "phase: [{a: 2}]"), 5, "phase[0]", "must be a word or a number"),
    (GOOD.replace("phase: [2]", "phase: [true]"), 5, "phase[0]", "must be a word or a number"),
    (GOOD.replace("2 mm", "2\u0000mm").replace("title:", "title: \u0000"), None, "", "a character that is not text"),
    ("? [a, b]\n: c\n" + HEAD, 1, "", "a key must be a plain word"),
    ("", 1, "", "a trial must be a mapping"),
    ("- age\n", 1, "", "a trial must be a mapping"),
    ("id: NCT1234: 5\n", 1, "", "not valid YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "path", "message"), TEXTS, ids=range(len(TEXTS)))
def test_an_invalid_file_is_rejected_with_its_line_and_path(
    text: str, line: int | None, path: str, message: str
) -> None:
    fault = faults(text)[0]
    assert message in fault.message
    assert fault.path == path
    assert fault.line == line


HINTS = [
    ("  - ages: {min: 18 years}\n", "did you mean age?"),
    ("  - age: {minn: 18 years}\n", "did you mean min?"),
    ("  - sex: [femal]\n", "did you mean female?"),
    ("  - meets: rai-refractory/undefind\n", "did you mean rai-refractory/undefined?"),
    ("  - variant: {group: ras-mutatoin}\n", "did you mean ras-mutation?"),
]


@pytest.mark.parametrize(("line", "hint"), HINTS)
def test_the_nearest_name_is_suggested(line: str, hint: str) -> None:
    assert hint in str(faults(HEAD + "include:\n" + line)[0].hint)


@pytest.mark.parametrize("tabbed", ["a:\n\tb: 1\n", "a: 1\n\tb: 2\n", "a:\n  - b\n\t- c\n"])
def test_a_tab_is_named_as_such(tabbed: str) -> None:
    assert faults(tabbed)[0].hint == "indent with spaces, not tabs"


def test_other_invalid_yaml_does_not_mention_tabs() -> None:
    assert faults("a: [\n")[0].hint is None


def test_every_fault_of_a_file_is_reported_at_once() -> None:
    text = HEAD + "include:\n  - ages: {}\n  - sex: [femal]\nexclude:\n  - age: {min: 1 lightyear}\n"
    assert [(fault.line, fault.path) for fault in faults(text)] == [
        (8, "include[0].ages"),
        (9, "include[1].sex.any_of[0]"),
        (11, "exclude[0].age.min"),
    ]


def test_a_bad_file_does_not_affect_the_others(tmp_path: Path) -> None:
    (tmp_path / "a-good.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "b-bomb.yaml").write_text(BOMB, "utf-8")
    (tmp_path / "c-binary.yaml").write_bytes(bytes(range(256)))
    (tmp_path / "d-repeated.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "e-empty.yaml").write_text("", "utf-8")
    (tmp_path / "f-ignored.txt").write_text("no trial", "utf-8")
    (tmp_path / "g-good.yaml").write_text(GOOD.replace("NCT00000001", "NCT00000002"), "utf-8")
    library = load_library(tmp_path)
    assert list(library.trials) == list(library.texts) == ["NCT00000001", "NCT00000002"]
    assert [(fault.file, fault.message) for fault in library.faults] == [
        ("b-bomb.yaml", "anchors and aliases are not allowed"),
        ("c-binary.yaml", "not UTF-8 text"),
        ("d-repeated.yaml", "another file has this trial"),
        ("e-empty.yaml", "a trial must be a mapping"),
    ]


# --- definitions -----------------------------------------------------------------------------------

FINE = "family: fine\ndefinitions:\n  one: {title: One, source: A test, sure: seen, criterion: {sex: female}}\n"
BESIDE = "title: Bad, source: A test, sure: seen"


def definitions(folder: Path, text: str | bytes) -> Definitions:
    (folder / "a.yaml").write_text(FINE, "utf-8")
    (folder / "b.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return Definitions([(name, file, "") for name, file in yaml_files(folder)])


def _bad(*bodies: str) -> str:
    return "family: bad\ndefinitions:\n" + "".join(
        f"  {chr(97 + place)}: {body}\n" for place, body in enumerate(bodies)
    )


BAD_DEFINITIONS = [
    (_bad(f"{{{BESIDE}, criterion: {{meets: bad/a}}}}"), "this definition uses itself"),
    (_bad(f"{{{BESIDE}, lesion: {{meets: bad/a}}}}"), "this definition uses itself"),
    (_bad(*(f"{{{BESIDE}, criterion: {{not: {{meets: bad/{other}}}}}}}" for other in "bca")), "uses itself"),
    (_bad(f"{{{BESIDE}, criterion: {{meets: bad/z}}}}"), "unknown definition"),
    (_bad(f"{{{BESIDE}}}"), "needs a criterion"),
    (_bad("3"), "must be an object"),
    (_bad(f"{{{BESIDE}, criterion: {{sex: [femal]}}}}"), "sex not recognised"),
    ("family: bad\ndefinitions: [1]\n", "Not a valid mapping type."),
    ("family: [bad]\ndefinitions: {}\n", "Not a valid string."),
    ("- 1\n", "must be an object"),
    ("", "must be an object"),
    ("family: &f bad\ndefinitions: *f\n", "anchors and aliases are not allowed"),
    (b"\xff\xfe\x00", "not UTF-8 text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD_DEFINITIONS, ids=range(len(BAD_DEFINITIONS)))
def test_a_bad_definition_does_not_affect_the_others(tmp_path: Path, text: str | bytes, message: str) -> None:
    found = definitions(tmp_path, text)
    assert list(found.all()) == ["fine/one"]
    assert message in found.faults()[0].message
    assert {fault.file for fault in found.faults()} == {"b.yaml"}


def test_a_long_chain_of_definitions_is_rejected(tmp_path: Path) -> None:
    bodies = (f"  n{place}: {{{BESIDE}, criterion: {{meets: bad/n{place + 1}}}}}\n" for place in range(400))
    found = definitions(tmp_path, "family: bad\ndefinitions:\n" + "".join(bodies))
    assert list(found.all()) == ["fine/one"]
    assert "definitions use each other more than 20 deep" in found.faults()[0].message
