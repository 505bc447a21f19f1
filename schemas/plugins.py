"""What installed packages add through entry points: found here, loaded once, and never fatal.

A package that cannot be used is a fault with its name; everything else goes on without it.
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
"""What becomes a key of trial files and summaries; also what a fault can show as a path."""

T = TypeVar("T")


@dataclass(frozen=True)
class EntryPointObject:
    """One entry point: its group, name and object, and the package with its version."""

    group: str
    name: str
    package: str
    value: Any

    def refused(self, message: str, hint: str | None = None) -> InputError:
        """The error that says why this cannot be taken."""
        return InputError([Fault(f"{self.group}.{self.name}", message, hint, file=self.package)])

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Whatever the package's own code or data raises, which is not ours to foresee, is a fault of the package."""
        try:
            yield
        except InputError:
            raise
        except (Exception, SystemExit) as error:
            raise self.refused(f"cannot be used: {type(error).__name__}: {error}") from None


@dataclass(frozen=True)
class AddedByPackages(Generic[T]):
    """What packages add to one group, by name, and the faults of what could not be taken."""

    taken: Mapping[str, T]
    faults: tuple[Fault, ...] = ()


def added(group: str, read: Callable[[EntryPointObject], T], built_in: Container[str]) -> AddedByPackages[T]:
    """What `read` takes of a group. A name that is built in stays so; one that two packages use is nobody's.

    `read` raises InputError for an object that cannot be used; whatever else it raises is a fault too.
    """
    taken: dict[str, T] = {}
    faults: list[Fault] = []
    for name, same in groupby(_found(group), key=lambda entry: entry.name):
        try:
            taken[name] = _read(list(same), read, built_in)
        except InputError as error:
            faults.extend(error.faults)
    return AddedByPackages(taken, tuple(faults))


@cache
def _found(group: str) -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=group), key=lambda entry: (entry.name, _package(entry))))


def _read(same: list[EntryPoint], read: Callable[[EntryPointObject], T], built_in: Container[str]) -> T:
    first = same[0]
    unread = EntryPointObject(first.group, first.name, " and ".join(dict.fromkeys(map(_package, same))), None)
    if len(same) > 1:
        raise unread.refused("several packages use this name, so none is taken", "remove one of them")
    if not NAME.fullmatch(first.name):
        raise unread.refused("not a name", "small letters, digits and underscores, at most 40")
    if first.name in built_in:
        raise unread.refused("this name is built in, and stays as it is", "use another name")
    with unread.guarded():
        return read(EntryPointObject(first.group, first.name, unread.package, first.load()))


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown package"


def files_of(entry: EntryPointObject) -> list[tuple[str, Traversable, str]]:
    """The YAML files in the package data of the module that an entry point names: as faults call them, and whose.

    Raises: InputError when it is none.
    """
    if not hasattr(entry.value, "__path__"):
        raise entry.refused("must name a package that holds YAML files", "for example its_package.vocabulary")
    place = files(entry.value)
    return [(f"{entry.package}/{name}", file, entry.package) for name, file in yaml_files(place)]


def yaml_files(place: Traversable) -> list[tuple[str, Traversable]]:
    """The YAML files of a folder by name, in order."""
    found = sorted((file for file in place.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return [(file.name, file) for file in found]
