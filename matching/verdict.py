"""The words for a trial's verdict and for a criterion's verdict, their order and their rank."""

from collections.abc import Mapping
from typing import Final

from matching.truth import FALSE, TRUE, UNKNOWN, Truth

ELIGIBLE: Final = "eligible"
POSSIBLE: Final = "possible"
INELIGIBLE: Final = "ineligible"

VERDICTS: tuple[str, ...] = (ELIGIBLE, POSSIBLE, INELIGIBLE)
"""The verdicts of a trial or cohort, best first."""

VERDICT_RANK: Mapping[str, int] = {verdict: rank for rank, verdict in enumerate(VERDICTS)}
"""0 for the best verdict."""

VERDICT_OF: Mapping[Truth, str] = {TRUE: ELIGIBLE, UNKNOWN: POSSIBLE, FALSE: INELIGIBLE}
TRUTH_OF: Mapping[str, Truth] = {verdict: truth for truth, verdict in VERDICT_OF.items()}

MET: Final = "met"
NOT_MET: Final = "not_met"
NOT_KNOWN: Final = "unknown"

CRITERION_VERDICTS: tuple[str, ...] = (MET, NOT_KNOWN, NOT_MET)
"""The verdicts of one criterion. An exclusion criterion is met when the patient does not have what it excludes."""

CRITERION_VERDICT_OF: Mapping[Truth, str] = {TRUE: MET, UNKNOWN: NOT_KNOWN, FALSE: NOT_MET}

DEFINITION_ANSWER_OF: Mapping[Truth, str] = {TRUE: "holds", UNKNOWN: "unknown", FALSE: "does_not_hold"}
"""The answer of a named definition for one patient."""
