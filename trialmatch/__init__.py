"""Match thyroid-cancer patients against encoded clinical trials, with reasons.

    >>> import trialmatch
    >>> result = trialmatch.match({"patient_ref": "A-0042", "diagnosis": {"histology": "medullary"}})
    >>> {match["trial"]: match["verdict"] for match in result["matches"]}["NCT03244956"]
    'ineligible'

A pre-screening aid: the investigator decides on eligibility. The names in `__all__` are the public library, described
in docs/python.md; every other module may change without notice. They are imported on first use, so `import trialmatch`
takes a millisecond.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matching.trial import Trial
    from schemas.inputs.faults import Fault, InputError
    from trialmatch.client import Client
    from trialmatch.extras import MissingExtra
    from trialmatch.one_patient import explain, load_trials, match, read_note
    from trialmatch.screening import Screening, ScreenOptions, screen

__all__ = [
    "Client",
    "Fault",
    "InputError",
    "MissingExtra",
    "ScreenOptions",
    "Screening",
    "Trial",
    "explain",
    "load_trials",
    "match",
    "read_note",
    "screen",
]

_MODULES = {
    "Client": "trialmatch.client",
    "Fault": "schemas.inputs.faults",
    "InputError": "schemas.inputs.faults",
    "MissingExtra": "trialmatch.extras",
    "ScreenOptions": "trialmatch.screening",
    "Screening": "trialmatch.screening",
    "Trial": "matching.trial",
    "explain": "trialmatch.one_patient",
    "load_trials": "trialmatch.one_patient",
    "match": "trialmatch.one_patient",
    "read_note": "trialmatch.one_patient",
    "screen": "trialmatch.screening",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
