"""The wheel contains every file of every package, and works in fresh environments: alone, and with all extras."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.meta.environments import FreshEnvironment

ROOT = Path(__file__).parents[2]

CORE = {"marshmallow", "numpy", "orjson", "pyarrow", "pyyaml", "rapidfuzz", "trialmatch"}
"""What an installation without extras may bring."""

PRESENT = {"click": "8.3.3", "numpy": "2.0.2", "pandas": "2.2.3"}
"""Releases within the ranges that an environment may have already: other ones than those of the lock."""

LIST_VERSIONS = """
import json
from importlib.metadata import distributions
print(json.dumps({found.name.lower(): found.version for found in distributions()}))
"""

SCREEN_THE_EXAMPLES = """
import sys
from importlib.resources import files
import trialmatch
screening = trialmatch.screen(files("trialmatch") / "examples" / "registry" / "registry.csv")
print(len(screening.verdicts), len(screening.faults), *sorted({name.partition(".")[0] for name in sys.modules}))
"""

SCREEN_A_DATA_FRAME = """
from importlib.resources import files
import pandas, trialmatch
file = files("trialmatch") / "examples" / "registry" / "registry.csv"
frame = pandas.read_csv(file, dtype=str)
assert trialmatch.screen(frame).verdicts.equals(trialmatch.screen(file).verdicts)
"""


def packages() -> list[str]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    return [pattern.rstrip("*") for pattern in config["options.packages.find"]["include"].split()]


def files_of(root: Path) -> set[str]:
    found = (path for package in packages() for path in (root / package).rglob("*") if path.is_file())
    return {str(path.relative_to(root)) for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, because building writes folders next to them."""
    folder = tmp_path_factory.mktemp("source")
    for package in packages():
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "plugin_breast"))
    for name in ("setup.cfg", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    built = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


class InstalledWheel(FreshEnvironment):
    """An environment that a wheel is installed in."""

    def output(self, *command: str, code: int = 0) -> str:
        """Run a command of the environment, and return what it prints: on standard error where it fails."""
        done = self.run(str(self.folder / "bin" / command[0]), *command[1:])
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done.stdout if code == 0 else done.stderr

    def versions(self) -> dict[str, str]:
        """The version of each installed package, without the installer itself."""
        found: dict[str, str] = json.loads(self.output("python", "-c", LIST_VERSIONS))
        return {name: version for name, version in found.items() if name not in ("pip", "setuptools")}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[InstalledWheel]:
    """A new environment; the test is skipped where there is no package index."""
    made = InstalledWheel(FreshEnvironment.create(tmp_path / "env").folder)
    index = made.run(made.python, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(tmp_path), SMALL_PACKAGE)
    if index.returncode:
        pytest.skip(f"no package index to install from: {index.stderr.strip().splitlines()[-1]}")
    yield made
    shutil.rmtree(made.folder)


SMALL_PACKAGE = "marshmallow>=4.0,<5"
"""A small package, downloaded to find out whether there is an index."""


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def print_figures(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return print_figures


def test_the_wheel_contains_every_file_of_every_package(source: Path, wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert sorted(files_of(source) - inside) == []
    assert [package for package in packages() if f"{package}/py.typed" not in inside] == []
    assert "trialmatch/examples/registry/registry.csv" in inside
    assert not any("plugin_breast" in name or name.startswith(("tests", "examples", "benchmarks")) for name in inside)


@pytest.mark.slow
def test_the_wheel_without_extras_screens_the_examples(
    environment: InstalledWheel, wheel: Path, report: Callable[[str], None]
) -> None:
    empty = environment.megabytes
    seconds = environment.install(str(wheel))
    report(f"core: installed in {seconds:.1f} s, {environment.megabytes - empty:.0f} MB, {environment.versions()}")
    assert set(environment.versions()) == CORE
    rows, faults, *modules = environment.output("python", "-c", SCREEN_THE_EXAMPLES).split()
    assert (rows, faults) == ("20", "0")
    assert not {"service", "workers", "flask", "celery", "sqlalchemy"} & set(modules)
    message = environment.output("trialmatch", "demo", code=2)
    assert message.splitlines() == ['The command line needs more packages: pip install "trialmatch[cli]"']


@pytest.mark.slow
@pytest.mark.stack
def test_all_extras_work_next_to_pandas_and_older_releases(
    environment: InstalledWheel, wheel: Path, report: Callable[[str], None]
) -> None:
    environment.install(*(f"{name}=={version}" for name, version in PRESENT.items()))
    seconds = environment.install(f"{wheel}[all]")
    after = environment.versions()
    report(f"all: installed in {seconds:.1f} s, {environment.megabytes:.0f} MB, {len(after)} packages")
    assert {name: after[name] for name in PRESENT} == PRESENT
    environment.output("python", "-c", SCREEN_A_DATA_FRAME)
    results = json.loads(environment.output("trialmatch", "demo", "--json"))
    assert [(result["patient"], result["state"]) for result in results] == [
        (f"EX-00{number}", "matched") for number in (5, 1, 4, 2, 3)
    ]
