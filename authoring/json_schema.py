"""Generates the JSON Schema of a trial file, for editors, from the criterion kinds, declared facts and vocabularies.

It is stricter than the reader where that helps the author: codes only, no labels and synonyms. It cannot express rules
about several fields together; `trialmatch trials check` checks those.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from marshmallow import Schema, fields, validate

from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.kind_fields import CodesField, DefinedNameField, TextListField, ThresholdField
from schemas.criteria.language import BULLET, SOURCE_QUALITIES, CriteriaField, CriterionField, Kind, kinds
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import CodeField, FactField
from schemas.summary.quantity import NUMBER
from schemas.summary.sections import MAX_RECORDS, RecordsField
from schemas.summary.units import Dimension, dimensions
from schemas.summary.vocabulary import knowledge_table, vocabularies
from schemas.trials.trial_schema import PartialSummaryField, TrialSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json: TypeAlias = dict[str, Any]
Field: TypeAlias = fields.Field[Any]

DEFINED_NAMES: dict[str, Callable[[], list[str]]] = {
    "definition": lambda: _definition_names(of_lesion=False),
    "lesion_definition": lambda: _definition_names(of_lesion=True),
    "variant_group": lambda: list(knowledge_table("variant_group")),
}
"""The names that a `DefinedNameField` can take, by table."""


def _definition_names(of_lesion: bool) -> list[str]:
    return [
        definition.name for definition in packaged_definitions().all().values() if definition.of_lesion == of_lesion
    ]


@cache
def trial_json_schema() -> Json:
    """The schema of a trial file, with every criterion kind that is built in or installed."""
    parts = SchemaParts()
    trial = parts.object(TrialSchema())
    return {"$schema": DIALECT, "title": "Trial", **trial, "$defs": dict(sorted(parts.definitions.items()))}


class SchemaParts:
    """Schemas by name, each created on first reference, because kinds contain criteria and criteria contain kinds."""

    def __init__(self) -> None:
        self.definitions: dict[str, Json] = {}

    def reference(self, name: str, make: Callable[[], Json]) -> Json:
        """A reference to the schema of this name, which is created if needed."""
        if name not in self.definitions:
            self.definitions[name] = {}  # its parts may refer to it
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def criterion(self) -> Json:
        """Exactly one kind with its annotations."""
        return self.reference("criterion", self._criterion)

    def _criterion(self) -> Json:
        found = {name: _titled(self._kind(kind), name, kind) for name, kind in sorted(kinds().items())}
        return {
            "type": "object",
            "properties": {**found, **ANNOTATION_SCHEMAS},
            "additionalProperties": False,
            "oneOf": [{"required": [name]} for name in found],
        }

    def _kind(self, kind: Kind) -> Json:
        return self.reference(f"kind-{kind.name}", lambda: _titled(self._body(kind), kind.name, kind))

    def _body(self, kind: Kind) -> Json:
        """The fields of a kind, or the value of the field that its shorthand names."""
        if kind.shorthand is None:
            return self.object(kind)
        alone = self.field(kind.fields[kind.shorthand])
        return alone if kind.whole else {"anyOf": [alone, self.object(kind)]}

    def object(self, schema: Schema, partial: bool = False) -> Json:
        """The fields of a schema. A partial object has no required fields."""
        found = {field.data_key or name: field for name, field in schema.fields.items()}
        required = [key for key, field in found.items() if field.required and not partial]
        properties = {key: self._described(field) for key, field in found.items()}
        out = {"type": "object", "properties": properties, "additionalProperties": False}
        return out | ({"required": required} if required else {})

    def _described(self, field: Field) -> Json:
        described = {key: field.metadata[key] for key in ("title", "description") if field.metadata.get(key)}
        return self.field(field) | described

    def field(self, field: Field) -> Json:
        """The schema of one field."""
        match field:
            case CriterionField():
                return self.criterion()
            case CriteriaField():
                return {"type": "array", "items": self.criterion()}
            case PartialSummaryField():
                return self.reference("summary", lambda: self.object(PatientSchema(), partial=True))
            case ThresholdField():
                name = field.dimension_name
                return self.reference(f"threshold-{name}", lambda: _threshold(dimensions()[name]))
            case DefinedNameField():
                return self.reference(field.table, lambda: {"enum": DEFINED_NAMES[field.table]()})
            case CodesField() | TextListField():
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
        """One item of a list; in a trial file only codes are accepted, no labels."""
        item = field.inner
        if not isinstance(item, CodeField):
            return self.field(item)
        return self.reference(f"codes-{item.vocabulary_name}", lambda: _codes(item.vocabulary_name))

    def _record(self, field: RecordsField) -> Json:
        record = self._schema(field)
        return {"anyOf": [record, {"type": "string"}]} if field.shorthand else record

    def _nested(self, field: fields.Nested) -> Json:
        return {"anyOf": [self._schema(field), {"type": "null"}]} if field.allow_none else self._schema(field)

    def _schema(self, field: fields.Nested) -> Json:
        schema = field.schema
        described = {"description": _sentence(schema)} if _sentence(schema) else {}
        name = f"{type(schema).__module__}.{type(schema).__name__}"  # two packages may use the same class name
        return self.reference(name, lambda: self.object(schema) | described)


ANNOTATION_SCHEMAS: dict[str, Json] = {
    "label": {"type": "string", "description": "The criterion in the curator's own words."},
    "note": {"type": "string", "description": "What a reader should know about the source or the encoding."},
    "source_quality": {"enum": list(SOURCE_QUALITIES), "description": "How reliable the source is on this point."},
    "bullet": {
        "anyOf": [
            {"type": "string", "pattern": f"^{BULLET.pattern}$"},
            {"type": "array", "items": {"type": "string", "pattern": f"^{BULLET.pattern}$"}},
        ],
        "description": "Bullets of the source that it accounts for: I3 is the third inclusion, E1 the first exclusion.",
    },
}


def _titled(schema: Json, name: str, kind: Kind) -> Json:
    return {**schema, "title": name, "description": _sentence(kind)}


def _sentence(schema: Schema) -> str:
    """The docstring of the class itself, on one line."""
    return " ".join((type(schema).__dict__.get("__doc__") or "").split())


def _one_or_more(item: Json) -> Json:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _codes(vocabulary: str) -> Json:
    terms = vocabularies()[vocabulary].terms.values()
    return {
        "enum": [term.code for term in terms],
        "enumDescriptions": [term.label for term in terms],
        "description": f"A code of the vocabulary {vocabulary}.",
    }


def _threshold(dimension: Dimension) -> Json:
    """One value with a unit of the dimension, or the alternatives that a source prints."""
    unit_optional = dimension.counting or dimension.canonical == "1"
    units = sorted({*dimension.factors, *dimension.synonyms}, key=lambda unit: (-len(unit), unit))
    shown = ", ".join(dimension.factors)
    text = {
        "type": "string",
        "pattern": rf"^\s*{NUMBER}\s*({'|'.join(map(_any_case, units))}){'?' if unit_optional else ''}\s*$",
        "patternErrorMessage": f"a number and one of the units {shown}",
        "description": f"{dimension.label}, in {shown}",
        "examples": ["2" if unit_optional else f"20 {dimension.canonical}"],
    }
    value = {"anyOf": [text, {"type": "number"}]} if unit_optional else text
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]}


def _any_case(unit: str) -> str:
    """A pattern that ignores case, spaces and which micro sign is used; JSON Schema patterns have no flag for that."""
    return "".join(_letter(letter) for letter in unit)


def _letter(letter: str) -> str:
    if letter.isspace():
        return r"\s*"
    if letter in "uµμ":
        return "[uUµμ]"
    if letter.isalpha() and letter.lower() != letter.upper():
        return f"[{letter.lower()}{letter.upper()}]"
    return f"\\{letter}" if letter in SYNTAX_CHARACTERS else letter


def _plain(field: Field) -> Json:
    """A marshmallow field, or a field with a `json_schema` method."""
    if isinstance(field, FactField):
        return field.json_schema()
    schema: Json = getattr(field, "json_schema", dict)()
    for field_type, name in JSON_TYPES.items():
        if isinstance(field, field_type):
            schema = {"type": name}
    for validator in field.validators:
        schema |= _rule(validator)
    return schema


SYNTAX_CHARACTERS = frozenset("^$\\.*+?()[]{}|/")
"""The characters that a JSON Schema pattern must escape; it may escape no other. Source: ECMA-262, SyntaxCharacter."""

JSON_TYPES: dict[type[Field], str] = {
    fields.Boolean: "boolean", fields.Integer: "integer", fields.String: "string", fields.Dict: "object",
}  # fmt: skip


def _rule(validator: Any) -> Json:
    """The JSON Schema keywords of a validator, as far as there are any."""
    match validator:
        case validate.OneOf():
            return {"enum": list(validator.choices)}
        case validate.Regexp():
            return {"pattern": validator.regex.pattern}
        case validate.URL():
            return {"pattern": f"^({'|'.join(sorted(validator.schemes))})://"}
        case validate.Length():
            keywords = {"minLength": validator.min, "maxLength": validator.max}
        case validate.Range():
            keywords = {"minimum": validator.min, "maximum": validator.max}
        case _:
            return {}
    return {key: value for key, value in keywords.items() if value is not None}
