"""The open criteria language: each kind of criterion turns its YAML into nodes of the closed algebra."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from matching.nodes import TruthNode
from schemas.inputs.faults import Fault, InputError, faults_of, join
from schemas.inputs.spelling import nearest
from schemas.plugins import CRITERIA, NAME, AddedByPackages, EntryPointObject, added
from schemas.summary.declared_facts import undeclared
from schemas.summary.sections import FactSchema

MAX_LINES = 300
"""In one list: the longest of the library has under 40."""
BESIDE = {"label", "note", "source_quality", "bullet"}
BULLET = re.compile(r"[IE][1-9][0-9]?")
"""A bullet of the source by its place: I3 is the third of the inclusion, E1 the first of the exclusion."""
SOURCE_QUALITIES = ("as_printed", "suspected_typo", "conflict", "cut", "secondary", "inferred")


class CriterionField(fields.Raw):
    """A field that holds a criterion, for the kind to read."""


class CriteriaField(fields.Raw):
    """A field that holds a list of criteria, for the kind to read."""


class Kind(FactSchema):
    """A kind of criterion: a schema of its YAML fields, and one method that turns them into nodes.

    `shorthand` is the key that a bare word or list goes to: `meets: family/name`; and a mapping too, if it is `whole`.
    """

    name: ClassVar[str]
    shorthand: ClassVar[str | None] = None
    whole: ClassVar[bool] = False

    def node(self, given: dict[str, Any], context: "CriterionContext") -> TruthNode:
        """The criterion, stated positively.

        Raises: ValidationError or InputError when the fields do not make sense together.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class CriterionContext:
    """Where a criterion stands, and what names it may use."""

    path: str = ""
    definition: Callable[[str], TruthNode] = field(default=lambda name: _no_definition(name))

    def at(self, key: str | int) -> "CriterionContext":
        return replace(self, path=join(self.path, key))


@dataclass(frozen=True)
class CriterionLine:
    """One criterion as written. `label`, `note` and `source_quality` are the curator's words."""

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
    """Every kind of criterion: those built in, and what installed packages add."""
    return {**_built_in(), **added_kinds().taken}


@cache
def added_kinds() -> AddedByPackages[Kind]:
    """The kinds that installed packages add."""
    return added(CRITERIA, _added_kind, {*_built_in(), *BESIDE})


@cache
def _built_in() -> Mapping[str, Kind]:
    """The kinds of the modules of `schemas.criteria.kinds`."""
    package = import_module("schemas.criteria.kinds")
    modules = [import_module(f"schemas.criteria.kinds.{found.name}") for found in iter_modules(package.__path__)]
    found = [entry for module in modules for entry in vars(module).values() if _is_kind(entry, module.__name__)]
    return {kind.name: kind() for kind in found}


def _added_kind(entry: EntryPointObject) -> Kind:
    if not _is_kind(entry.value, getattr(entry.value, "__module__", "")):
        raise entry.refused("must be a subclass of schemas.criteria.language.Kind with a name")
    if entry.value.name != entry.name:
        raise entry.refused("the entry point must be called as its kind", f"call it {entry.value.name}")
    kind: Kind = entry.value()
    return kind


def _is_kind(entry: Any, module: str) -> bool:
    return isinstance(entry, type) and issubclass(entry, Kind) and entry.__module__ == module and hasattr(entry, "name")


def read_criteria(written: Any, context: CriterionContext) -> list[CriterionLine]:
    """A list of criteria.

    Raises: InputError with every fault in it.
    """
    if not isinstance(written, list):
        raise InputError([Fault(context.path, "must be a list of criteria")])
    if len(written) > MAX_LINES:
        raise InputError([Fault(context.path, f"more than {MAX_LINES} criteria in one list")])
    lines: list[CriterionLine] = []
    faults: list[Fault] = []
    for place, one in enumerate(written):
        try:
            lines.append(read_criterion(one, context.at(place)))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return lines


def read_criterion(written: Any, context: CriterionContext) -> CriterionLine:
    """One criterion: a kind with its fields, and beside it a label, a note and the quality of the source.

    Raises: InputError with the path, and the nearest kind for an unknown one.
    """
    name = _kind_of(written, context.path)
    here = context.at(name)
    quality = written.get("source_quality")
    if quality is not None and quality not in SOURCE_QUALITIES:
        hint = f"one of {', '.join(SOURCE_QUALITIES)}"
        raise InputError([Fault(join(context.path, "source_quality"), "unknown source quality", hint)])
    label, note = (_words(written.get(key), join(context.path, key)) for key in ("label", "note"))
    bullets = _bullets(written.get("bullet", []), join(context.path, "bullet"))
    node = _node(kinds()[name], written[name], here)
    return CriterionLine(name, node, context.path, label, note, quality, bullets)


def _node(kind: Kind, written: Any, here: CriterionContext) -> TruthNode:
    """Raises: InputError, whatever the kind raises: one that fails must not keep other trials out."""
    try:
        node = kind.node(kind.load(_fields(kind, written)), here)
        unknown = sorted(undeclared(node))
    except InputError:
        raise
    except ValidationError as error:
        raise InputError(faults_of(error.messages, here.path)) from None
    except Exception as error:
        fault = Fault(here.path, f"this kind of criterion cannot read it: {type(error).__name__}")
        raise InputError([fault]) from error
    if unknown:
        hint = "is the package installed that adds it?"
        raise InputError([Fault(here.path, f"no summary has the fact {', '.join(unknown)}", hint)])
    return node


def _words(written: Any, path: str) -> str | None:
    if written is not None and (not isinstance(written, str) or not written.strip()):
        raise InputError([Fault(path, "must be words")])
    return written


def _bullets(written: Any, path: str) -> tuple[str, ...]:
    found = tuple(written if isinstance(written, list) else [written])
    if not all(isinstance(one, str) and BULLET.fullmatch(one) for one in found):
        hint = "I3 is the third inclusion, E1 the first exclusion"
        raise InputError([Fault(path, "not the place of a bullet", hint)])
    return found


def _kind_of(written: Any, path: str) -> str:
    if not isinstance(written, Mapping):
        raise InputError(
            [Fault(path, "a criterion must be one kind with its fields", "for example age: {min: 18 years}")]
        )
    names = [key for key in written if key not in BESIDE]
    for name in names:
        if name not in kinds():
            near = nearest(name, kinds())
            installed = "is the package installed that adds it?"
            hint = f"did you mean {near}? If not, {installed}" if near else installed
            raise InputError([Fault(join(path, name), f"unknown kind of criterion{_shown(name)}", hint)])
    if len(names) != 1:
        raise InputError([Fault(path, "a criterion must be exactly one kind", "put several under all: or any:")])
    return str(names[0])


def _shown(name: str) -> str:
    """The name, unless it is no plain one."""
    return f" {name}" if NAME.fullmatch(name) else ""


def _fields(kind: Kind, written: Any) -> Any:
    if kind.shorthand is not None and (kind.whole or not isinstance(written, Mapping)):
        return {kind.shorthand: written}
    return {} if written is None else written


def nodes(lines: Sequence[CriterionLine]) -> tuple[TruthNode, ...]:
    return tuple(line.node for line in lines)
