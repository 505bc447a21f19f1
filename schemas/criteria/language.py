"""Reads criteria from YAML: each criterion kind turns its fields into nodes of the algebra (`matching.nodes`)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from matching.nodes import TruthNode
from schemas.inputs.faults import Fault, InputError, child_path, faults_of
from schemas.inputs.spelling import nearest
from schemas.plugins import CRITERIA, NAME, AddedByPackages, EntryPointObject, read_entry_points
from schemas.summary.declared_facts import undeclared
from schemas.summary.sections import FactSchema

MAX_CRITERIA = 300
"""In one list; the longest list of the library has under 40."""
ANNOTATIONS = {"label", "note", "source_quality", "bullet"}
"""The keys that a criterion can have in addition to its kind."""
BULLET = re.compile(r"[IE][1-9][0-9]?")
"""A bullet of the source: I3 is the third inclusion, E1 the first exclusion."""
SOURCE_QUALITIES = ("as_printed", "suspected_typo", "conflict", "cut", "secondary", "inferred")
SUSPECT_QUALITIES = ("as_printed", "suspected_typo", "conflict")
"""The source itself is peculiar here, so a criterion that decides nothing is no mistake of the encoding."""
CHECK_PACKAGE = "is the package that adds it installed?"


class CriterionField(fields.Raw):
    """A criterion, read by the kind that has this field."""


class CriteriaField(fields.Raw):
    """A list of criteria, read by the kind that has this field."""


class Kind(FactSchema):
    """A criterion kind: a schema of its YAML fields, and one method that turns them into nodes.

    `shorthand` is the field that a bare word or list is assigned to, as in `meets: family/name`. If `whole`, a mapping
    is assigned to it too.
    """

    name: ClassVar[str]
    shorthand: ClassVar[str | None] = None
    whole: ClassVar[bool] = False

    def node(self, given: dict[str, Any], context: "CriterionContext") -> TruthNode:
        """The criterion as an inclusion; the trial decides whether it is an exclusion.

        Raises: ValidationError or InputError when the fields contradict each other.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class CriterionContext:
    """The path of a criterion, and the definitions it can use."""

    path: str = ""
    definition: Callable[[str], TruthNode] = field(default=lambda name: _no_definition(name))

    def at(self, key: str | int) -> "CriterionContext":
        return replace(self, path=child_path(self.path, key))


@dataclass(frozen=True)
class ParsedCriterion:
    """One criterion read from YAML. `label`, `note` and `source_quality` are the curator's annotations."""

    kind: str
    node: TruthNode
    path: str
    label: str | None = None
    note: str | None = None
    source_quality: str | None = None
    bullets: tuple[str, ...] = ()


def _no_definition(name: str) -> TruthNode:
    raise ValidationError({"name": ["no definitions are known here"]})


@cache
def kinds() -> Mapping[str, Kind]:
    """Every criterion kind: those built in, and those of installed packages."""
    return {**_built_in(), **added_kinds().accepted}


@cache
def added_kinds() -> AddedByPackages[Kind]:
    """The criterion kinds of installed packages."""
    return read_entry_points(CRITERIA, _added_kind, {*_built_in(), *ANNOTATIONS})


@cache
def _built_in() -> Mapping[str, Kind]:
    """The kinds defined in the modules of `schemas.criteria.kinds`."""
    package = import_module("schemas.criteria.kinds")
    modules = [import_module(f"schemas.criteria.kinds.{module.name}") for module in iter_modules(package.__path__)]
    classes = [value for module in modules for value in vars(module).values() if _is_kind(value, module.__name__)]
    return {kind.name: kind() for kind in classes}


def _added_kind(entry: EntryPointObject) -> Kind:
    if not _is_kind(entry.value, getattr(entry.value, "__module__", "")):
        raise entry.rejected("must be a subclass of schemas.criteria.language.Kind with a name")
    if entry.value.name != entry.name:
        raise entry.rejected("the entry point must have the name of its kind", f"rename it to {entry.value.name}")
    kind: Kind = entry.value()
    return kind


