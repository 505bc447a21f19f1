"""The wheel contains every file of every package."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]


def packages() -> list[str]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    return [pattern.rstrip("*") for pattern in config["options.packages.find"]["include"].split()]


def files_of(root: Path) -> set[str]:
    found = (path for package in packages() for path in (root / package).rglob("*") if path.is_file())
    return {str(path.relative_to(root)) for path in found if "__pycache__" not in path.parts}


def test_the_wheel_contains_every_file_of_every_package(tmp_path: Path) -> None:
    source = tmp_path / "source"  # because building creates folders in it
    for package in packages():
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__", "plugin_breast"))
    for name in ("setup.cfg", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(tmp_path)!r})"
    built = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert sorted(files_of(source) - inside) == []
