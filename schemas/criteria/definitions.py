"""Named definitions: criteria with provenance, which trials refer to by name and which can be compared."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from marshmallow import ValidationError, fields, validate

from matching import nodes as c
from schemas.criteria.kind_fields import FlagField
from schemas.criteria.kinds.lesion import LesionFilter, lesion_node
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.inputs.faults import Fault, FaultMessage, InputError, child_path, faults_of
from schemas.inputs.spelling import nearest
from schemas.inputs.strict_yaml import YamlDocument, read_text, read_yaml
from schemas.plugins import DEFINITIONS, AddedByPackages, package_files, read_entry_points, yaml_files
from schemas.summary.sections import FactSchema

KNOWLEDGE = files("knowledge")
MAX_CHAIN = 20
"""How deep definitions may refer to each other, which bounds the recursion."""

AXES = {
    "unit": "unit of assessment",
    "measurable": "lesion must be measurable",
    "scan": "kind of scan",
    "scan_age": "age of the scan",
    "preparation": "preparation of the scan",
    "progression": "progression after radioiodine",
    "stable": "stable disease counts as failure",
    "mixed": "mixed uptake counts",
    "lost": "lost uptake counts",
    "cumulative": "cumulative activity",
    "unsuitable": "unsuitable counts as refractory",
    "gate": "an earlier course is required",
    "judged": "who judges",
    "sequence": "sequence of courses",
    "size": "size",
    "stated": "reported as",
}
"""How definitions of the same term differ. Source: the comparison of definitions in docs/definitions.md."""

MEANING_KEYS = ("criterion", "lesion", "undefined")
"""The keys of a definition that determine its truth. The members of a consensus are covered by the nodes below it."""


class DefinitionSchema(FactSchema):
    """One named definition: a criterion, a filter on lesions, or the consensus of its family (`undefined: true`).

    With `undefined` and a `criterion`, meeting either is enough. `in_consensus: false` excludes a definition from the
    consensus, because it only repeats the reported judgement or because its own trial has replaced it.
    """

    title = fields.String(required=True)
    source = fields.String(required=True)
    sure = fields.String(required=True, validate=validate.OneOf(["seen", "partly_seen", "secondary", "inferred"]))
    criterion = fields.Raw()
    lesion = fields.Nested(LesionFilter)
    undefined = FlagField()
    in_consensus = FlagField(load_default=True)
    note = fields.String()
    axes = fields.Dict(keys=fields.String(validate=validate.OneOf(AXES)), values=fields.String())


@dataclass(frozen=True)
class Definition:
    """A named criterion with its provenance; `sure` is how reliable the source is."""

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
    """A file with one family of definitions."""

    family = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]{0,63}$"))
    definitions = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)


@dataclass(frozen=True)
class DefinitionEntry:
    """One definition as written: its checked fields, and its file and path for faults."""

    fields: Mapping[str, Any]
    document: YamlDocument
    file: str
    path: str


class Definitions:
    """Definitions by `family/name`, each compiled on first use. A faulty file or definition does not affect others.

    Raises: InputError or ValidationError on use of a name that is unknown, cyclic or faulty.
    """

    def __init__(self, files: Iterable[tuple[str, Traversable, str]]) -> None:
        """Each file with its name for faults and its package: a family belongs to a single package."""
        self._entries: dict[str, DefinitionEntry] = {}
        self._compiled: dict[str, Definition] = {}
        self._compiling: list[str] = []
        self._faults: list[Fault] = []
        owners: dict[str, str] = {}
        for name, file, package in files:
            try:
                self._entries |= _read(name, file, package, owners)
            except InputError as error:
                self._faults.extend(error.faults)

    def faults(self) -> tuple[Fault, ...]:
        """The faults of the files and of the definitions in them."""
        of_entries = (fault for name in self._entries for fault in self._faults_of(name))
        return tuple(dict.fromkeys([*self._faults, *of_entries]))

    def _faults_of(self, name: str) -> tuple[Fault, ...]:
        try:
            self.get(name)
        except InputError as error:
            return error.faults
        return ()

    def title(self, name: str) -> str:
        """The English title of a definition, or its name if it is unknown."""
        return str(self._entries[name].fields["title"]) if name in self._entries else name

    def meaning(self, name: str) -> str:
        """The fields that determine the truth of a definition, as one text; other definitions appear by name."""
        written = self._entries[name].document.data["definitions"][name.partition("/")[2]]
        return json.dumps({key: written[key] for key in MEANING_KEYS if key in written}, sort_keys=True)

    def all(self) -> dict[str, Definition]:
        """Every definition by name, except faulty ones."""
        return {name: self.get(name) for name in self._entries if not self._faults_of(name)}

    def node(self, name: str) -> c.TruthNode:
        """The definition as a node that keeps its name.

        Raises: ValidationError when the name is unknown or the definition uses itself.
        """
        return self.get(name).node

    def get(self, name: str) -> Definition:
        """Raises: ValidationError when the name is unknown or the definition uses itself."""
        if name in self._compiled:
            return self._compiled[name]
        if name not in self._entries:
            near = nearest(name, self._entries)
            raise ValidationError([FaultMessage("unknown definition", f"did you mean {near}?" if near else None)])
        if name in self._compiling:
            raise ValidationError([FaultMessage("this definition uses itself", " -> ".join([*self._compiling, name]))])
        if len(self._compiling) == MAX_CHAIN:
            raise ValidationError([FaultMessage(f"definitions use each other more than {MAX_CHAIN} deep")])
        self._compiling.append(name)
        try:
            self._compiled[name] = self._compile(name)
        finally:
            self._compiling.pop()
        return self._compiled[name]

    def _compile(self, name: str) -> Definition:
        entry = self._entries[name]
        written, lines = entry.fields, entry.document.lines
        try:
            part = self._part(name, written, CriterionContext(child_path(entry.path, "criterion"), self.node))
        except InputError as error:
            raise error.placed(entry.file, lines) from None
        except ValidationError as error:
            raise InputError(faults_of(error.messages, entry.path)).placed(entry.file, lines) from None
        return Definition(
            name,
            written["title"],
            written["source"],
            written["sure"],
            c.Named(name, part),
            "lesion" in written,
            written.get("note"),
            written.get("axes", {}),
        )

    def _part(self, name: str, written: Mapping[str, Any], context: CriterionContext) -> c.TruthNode:
        if written.get("undefined"):
            return self._left_open(name, written, context)
        if "lesion" in written:
            return lesion_node(written["lesion"], context)
        if "criterion" not in written:
            raise InputError([Fault(context.path, "needs a criterion, a lesion filter, or undefined: true")])
        return read_criterion(written["criterion"], context).node

    def _left_open(self, name: str, written: Mapping[str, Any], context: CriterionContext) -> c.TruthNode:
        """A term that a trial leaves open: the reported judgement, else the consensus of the family."""
        family = name.partition("/")[0]
        members = [
            other
            for other, entry in self._entries.items()
            if other.startswith(f"{family}/") and entry.fields["in_consensus"] and not entry.fields.get("undefined")
        ]
        judged = c.Preferred(
            c.IsYes("radioiodine.refractory_judgement.value"),
            c.Consensus(tuple(self.node(member) for member in members)),
        )
        return c.Any((judged, read_criterion(written["criterion"], context).node)) if "criterion" in written else judged


def _read(name: str, file: Traversable, package: str, owners: dict[str, str]) -> dict[str, DefinitionEntry]:
    """The definitions of a file; their criteria are read on first use."""
    document = read_yaml(read_text(file, name), name)
    entries: dict[str, DefinitionEntry] = {}
    path = ""
    try:
        head, schema = DefinitionFileSchema().load(document.data), DefinitionSchema()
        for key, written in head["definitions"].items():
            path = child_path("definitions", key)
            entries[f"{head['family']}/{key}"] = DefinitionEntry(schema.load(written), document, name, path)
    except ValidationError as error:
        raise InputError(faults_of(error.messages, path)).placed(name, document.lines) from None
    if owners.setdefault(head["family"], package) != package:
        hint = "use a new family: additions would change the meaning of the existing one"
        raise InputError([Fault("family", "another package has this family", hint, file=name)])
    return entries


def meaning_of(name: str) -> str:
    """The meaning of a packaged definition as one text, which changes only when its truth can change."""
    return packaged_definitions().meaning(name)


@cache
def added_definitions() -> AddedByPackages[list[tuple[str, Traversable, str]]]:
    """The definition files of installed packages."""
    return read_entry_points(DEFINITIONS, package_files, ())


@cache
def packaged_definitions() -> Definitions:
    """The packaged definitions and those of installed packages."""
    own = [(name, file, "") for name, file in yaml_files(KNOWLEDGE / "definitions")]
    return Definitions([*own, *(entry for files in added_definitions().accepted.values() for entry in files)])
