"""Creates packages for a test: a folder on the path with metadata, as after an installation."""

import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from schemas.plugins import CRITERIA, DEFINITIONS, FACTS, SPECS, TRIALS, VOCABULARIES

GROUPS = {
    "criteria": CRITERIA, "facts": FACTS, "vocabularies": VOCABULARIES, "definitions": DEFINITIONS, "trials": TRIALS,
    "specs": SPECS,
}  # fmt: skip


def make_package(folder: Path, name: str, *entries: str, **files: str) -> None:
    """Create a package with entry points such as `criteria: star = module:Star`, and modules by name.

    A name with two underscores is a YAML file: `terms__colour` is colour.yaml in the package `terms`.
    """
    by_group: dict[str, list[str]] = {}
    for entry in entries:
        group, _, line = entry.partition(": ")
        by_group.setdefault(GROUPS[group], []).append(line)
    make_metadata(folder, name, by_group)
    for key, text in files.items():
        _write(folder, key, dedent(text))


def make_metadata(folder: Path, name: str, groups: Mapping[str, list[str]]) -> None:
    """Write the metadata of a package with these entry points, as an installer does."""
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    sections = ("\n".join([f"[{group}]", *lines]) for group, lines in groups.items())
    (metadata / "entry_points.txt").write_text("\n".join(sections) + "\n")


def _write(folder: Path, key: str, text: str) -> None:
    package, _, file = key.partition("__")
    if not file:
        (folder / f"{key}.py").write_text(text)
        return
    (folder / package).mkdir(exist_ok=True)
    (folder / package / "__init__.py").touch()
    (folder / package / f"{file}.yaml").write_bytes(text.encode("latin-1"))


def forget_packages() -> None:
    """Clear every cache of the project, so that packages are searched for again."""
    modules = [module for name, module in sys.modules.items() if name.startswith("schemas")]
    for module in modules:
        for entry in list(vars(module).values()):
            if hasattr(entry, "cache_clear"):
                entry.cache_clear()
