"""The core runs without the packages of the extras: a fresh process that blocks them screens the example registry."""

import re
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from trialmatch.extras import EXTRA_OF

ROOT = Path(__file__).parents[2]

BLOCK = "import sys; sys.modules |= dict.fromkeys({blocked!r})\n"
"""A module that is None in `sys.modules` is one that is not installed."""

IMPORT_THE_CORE = """
from importlib import import_module
from pkgutil import walk_packages
for package in ("authoring", "extraction", "matching", "registry", "schemas", "settings", "trialmatch", "verdicts"):
    for module in walk_packages(import_module(package).__path__, f"{package}."):
        if not module.name.startswith(("trialmatch.cli", "trialmatch.__main__")):
            try:
                import_module(module.name)
            except ModuleNotFoundError as error:
                if package != "extraction" or not error.name.startswith("spacy"):
                    raise
import extraction.extract
"""
"""Some modules of `extraction` are written on spaCy; its entrance imports them when the first note is read."""

USE_THE_CORE = """
import trialmatch
screening = trialmatch.screen("examples/registry/registry.csv", processes=2)
assert len(screening.verdicts) == 20 and not len(screening.faults)
assert trialmatch.match("examples/patients/medullary.json")["matches"]
assert trialmatch.explain("examples/patients/medullary.json", "NCT04554680")["verdict"] == "ineligible"
trialmatch.Client("http://127.0.0.1:9", "key")
for read in (
    lambda: trialmatch.read_note("Papillary thyroid carcinoma."),
    lambda: trialmatch.screen("examples/registry/registry.csv", notes="note", deidentified=True),
):
    try:
        read()
    except trialmatch.MissingExtra as error:
        assert 'pip install "trialmatch[notes]"' in str(error), error
    else:
        raise AssertionError("spaCy was not missed")
"""

LIST_MODULES = """
print(*sorted({name.partition(".")[0] for name, module in sys.modules.items() if module is not None}))
"""

RUN_COMMAND = """
import runpy
sys.argv = ["trialmatch", *{arguments!r}]
runpy.run_module("trialmatch", run_name="__main__")
"""

OURS = {"authoring", "extraction", "knowledge", "matching", "registry", "schemas", "settings", "storage", "trialmatch",
        "verdicts"}  # fmt: skip
CORE = {"marshmallow", "numpy", "orjson", "pyarrow", "rapidfuzz", "yaml"}


def run(script: str, blocked: frozenset[str] = frozenset(EXTRA_OF)) -> subprocess.CompletedProcess[str]:
    code = BLOCK.format(blocked=set(blocked)) + script
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_core_imports_and_screens_without_any_extra() -> None:
    done = run(IMPORT_THE_CORE + USE_THE_CORE + LIST_MODULES)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert loaded & set(EXTRA_OF) == set()
    assert loaded >= OURS | CORE - {"orjson"}  # only the database uses it so far
    assert not loaded & {"service", "workers", "support", "benchmarks"}


def test_importing_the_library_imports_nothing_else() -> None:
    done = run("import trialmatch" + LIST_MODULES)
    assert set(done.stdout.split()) & {*OURS, *CORE} == {"trialmatch"}


@pytest.mark.parametrize(
    ("arguments", "missing", "extra"),
    [
        (["--help"], set(EXTRA_OF), "cli"),
        (["match", "examples/patients/medullary.json"], {"rich"}, "cli"),
        (["extract", "examples/notes/tumour-board.txt"], {"spacy"}, "notes"),
        (["screen", "examples/registry/registry.csv", "--notes", "x", "--deidentified"], {"spacy"}, "notes"),
        (["demo"], set(EXTRA_OF) - {"click", "rich", "spacy"}, "service"),
        (["keys", "list", "--site", "North"], set(EXTRA_OF) - {"click", "rich", "spacy"}, "service"),
        (["migrate"], {"alembic"}, "service"),
    ],
)
def test_a_command_that_lacks_an_extra_names_it_in_one_line(
    arguments: list[str], missing: set[str], extra: str, tmp_path: Path
) -> None:
    setting = f"import os; os.environ['TRIALMATCH_DATA_DIR'] = {str(tmp_path)!r}\n"
    done = run(setting + RUN_COMMAND.format(arguments=arguments), frozenset(missing))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.endswith(f'needs more packages: pip install "trialmatch[{extra}]"')


def test_commands_of_the_core_need_only_the_extra_cli() -> None:
    without = frozenset(set(EXTRA_OF) - {"click", "rich"})
    for arguments in (["match", "examples/patients/medullary.json"], ["trials", "list"], ["definitions", "list"]):
        done = run(RUN_COMMAND.format(arguments=arguments), without)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("extra", ["cli", "notes", "service"])
def test_every_package_of_an_extra_is_known_by_the_name_that_it_is_imported_by(extra: str) -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options.extras_require"][extra].split()
    names = {re.split(r"[\[<>=]", line)[0].lower() for line in lines if not line.startswith("trialmatch")}
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if names & {name.lower() for name in distributions} and not module.startswith("_")
    }
    assert {module for module in modules if EXTRA_OF.get(module) != extra} == set()
