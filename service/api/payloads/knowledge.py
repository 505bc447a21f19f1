"""Definitions, vocabularies and facts as the API shows them."""

from marshmallow import Schema, fields, validate


class FamilyQuery(Schema):
    """Which family of definitions to return."""

    family = fields.String(
        validate=validate.Regexp("^[a-z][a-z0-9-]{0,63}$", error="not a name of a family"),
        metadata={"description": "such as rai-refractory; all families if omitted"},
    )


class DefinitionCardSchema(Schema):
    """A named definition with its provenance."""

    name = fields.String(required=True)
    family = fields.String(required=True)
    title = fields.String(required=True)
    english = fields.String(required=True)
    source = fields.String(required=True)
    sure = fields.String(required=True, metadata={"description": "how certain the source is"})
    note = fields.String()


class DefinitionListSchema(Schema):
    """Named definitions."""

    definitions = fields.List(fields.Nested(DefinitionCardSchema), required=True)


class TermSchema(Schema):
    """A code of a vocabulary."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    synonyms = fields.List(fields.String(), required=True)
    parents = fields.List(fields.String(), required=True)
    group = fields.Boolean(required=True, metadata={"description": "stands for one of its members, not known which"})


class VocabularyHeadSchema(Schema):
    """A vocabulary in a list."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    terms = fields.Integer(required=True, metadata={"description": "number of terms"})


class VocabularyListSchema(Schema):
    """The vocabularies that summaries use."""

    vocabularies = fields.List(fields.Nested(VocabularyHeadSchema), required=True)


class VocabularySchema(Schema):
    """A vocabulary with its terms."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    terms = fields.List(fields.Nested(TermSchema), required=True)


class FactCardSchema(Schema):
    """A fact that a summary can contain."""

    path = fields.String(required=True)
    type = fields.String(required=True)
    label = fields.String(required=True)
    help = fields.String()
    unit = fields.String(allow_none=True)
    vocabulary = fields.String(allow_none=True)


class FactListSchema(Schema):
    """Every fact that a summary can contain."""

    facts = fields.List(fields.Nested(FactCardSchema), required=True)
