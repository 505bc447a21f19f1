"""Loads what installed packages add through entry points.

A package that cannot be used is reported as a fault with its name; everything else works without it.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import Any, Generic, TypeVar

from schemas.inputs.faults import Fault, InputError

CRITERIA = "trialmatch.criteria"
FACTS = "trialmatch.facts"
VOCABULARIES = "trialmatch.vocabularies"
DEFINITIONS = "trialmatch.definitions"
TRIALS = "trialmatch.trials"
SPECS = "trialmatch.specs"

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""A name that can be a key of trial files and summaries, and that a fault may show as its path."""

T = TypeVar("T")


@dataclass(frozen=True)
class EntryPointObject:
    """One entry point: its group, name and object, and the package with its version."""

    group: str
    name: str
    package: str
    value: Any

    def rejected(self, message: str, hint: str | None = None) -> InputError:
        """The error with the reason why this entry point is rejected."""
        return InputError([Fault(f"{self.group}.{self.name}", message, hint, file=self.package)])

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn any exception of the package's code or data into a fault of the package."""
        try:
            yield
        except InputError:
            raise
        except (Exception, SystemExit) as error:
            raise self.rejected(f"cannot be used: {type(error).__name__}: {error}") from None


@dataclass(frozen=True)
class AddedByPackages(Generic[T]):
    """The additions of packages to one group, by name, and the faults of those rejected."""

    accepted: Mapping[str, T]
    faults: tuple[Fault, ...] = ()


def read_entry_points(
    group: str, read: Callable[[EntryPointObject], T], built_in: Container[str]
) -> AddedByPackages[T]:
    """Convert every entry point of a group with `read`. Built-in names and names of two packages are rejected.

    `read` raises InputError for an object that cannot be used; any other exception it raises becomes a fault too.
    """
    accepted: dict[str, T] = {}
    faults: list[Fault] = []
    for name, same_name in groupby(_entry_points(group), key=lambda entry: entry.name):
        try:
            accepted[name] = _read(list(same_name), read, built_in)
        except InputError as error:
            faults.extend(error.faults)
    return AddedByPackages(accepted, tuple(faults))


@cache
def _entry_points(group: str) -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=group), key=lambda entry: (entry.name, _package(entry))))


def _read(same_name: list[EntryPoint], read: Callable[[EntryPointObject], T], built_in: Container[str]) -> T:
    first = same_name[0]
    packages = " and ".join(dict.fromkeys(map(_package, same_name)))
    unread = EntryPointObject(first.group, first.name, packages, None)
    if len(same_name) > 1:
        raise unread.rejected("several packages use this name, so none is loaded", "remove one of them")
    if not NAME.fullmatch(first.name):
        raise unread.rejected("not a valid name", "use at most 40 of a-z, 0-9 and _")
    if first.name in built_in:
        raise unread.rejected("this name is built in and cannot be replaced", "use another name")
    with unread.guarded():
        return read(EntryPointObject(first.group, first.name, unread.package, first.load()))


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown package"


def package_files(entry: EntryPointObject) -> list[tuple[str, Traversable, str]]:
    """The YAML files of the package that an entry point names.

    Shape: the name that faults use, the file, and the distribution with its version.
    Raises: InputError when the entry point names no package.
    """
    if not hasattr(entry.value, "__path__"):
        raise entry.rejected("must name a package that contains YAML files", "for example its_package.vocabulary")
    folder = files(entry.value)
    return [(f"{entry.package}/{name}", file, entry.package) for name, file in yaml_files(folder)]


def yaml_files(folder: Traversable) -> list[tuple[str, Traversable]]:
    """The YAML files of a folder with their names, sorted by name."""
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return [(file.name, file) for file in found]
