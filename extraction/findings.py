"""Everything the recognisers find in a reading, in a fixed order."""

from extraction.reading import Mention, TokenisedNote
from extraction.recognise import (
    age,
    conditions,
    disease,
    histology,
    labs,
    lesions,
    markers,
    performance,
    procedures,
    radioiodine,
    sex,
    stage,
    therapies,
    uptake,
    variants,
)

RECOGNISERS = (age, sex, performance, histology, stage, variants, radioiodine, uptake, lesions, disease, markers,
               therapies, procedures, conditions, labs)  # fmt: skip


def findings_of(reading: TokenisedNote) -> list[Mention]:
    """Every finding, used or not."""
    return [finding for recogniser in RECOGNISERS for finding in recogniser.find(reading)]
