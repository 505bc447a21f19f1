"""The section `receptors` of a patient summary."""

from schemas.fields import Code, FactSchema, Quantity, Section, Truth


class Receptors(FactSchema):
    """Receptor status of the tumour as last tested."""

    estrogen = Quantity("percent", "tumour cells with estrogen receptor", help="ER by immunohistochemistry.")
    progesterone = Quantity("percent", "tumour cells with progesterone receptor", help="PR by immunohistochemistry.")
    her2_ihc = Code("her2_ihc", "HER2 score by immunohistochemistry")
    her2_amplified = Truth("HER2 amplified by in-situ hybridisation", question="Was HER2 amplified by ISH?")
    her2 = Code("her2_status", "stated HER2 status")


RECEPTORS = Section(Receptors, "receptor status")
