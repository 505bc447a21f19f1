"""Named definitions: criteria with provenance, which trials use by name and readers compare side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from marshmallow import ValidationError, fields, validate

from matching import criteria as c
from schemas.criteria.lesion import LesionFields, asks
from schemas.errors import Fault, InputError, Problem, faults_of, join
from schemas.fields import FactSchema
from schemas.language import Context, read_criterion
from schemas.vocabulary import nearest
from schemas.yaml_source import Source, read_yaml

KNOWLEDGE = files("knowledge")


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


class DefinitionSchema(FactSchema):
    """One named definition: a criterion, a filter on lesions, or the consensus of its family."""

    title = fields.String(required=True)
    source = fields.String(required=True)
    sure = fields.String(required=True, validate=validate.OneOf(["seen", "partly_seen", "secondary", "inferred"]))
    criterion = fields.Raw()
    lesion = fields.Nested(LesionFields)
    undefined = fields.Boolean(truthy={True}, falsy={False})
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


class Definitions:
    """Definitions by `family/name`, each compiled on first use.

    Raises: InputError for a fault in a file; ValidationError at the use of a name that is unknown or cyclic.
    """

    def __init__(self, folder: Traversable) -> None:
        self._raw: dict[str, tuple[dict[str, Any], Source, str, str]] = {}
        self._made: dict[str, Definition] = {}
        self._open: list[str] = []
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".yaml"):
                self._add(file)

    def _add(self, file: Traversable) -> None:
        source = read_yaml(file.read_text("utf-8"), file.name)
        for name, body in source.data["definitions"].items():
            path = f"definitions.{name}"
            try:
                entry = DefinitionSchema().load(body)
            except ValidationError as error:
                raise InputError(faults_of(error.messages, path)).placed(file.name, source.lines) from None
            self._raw[f"{source.data['family']}/{name}"] = (entry, source, file.name, path)

    def title(self, name: str) -> str:
        """How the definition is called in English."""
        return str(self._raw[name][0]["title"]) if name in self._raw else name

    def all(self) -> dict[str, Definition]:
        """Every definition by name."""
        return {name: self.get(name) for name in self._raw}

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
            raise ValidationError([Problem("unknown definition", f"did you mean {near}?" if near else None)])
        if name in self._open:
            raise ValidationError([Problem("this definition uses itself", " -> ".join([*self._open, name]))])
        self._open.append(name)
        try:
            self._made[name] = self._compiled(name)
        finally:
            self._open.pop()
        return self._made[name]

    def _compiled(self, name: str) -> Definition:
        entry, source, file, path = self._raw[name]
        try:
            part = self._part(name, entry, Context(join(path, "criterion"), self.node))
        except InputError as error:
            raise error.placed(file, source.lines) from None
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

    def _part(self, name: str, entry: dict[str, Any], context: Context) -> c.TruthNode:
        if entry.get("undefined"):
            return self._left_open(name)
        if "lesion" in entry:
            return asks(entry["lesion"], context)
        if "criterion" not in entry:
            raise InputError([Fault(context.path, "needs a criterion, a lesion filter, or undefined: true")])
        return read_criterion(entry["criterion"], context).node

    def _left_open(self, name: str) -> c.TruthNode:
        """A term its user left open: a stated judgement, else what every definition of the family agrees on."""
        family = name.partition("/")[0]
        others = [
            other
            for other, (entry, *_) in self._raw.items()
            if other.startswith(f"{family}/") and not entry.get("undefined")
        ]
        return c.Preferred(
            c.Holds("radioiodine.refractory_judgement.value"), c.Consensus(tuple(self.node(other) for other in others))
        )


@cache
def packaged_definitions() -> Definitions:
    """The definitions of the package."""
    return Definitions(KNOWLEDGE / "definitions")
