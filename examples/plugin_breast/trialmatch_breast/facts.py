"""The section `receptors` of a patient summary."""

from schemas.summary.fields import CodeField, YesNoField
from schemas.summary.quantity_fields import QuantityField
from schemas.summary.sections import FactSchema, SectionField


class Receptors(FactSchema):
    """Receptor status of the tumour at the last test."""

    estrogen = QuantityField("percent", "tumour cells with estrogen receptor", help="ER by immunohistochemistry.")
    progesterone = QuantityField(
        "percent", "tumour cells with progesterone receptor", help="PR by immunohistochemistry."
    )
    her2_ihc = CodeField("her2_ihc", "HER2 score by immunohistochemistry")
    her2_amplified = YesNoField("HER2 amplified by in-situ hybridisation", question="Was HER2 amplified by ISH?")
    her2 = CodeField("her2_status", "reported HER2 status")


RECEPTORS = SectionField(Receptors, "receptor status")