def _is_kind(value: Any, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, Kind) and value.__module__ == module and hasattr(value, "name")


def read_criteria(written: Any, context: CriterionContext) -> list[ParsedCriterion]:
    """Read a list of criteria.

    Raises: InputError with every fault in it.
    """
    if not isinstance(written, list):
        raise InputError([Fault(context.path, "must be a list of criteria")])
    if len(written) > MAX_CRITERIA:
        raise InputError([Fault(context.path, f"more than {MAX_CRITERIA} criteria in one list")])
    criteria: list[ParsedCriterion] = []
    faults: list[Fault] = []
    for index, criterion in enumerate(written):
        try:
            criteria.append(read_criterion(criterion, context.at(index)))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return criteria


def read_criterion(written: Any, context: CriterionContext) -> ParsedCriterion:
    """Read one criterion: a kind with its fields, and its annotations.

    Raises: InputError with the path, and the nearest known kind for an unknown one.
    """
    name = _kind_of(written, context.path)
    quality = written.get("source_quality")
    if quality is not None and quality not in SOURCE_QUALITIES:
        hint = f"one of {', '.join(SOURCE_QUALITIES)}"
        raise InputError([Fault(child_path(context.path, "source_quality"), "unknown source quality", hint)])
    label, note = (_text(written.get(key), child_path(context.path, key)) for key in ("label", "note"))
    bullets = _bullets(written.get("bullet", []), child_path(context.path, "bullet"))
    node = _node(kinds()[name], written[name], context.at(name))
    return ParsedCriterion(name, node, context.path, label, note, quality, bullets)


def _node(kind: Kind, written: Any, context: CriterionContext) -> TruthNode:
    """Raises: InputError, even if the kind raises another exception: a broken kind must not affect other trials."""
    try:
        node = kind.node(kind.load(_fields(kind, written)), context)
        unknown = sorted(undeclared(node))
    except InputError:
        raise
    except ValidationError as error:
        raise InputError(faults_of(error.messages, context.path)) from None
    except Exception as error:
        fault = Fault(context.path, f"this kind of criterion cannot read it: {type(error).__name__}")
        raise InputError([fault]) from error
    if unknown:
        raise InputError([Fault(context.path, f"unknown fact {', '.join(unknown)}", CHECK_PACKAGE)])
    return node


def _text(written: Any, path: str) -> str | None:
    if written is not None and (not isinstance(written, str) or not written.strip()):
        raise InputError([Fault(path, "must be text")])
    return written


def _bullets(written: Any, path: str) -> tuple[str, ...]:
    bullets = tuple(written if isinstance(written, list) else [written])
    if not all(isinstance(bullet, str) and BULLET.fullmatch(bullet) for bullet in bullets):
        hint = "write I3 for the third inclusion, E1 for the first exclusion"
        raise InputError([Fault(path, "not a bullet of the source", hint)])
    return bullets


def _kind_of(written: Any, path: str) -> str:
    if not isinstance(written, Mapping):
        raise InputError(
            [Fault(path, "a criterion must be one kind with its fields", "for example age: {min: 18 years}")]
        )
    names = [key for key in written if key not in ANNOTATIONS]
    for name in names:
        if name not in kinds():
            near = nearest(name, kinds())
            hint = f"did you mean {near}? If not, {CHECK_PACKAGE}" if near else CHECK_PACKAGE
            raise InputError([Fault(child_path(path, name), f"unknown kind of criterion{_shown(name)}", hint)])
    if len(names) != 1:
        raise InputError([Fault(path, "a criterion must be exactly one kind", "combine several with all: or any:")])
    return str(names[0])


def _shown(name: str) -> str:
    """The name, unless it is not a plain name and so may be patient data."""
    return f" {name}" if NAME.fullmatch(name) else ""


def _fields(kind: Kind, written: Any) -> Any:
    if kind.shorthand is not None and (kind.whole or not isinstance(written, Mapping)):
        return {kind.shorthand: written}
    return {} if written is None else written
