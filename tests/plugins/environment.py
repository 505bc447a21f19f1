"""Creates a separate Python environment that sees the project, to install and uninstall packages in."""

import json
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "plugin_breast"


@dataclass(frozen=True)
class Environment:
    """An environment and the folder for what is built and stored in it."""

    folder: Path

    def run(self, *arguments: str, cwd: Path = ROOT) -> str:
        """The output of its Python."""
        python = self.folder / "env" / "bin" / "python"
        done = subprocess.run([python, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def install(self, source: Path) -> None:
        """Build and install a package, without a network."""
        copy = self.folder / "source"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
        self.run("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", str(copy))

    def uninstall(self, name: str) -> None:
        """Remove a package."""
        self.run("-m", "pip", "uninstall", "--quiet", "--yes", name)

    def report(self) -> dict[str, Any]:
        """The report of `tests.plugins.report` in this environment."""
        found: dict[str, Any] = json.loads(self.run("-m", "tests.plugins.report", str(self.folder)).splitlines()[-1])
        return found


def make_environment(folder: Path) -> Environment:
    """Create an environment that also sees the packages of the current one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "env" / "lib" / version / "site-packages"
    present = [sysconfig.get_path("purelib"), str(ROOT)]
    lines = "".join(f"import site; site.addsitedir({place!r})\n" for place in present)
    (packages / "project.pth").write_text(lines)
    return Environment(folder)
