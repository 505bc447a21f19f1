"""Named definitions: criteria with provenance, which trials use by name and readers compare side by side."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from marshmallow import ValidationError, fields, validate

from matching import nodes as c
from schemas.criteria.kinds.lesion import LesionFilter, asks
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.inputs.faults import Fault, FaultMessage, InputError, faults_of, join
from schemas.inputs.spelling import nearest
from schemas.inputs.strict_yaml import YamlDocument, read_text, read_yaml
from schemas.plugins import DEFINITIONS, AddedByPackages, added, files_of, yaml_files
from schemas.summary.sections import FactSchema

KNOWLEDGE = files("knowledge")
MAX_CHAIN = 20
"""Definitions that use one another, one below the other: the stack of the interpreter has an end."""


AXES = {
    "unit": "what is judged",
    "measurable": "must that lesion be measurable",
    "scan": "kind of scan",
    "scan_age": "age of the scan",
    "preparation": "preparation of the scan",
    "progression": "progression after radioiodine",
    "stable": "stable disease counts as failure",
    "mixed": "mixed uptake counts",
    "lost": "lost uptake counts",
    "cumulative": "cumulative activity",
    "unsuitable": "unsuitable counts as refractory",
    "gate": "an earlier course is demanded",
    "judged": "who judges",
    "sequence": "sequence of courses",
    "size": "size",
    "stated": "stated by",
}
"""Where definitions of one word differ. Source: the comparison of definitions in docs/definitions.md."""


ASKING = ("criterion", "lesion", "undefined")
"""The keys of an entry on which its truth depends. A consensus names its members among the nodes below it."""


class DefinitionSchema(FactSchema):
    """One named definition: a criterion, a filter on lesions, or the consensus of its family.

    A criterion beside `undefined` suffices too. `in_consensus: false` keeps a definition out of the consensus: one that
    only repeats the judgement which goes before it, or that its own trial has since replaced.
    """

    title = fields.String(required=True)
    source = fields.String(required=True)
    sure = fields.String(required=True, validate=validate.OneOf(["seen", "partly_seen", "secondary", "inferred"]))
    criterion = fields.Raw()
    lesion = fields.Nested(LesionFilter)
    undefined = fields.Boolean(truthy={True}, falsy={False})
    in_consensus = fields.Boolean(truthy={True}, falsy={False}, load_default=True)
    note = fields.String()
    axes = fields.Dict(keys=fields.String(validate=validate.OneOf(AXES)), values=fields.String())


@dataclass(frozen=True)
class Definition:
    """A named criterion with its provenance, and how sure the source is."""

    name: str
    title: str
    source: str
    sure: str
    node: c.TruthNode
    of_lesion: bool = False
    note: str | None = None
    axes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def family(self) -> str:
        return self.name.partition("/")[0]


class DefinitionFileSchema(FactSchema):
    """A family of definitions."""

    family = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]{0,63}$"))
    definitions = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)


class Definitions:
    """Definitions by `family/name`, each compiled on first use; a file at fault does not keep the others out.

    Raises: InputError or ValidationError at the use of a name that is unknown, cyclic or at fault.
    """

    def __init__(self, files: Iterable[tuple[str, Traversable, str]]) -> None:
        """Each file with what faults call it, and the package that it is from: a family is of one package alone."""
        self._raw: dict[str, tuple[dict[str, Any], YamlDocument, str, str]] = {}
        self._made: dict[str, Definition] = {}
        self._open: list[str] = []
        self._faults: list[Fault] = []
        owners: dict[str, str] = {}
        for name, file, package in files:
            try:
                self._raw |= _read(name, file, package, owners)
            except InputError as error:
                self._faults.extend(error.faults)

    def faults(self) -> tuple[Fault, ...]:
        """What is wrong in the files and with the definitions in them."""
        broken = (fault for name in self._raw for fault in self._faults_of(name))
        return tuple(dict.fromkeys([*self._faults, *broken]))

    def _faults_of(self, name: str) -> tuple[Fault, ...]:
        try:
            self.get(name)
        except InputError as error:
            return error.faults
        return ()

    def title(self, name: str) -> str:
        """How the definition is called in English."""
        return str(self._raw[name][0]["title"]) if name in self._raw else name

    def meaning(self, name: str) -> str:
        """What the definition asks for as one text, without its title and source; others that it uses by name."""
        _, source, _, _ = self._raw[name]
        written = source.data["definitions"][name.partition("/")[2]]
        return json.dumps({key: written[key] for key in ASKING if key in written}, sort_keys=True)

    def all(self) -> dict[str, Definition]:
        """Every definition by name, save those at fault."""
        return {name: self.get(name) for name in self._raw if not self._faults_of(name)}

    def node(self, name: str) -> c.TruthNode:
        """The definition as a node that keeps its name.

        Raises: ValidationError when there is none of that name, or it uses itself.
        """
        return self.get(name).node

    def get(self, name: str) -> Definition:
        """Raises: ValidationError when there is none of that name, or it uses itself."""
        if name in self._made:
            return self._made[name]
        if name not in self._raw:
            near = nearest(name, self._raw)
            raise ValidationError([FaultMessage("unknown definition", f"did you mean {near}?" if near else None)])
        if name in self._open:
            raise ValidationError([FaultMessage("this definition uses itself", " -> ".join([*self._open, name]))])
        if len(self._open) == MAX_CHAIN:
            raise ValidationError([FaultMessage(f"definitions use each other more than {MAX_CHAIN} deep")])
        self._open.append(name)
        try:
            self._made[name] = self._compiled(name)
        finally:
            self._open.pop()
        return self._made[name]

    def _compiled(self, name: str) -> Definition:
        entry, source, file, path = self._raw[name]
        try:
            part = self._part(name, entry, CriterionContext(join(path, "criterion"), self.node))
        except InputError as error:
            raise error.placed(file, source.lines) from None
        except ValidationError as error:
            raise InputError(faults_of(error.messages, path)).placed(file, source.lines) from None
        node = c.Named(name, part)
        return Definition(
            name,
            entry["title"],
            entry["source"],
            entry["sure"],
            node,
            "lesion" in entry,
            entry.get("note"),
            entry.get("axes", {}),
        )

    def _part(self, name: str, entry: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        if entry.get("undefined"):
            return self._left_open(name, entry, context)
        if "lesion" in entry:
            return asks(entry["lesion"], context)
        if "criterion" not in entry:
            raise InputError([Fault(context.path, "needs a criterion, a lesion filter, or undefined: true")])
        return read_criterion(entry["criterion"], context).node

    def _left_open(self, name: str, entry: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        """A term its user left open: a stated judgement, else what every definition of the family agrees on."""
        family = name.partition("/")[0]
        others = [
            other
            for other, (stated, *_) in self._raw.items()
            if other.startswith(f"{family}/") and stated["in_consensus"] and not stated.get("undefined")
        ]
        judged = c.Preferred(
            c.Holds("radioiodine.refractory_judgement.value"), c.Consensus(tuple(self.node(other) for other in others))
        )
        return c.Any((judged, read_criterion(entry["criterion"], context).node)) if "criterion" in entry else judged


def _read(
    name: str, file: Traversable, package: str, owners: dict[str, str]
) -> dict[str, tuple[dict[str, Any], YamlDocument, str, str]]:
    """The definitions of a file, unread beyond their heads."""
    source = read_yaml(read_text(file, name), name)
    out: dict[str, tuple[dict[str, Any], YamlDocument, str, str]] = {}
    path = ""
    try:
        head, one = DefinitionFileSchema().load(source.data), DefinitionSchema()
        for key, body in head["definitions"].items():
            path = join("definitions", key)
            out[f"{head['family']}/{key}"] = (one.load(body), source, name, path)
    except ValidationError as error:
        raise InputError(faults_of(error.messages, path)).placed(name, source.lines) from None
    if owners.setdefault(head["family"], package) != package:
        hint = "what another package calls by this name would change its meaning: use a family of your own"
        raise InputError([Fault("family", "this family is there already", hint, file=name)])
    return out


def meaning_of(name: str) -> str:
    """What the packaged definition of this name asks for, as one text: the same as long as its truth is."""
    return packaged_definitions().meaning(name)


@cache
def added_definitions() -> AddedByPackages[list[tuple[str, Traversable, str]]]:
    """The files of definitions that installed packages add."""
    return added(DEFINITIONS, files_of, ())


@cache
def packaged_definitions() -> Definitions:
    """The definitions of the package, and those of installed packages."""
    own = [(name, file, "") for name, file in yaml_files(KNOWLEDGE / "definitions")]
    return Definitions([*own, *(one for more in added_definitions().taken.values() for one in more)])
