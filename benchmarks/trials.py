"""Which trials a benchmark matches against: a site's usual handful, or the whole library."""

from dataclasses import replace

from schemas.trials.library import Library, load_library

SITE_TRIALS = (
    "NCT02152995", "NCT05668962", "NCT04554680", "NCT03244956", "NCT04940052", "NCT03690388", "NCT01843062",
    "NCT00410761",
)  # fmt: skip
"""Eight trials such as one site screens for: redifferentiation, systemic, adjuvant, and one of medullary cancer."""


def site_library(trials: int) -> Library:
    """The site's trials, then others of the library, so many in all."""
    library = load_library()
    order = [*SITE_TRIALS, *(one for one in library.trials if one not in SITE_TRIALS)][:trials]
    return replace(library, trials={one: library.trials[one] for one in order})
