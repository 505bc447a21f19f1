"""The JSON Schema of a trial file, for editors: read off the kinds, the declared facts and the vocabularies.

It is stricter than the reader where that helps who writes: codes only, no labels and synonyms. It cannot know what
depends on several fields together; `trialmatch trials check` does.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from marshmallow import Schema, fields, validate

from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.kind_fields import CodesField, DefinedNameField, PlainWordsField, ThresholdField
from schemas.criteria.language import BULLET, SOURCE_QUALITIES, CriteriaField, CriterionField, Kind, kinds
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import CodeField, FactField
from schemas.summary.quantity import NUMBER
from schemas.summary.sections import MAX_RECORDS, RecordsField
from schemas.summary.units import Dimension, dimensions
from schemas.summary.vocabulary import raw_vocabulary, vocabularies
from schemas.trials.trial_file import PartOfSummary, TrialSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json: TypeAlias = dict[str, Any]
Field: TypeAlias = fields.Field[Any]

NAMES: dict[str, Callable[[], list[str]]] = {
    "definition": lambda: [one.name for one in packaged_definitions().all().values() if not one.of_lesion],
    "lesion_definition": lambda: [one.name for one in packaged_definitions().all().values() if one.of_lesion],
    "variant_group": lambda: list(raw_vocabulary("variant_group")),
}


@cache
def trial_json_schema() -> Json:
    """A trial file with every kind of criterion that is built in or installed."""
    parts = SchemaParts()
    trial = parts.object(TrialSchema())
    return {"$schema": DIALECT, "title": "Trial", **trial, "$defs": dict(sorted(parts.definitions.items()))}


class SchemaParts:
    """Schemas by name, each made when something first refers to it: kinds hold criteria, which hold kinds."""

    def __init__(self) -> None:
        self.definitions: dict[str, Json] = {}

    def reference(self, name: str, make: Callable[[], Json]) -> Json:
        """A reference to the schema of this name, which is made unless it is there."""
        if name not in self.definitions:
            self.definitions[name] = {}  # what it holds may refer to it
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def criterion(self) -> Json:
        """Exactly one kind, and what may stand beside it."""
        return self.reference("criterion", self._criterion)

    def _criterion(self) -> Json:
        found = {name: _titled(self._kind(kind), name, kind) for name, kind in sorted(kinds().items())}
        return {
            "type": "object",
            "properties": {**found, **BESIDE},
            "additionalProperties": False,
            "oneOf": [{"required": [name]} for name in found],
        }

    def _kind(self, kind: Kind) -> Json:
        return self.reference(f"kind-{kind.name}", lambda: _titled(self._body(kind), kind.name, kind))

    def _body(self, kind: Kind) -> Json:
        """The fields of a kind, or what may stand for the one field that its shorthand names."""
        if kind.shorthand is None:
            return self.object(kind)
        alone = self.field(kind.fields[kind.shorthand])
        return alone if kind.whole else {"anyOf": [alone, self.object(kind)]}

    def object(self, schema: Schema, partial: bool = False) -> Json:
        """The fields of a schema; without its own required ones if it is but a part."""
        found = {field.data_key or name: field for name, field in schema.fields.items()}
        required = [key for key, field in found.items() if field.required and not partial]
        properties = {key: self._described(field) for key, field in found.items()}
        out = {"type": "object", "properties": properties, "additionalProperties": False}
        return out | ({"required": required} if required else {})

    def _described(self, field: Field) -> Json:
        said = {key: field.metadata[key] for key in ("title", "description") if field.metadata.get(key)}
        return self.field(field) | said

    def field(self, field: Field) -> Json:
        """What may stand in one field."""
        match field:
            case CriterionField():
                return self.criterion()
            case CriteriaField():
                return {"type": "array", "items": self.criterion()}
            case PartOfSummary():
                return self.reference("summary", lambda: self.object(PatientSchema(), partial=True))
            case ThresholdField():
                name = field.dimension_name
                return self.reference(f"threshold-{name}", lambda: _threshold(dimensions()[name]))
            case DefinedNameField():
                return self.reference(field.table, lambda: {"enum": NAMES[field.table]()})
            case CodesField() | PlainWordsField():
                return _one_or_more(self._inner(field))
            case RecordsField():
                return {"type": ["array", "null"], "items": self._record(field), "maxItems": MAX_RECORDS}
            case fields.Nested():
                return self._nested(field)
            case fields.List():
                return {"type": "array", "items": self._inner(field)}
            case _:
                return _plain(field)

    def _inner(self, field: fields.List[Any]) -> Json:
        """One item of a list; in a trial file a code is written as such."""
        one = field.inner
        if not isinstance(one, CodeField):
            return self.field(one)
        return self.reference(f"codes-{one.vocabulary_name}", lambda: _codes(one.vocabulary_name))

    def _record(self, field: RecordsField) -> Json:
        record = self._schema(field)
        return {"anyOf": [record, {"type": "string"}]} if field.shorthand else record

    def _nested(self, field: fields.Nested) -> Json:
        return {"anyOf": [self._schema(field), {"type": "null"}]} if field.allow_none else self._schema(field)

    def _schema(self, field: fields.Nested) -> Json:
        schema = field.schema
        said = {"description": _sentence(schema)} if _sentence(schema) else {}
        name = f"{type(schema).__module__}.{type(schema).__name__}"  # two packages may use one name
        return self.reference(name, lambda: self.object(schema) | said)


BESIDE: dict[str, Json] = {
    "label": {"type": "string", "description": "The criterion in the curator's own words."},
    "note": {"type": "string", "description": "What a reader should know of the source or the encoding."},
    "source_quality": {"enum": list(SOURCE_QUALITIES), "description": "How the source can be trusted on this point."},
    "bullet": {
        "anyOf": [
            {"type": "string", "pattern": f"^{BULLET.pattern}$"},
            {"type": "array", "items": {"type": "string", "pattern": f"^{BULLET.pattern}$"}},
        ],
        "description": "Bullets of the source it accounts for: I3 is the third inclusion, E1 the first exclusion.",
    },
}


def _titled(schema: Json, name: str, kind: Kind) -> Json:
    return {**schema, "title": name, "description": _sentence(kind)}


def _sentence(schema: Schema) -> str:
    """The docstring of the class itself, on one line."""
    return " ".join((type(schema).__dict__.get("__doc__") or "").split())


def _one_or_more(one: Json) -> Json:
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _codes(vocabulary: str) -> Json:
    terms = vocabularies()[vocabulary].terms.values()
    return {
        "enum": [term.code for term in terms],
        "enumDescriptions": [term.label for term in terms],
        "description": f"A code of the vocabulary {vocabulary}.",
    }


def _threshold(dimension: Dimension) -> Json:
    """One value with a unit of the dimension, or the twins that a source prints."""
    bare = dimension.counting or dimension.canonical == "1"
    units = sorted({*dimension.factors, *dimension.synonyms}, key=lambda unit: (-len(unit), unit))
    shown = ", ".join(dimension.factors)
    text = {
        "type": "string",
        "pattern": rf"^\s*{NUMBER}\s*({'|'.join(map(_any_case, units))}){'?' if bare else ''}\s*$",
        "patternErrorMessage": f"a number and one of the units {shown}",
        "description": f"{dimension.label}, in {shown}",
        "examples": ["2" if bare else f"20 {dimension.canonical}"],
    }
    one = {"anyOf": [text, {"type": "number"}]} if bare else text
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _any_case(unit: str) -> str:
    """Letter case, spaces and the two micro signs do not matter when a unit is read; patterns have no flag for that."""
    return "".join(_letter(letter) for letter in unit)


def _letter(letter: str) -> str:
    if letter.isspace():
        return r"\s*"
    if letter in "uµμ":
        return "[uUµμ]"
    if letter.isalpha() and letter.lower() != letter.upper():
        return f"[{letter.lower()}{letter.upper()}]"
    return f"\\{letter}" if letter in SYNTAX else letter


def _plain(field: Field) -> Json:
    """A field of marshmallow's own, or one that knows its own schema."""
    if isinstance(field, FactField):
        return field.json_schema()
    own: Json = getattr(field, "json_schema", dict)()
    for sort, name in TYPES.items():
        if isinstance(field, sort):
            own = {"type": name}
    for rule in field.validators:
        own |= _rule(rule)
    return own


SYNTAX = frozenset("^$\\.*+?()[]{}|/")
"""What a pattern of JSON Schema must escape, and all that it may. Source: ECMA-262, SyntaxCharacter."""

TYPES: dict[type[Field], str] = {
    fields.Boolean: "boolean", fields.Integer: "integer", fields.String: "string", fields.Dict: "object",
}  # fmt: skip


def _rule(rule: Any) -> Json:
    """What a validator asks, as far as a JSON Schema can."""
    match rule:
        case validate.OneOf():
            return {"enum": list(rule.choices)}
        case validate.Regexp():
            return {"pattern": rule.regex.pattern}
        case validate.URL():
            return {"pattern": f"^({'|'.join(sorted(rule.schemes))})://"}
        case validate.Length():
            found = {"minLength": rule.min, "maxLength": rule.max}
        case validate.Range():
            found = {"minimum": rule.min, "maximum": rule.max}
        case _:
            return {}
    return {key: value for key, value in found.items() if value is not None}
