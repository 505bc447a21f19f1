"""Sites for tests and benchmarks: the trials of a typical site, and a stored site with a key."""

from dataclasses import replace

from schemas.trials.library import Library, load_library
from storage.database import Database
from storage.sites import create_key, create_site
from storage.trials import sync_library

SITE_TRIALS = (
    "NCT02152995", "NCT05668962", "NCT04554680", "NCT03244956", "NCT04940052", "NCT03690388", "NCT01843062",
    "NCT00410761",
)  # fmt: skip
"""Eight trials such as one site screens for: redifferentiation, systemic, adjuvant, and one of medullary cancer."""


def site_library(trials: int) -> Library:
    """The first `trials` trials: those of the site, then the others of the library."""
    library = load_library()
    order = [*SITE_TRIALS, *(trial_id for trial_id in library.trials if trial_id not in SITE_TRIALS)][:trials]
    return replace(library, trials={trial_id: library.trials[trial_id] for trial_id in order})


def new_site_key(database: Database, site_name: str, role: str, library: Library | None = None) -> str:
    """Store a site with these trials, the packaged ones by default, and return a key of it."""
    with database.session() as session:
        site = create_site(session, site_name)
        sync_library(session, site.id, library or load_library())
        return create_key(session, site.id, role, site_name)
