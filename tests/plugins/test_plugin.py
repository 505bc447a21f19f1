"""The example package extends everything when it is installed, and leaves nothing behind when it is uninstalled."""

from typing import Any

import pytest

from schemas.criteria.language import kinds
from schemas.summary.declared_facts import fact_sheet
from schemas.trials.library import load_library, trial_files
from tests.plugins.environment import EXAMPLE, ROOT, Environment

TRIAL = "NCT03734029"
PARTS = ("benchmarks", "extraction", "knowledge", "matching", "schemas", "service", "storage", "workers")


@pytest.fixture(scope="module")
def installed(environment: Environment) -> dict[str, Any]:
    """The project with the package."""
    environment.install(EXAMPLE)
    return environment.report()


@pytest.fixture(scope="module")
def own_tests(installed: dict[str, Any], environment: Environment) -> str:
    """The output of the tests of the package, run where it is installed."""
    return environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=environment.folder / "source")


@pytest.fixture(scope="module")
def removed(own_tests: str, environment: Environment) -> dict[str, Any]:
    """The project after the package is uninstalled."""
    environment.uninstall("trialmatch-breast")
    return environment.report()


def test_the_project_does_not_refer_to_the_package() -> None:
    files = [file for part in PARTS for file in (ROOT / part).rglob("*") if file.suffix in (".py", ".yaml", ".cfg")]
    assert len(files) > 100
    assert [file.name for file in files if "trialmatch_breast" in file.read_text("utf-8")] == []


def test_it_adds_a_kind_facts_vocabularies_definitions_and_a_trial(installed: dict[str, Any]) -> None:
    own = load_library()
    assert installed["faults"] == []
    assert set(installed["kinds"]) - set(kinds()) == {"receptor"}
    assert set(installed["vocabularies"]) - set(own.vocabularies) == {"her2_ihc", "her2_status"}
    assert set(installed["trials"]) - set(own.trials) == {TRIAL}
    assert {name for name in installed["definitions"] if name.startswith("breast")} == {
        "breast-subtype/her2-low", "breast-subtype/triple-negative",
    }  # fmt: skip


def test_its_trial_is_checked_and_its_cases_pass(installed: dict[str, Any]) -> None:
    assert installed["trial"] == []
    assert [fault for fault in installed["check"]["faults"] if "breast" in str(fault["file"])] == []
    assert installed["check"]["trials"] == len(trial_files()) + 1
    assert installed["test"] == {"trials": 1, "cases": 5, "failed": []}


def test_its_facts_are_form_fields_with_labels_and_vocabularies(installed: dict[str, Any]) -> None:
    fields = {fact["path"]: fact for fact in installed["facts"]}
    assert fields["receptors.her2_ihc"]["vocabulary"] == "her2_ihc"
    assert fields["receptors.estrogen"]["unit"] == "%"
    assert all(fact["label"] for fact in fields.values())
    assert len(fields) == 5


def test_the_service_accepts_matches_and_explains_its_facts(installed: dict[str, Any]) -> None:
    api = installed["api"]
    assert set(api["status"].values()) == {200}
    assert api["submitted"] == 202
    assert api["facts"] == [fact["path"] for fact in installed["facts"]]
    assert "receptors" in api["sections"]
    assert "kind-receptor" in api["kinds"]
    [match] = api["matched"]
    assert match["verdict"] == "possible"
    questions = {missing["fact"]: missing["question"] for missing in match["missing"]}
    assert questions["receptors.her2_amplified"] == "Was HER2 amplified by ISH?"


def test_editors_complete_its_kind(installed: dict[str, Any]) -> None:
    assert "kind-receptor" in installed["schema"]["kinds"]
    assert installed["schema"]["takes"]
    assert not installed["schema"]["takes_mistyped"]


def test_the_manual_prints_its_kind_definitions_and_trial(installed: dict[str, Any]) -> None:
    manual = installed["manual"]
    chapter = manual["criteria.md"].partition("## `receptor`")[2].partition("\n## ")[0]
    assert "HER2 is read from the reported status" in chapter
    assert "| `hormone` | estrogen or progesterone receptor in 1 % of the cells or more |" in chapter
    assert "**A score of 2+ is low only where HER2 is not amplified.**" in chapter
    assert "`breast-subtype/triple-negative`" in manual["definitions.md"]
    assert TRIAL in manual["trials.md"]


def test_its_own_tests_pass_where_it_is_installed(own_tests: str) -> None:
    assert "19 passed" in own_tests


def test_uninstalling_leaves_everything_else_unchanged(removed: dict[str, Any]) -> None:
    own = load_library()
    assert removed["faults"] == [str(fault) for fault in own.faults]
    assert removed["kinds"] == sorted(kinds())
    assert removed["trials"] == sorted(own.trials)
    assert removed["definitions"] == sorted(own.definitions)
    assert removed["facts"] == [fact for fact in fact_sheet() if fact["path"].startswith("receptors")]
    assert removed["api"]["thyroid"] == len(own.trials)
    assert "receptor" not in removed["manual"]["criteria.md"]


def test_after_uninstalling_a_trial_that_needs_it_names_it(removed: dict[str, Any]) -> None:
    errors = "\n".join(removed["trial"])
    assert "requires[0]: the package trialmatch-breast is not installed (pip install trialmatch-breast)" in errors
    assert "exclude[0].receptor: unknown kind of criterion receptor" in errors
    assert "include[3].meets: unknown definition" in errors
    assert "the package trialmatch-breast is not installed" in removed["test"]
    assert not removed["schema"]["takes"]


def test_after_uninstalling_a_summary_with_its_facts_is_rejected_by_key(removed: dict[str, Any]) -> None:
    assert "receptors: unknown key" in "\n".join(removed["patient"])
    assert removed["api"]["submitted"] == 422
    assert ["receptors", "unknown key"] in removed["api"]["errors"]
    assert removed["api"]["status"][f"/trials/{TRIAL}"] == 404
