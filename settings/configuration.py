"""Every setting of the service, read from TRIALMATCH_ variables: the same names on a laptop and in production."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

QUEUES = ("interactive", "batch")
"""The queues of the broker. Each has its own workers, so that a registry never delays a coordinator."""

PREFIX = "TRIALMATCH_"
MIN_SECRET_CHARACTERS = 32
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(Exception):
    """A TRIALMATCH_ variable is not usable. The message names the variable, never its value."""


def _whole_number(default: int, minimum: int, maximum: int, doc: str) -> int:
    setting: int = field(default=default, metadata={"range": (minimum, maximum), "doc": doc})
    return setting


def _text(default: str, doc: str, secret: bool = False) -> str:
    setting: str = field(default=default, repr=not secret, metadata={"doc": doc})
    return setting


@dataclass(frozen=True)
class Settings:
    """One field per variable: `database_url` is TRIALMATCH_DATABASE_URL. The metadata documents each."""

    data_dir: Path = field(default=Path("var"), metadata={"doc": "folder of the SQLite database, the queue and logs"})
    database_url: str = _text("", "sqlite:/// or postgresql:// URL; trialmatch.db in the data folder", secret=True)
    broker_url: str = _text("redis://127.0.0.1:6379/0", "redis:// URL of Valkey or Redis", secret=True)
    host: str = _text("127.0.0.1", "address the web server listens on")
    port: int = _whole_number(8000, 0, 65535, "port of the web server; 0 lets `trialmatch up` choose a free port")
    web_threads: int = _whole_number(8, 1, 64, "threads of the web server")
    worker_concurrency: int = _whole_number(1, 1, 64, "processes of the interactive worker")
    batch_concurrency: int = _whole_number(0, 0, 64, "processes of the batch worker; 0: one per processor")
    batch_niceness: int = _whole_number(5, 0, 19, "niceness of the batch worker (nice(2)); 0: normal priority")
    batch_chunk_rows: int = _whole_number(40_000, 100, 40_000, "rows per chunk, the unit of work of a batch")
    batch_window: int = _whole_number(32, 1, 1000, "maximum chunks of one batch in the queue at a time")
    max_batch_bytes: int = _whole_number(4 << 30, 1 << 10, 1 << 40, "largest file of a batch, as uploaded")
    max_body_bytes: int = _whole_number(1 << 20, 1 << 10, 1 << 30, "largest request body")
    task_seconds: int = _whole_number(
        15, 1, 600, "time limit of a task and lease of a split; the process is killed 5 seconds later"
    )
    visibility_timeout_seconds: int = _whole_number(300, 20, 3600, "time after which the queue redelivers a lost task")
    sweep_seconds: int = _whole_number(10, 1, 600, "age at which the sweeper re-queues a waiting submission or chunk")
    lease_seconds: int = _whole_number(10, 1, 600, "lease of a worker on a chunk; a running worker renews it")
    max_attempts: int = _whole_number(3, 1, 20, "attempts after which a submission or chunk is parked with its error")
    retry_after_seconds: int = _whole_number(5, 1, 600, "Retry-After header of a 503 response")
    log_level: str = _text("INFO", "DEBUG, INFO, WARNING or ERROR")
    secret_key: str = _text("", "signs the cookies of the page; a file of the data folder if not set", secret=True)
    trusted_proxies: int = _whole_number(
        0, 0, 5, "proxies in front of the web server whose X-Forwarded headers are trusted"
    )
    idle_minutes: int = _whole_number(30, 1, 720, "minutes without a request after which a browser is signed out")
    sign_in_attempts: int = _whole_number(
        10, 1, 1000, "failed sign-ins per name in 15 minutes after which further attempts are refused"
    )

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "database_url", _with_driver(self.database_url or self._default_database()))

    def _default_database(self) -> str:
        return f"sqlite:///{self.data_dir.resolve() / 'trialmatch.db'}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings of these variables; an empty variable counts as not set.

        Raises: SettingsError naming the variable.
        """
        values: dict[str, Any] = {}
        for setting in fields(cls):
            if text := environ.get(PREFIX + setting.name.upper(), ""):
                values[setting.name] = _parse(setting.name, text, setting.default)
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """Return the variables that reproduce these settings in a child process."""
        return {PREFIX + setting.name.upper(): str(getattr(self, setting.name)) for setting in fields(self)}

    def within(self, data_dir: Path) -> "Settings":
        """Return the same settings with another data folder; the default database moves with the folder."""
        is_default = self.database_url == _with_driver(self._default_database())
        return replace(self, data_dir=data_dir, database_url="" if is_default else self.database_url)


def _parse(name: str, text: str, default: object) -> object:
    if isinstance(default, Path):
        return Path(text)
    if not isinstance(default, int):
        return text
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"{PREFIX}{name.upper()} must be a whole number") from None


def _check(settings: Settings) -> None:
    for setting in fields(settings):
        if "range" not in setting.metadata:
            continue
        minimum, maximum = setting.metadata["range"]
        if not minimum <= getattr(settings, setting.name) <= maximum:
            raise SettingsError(f"{PREFIX}{setting.name.upper()} must be between {minimum} and {maximum}")
    if settings.secret_key and len(settings.secret_key) < MIN_SECRET_CHARACTERS:
        raise SettingsError(f"{PREFIX}SECRET_KEY must have at least {MIN_SECRET_CHARACTERS} characters")
    if settings.log_level not in LOG_LEVELS:
        raise SettingsError(f"{PREFIX}LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    # A task that outlives the visibility timeout is delivered a second time while it still runs.
    if settings.task_seconds * 2 > settings.visibility_timeout_seconds:
        raise SettingsError(f"{PREFIX}TASK_SECONDS must be at most half of {PREFIX}VISIBILITY_TIMEOUT_SECONDS")


def _with_driver(url: str) -> str:
    """Return the URL with the installed driver; hosting platforms still hand out `postgres://`."""
    # Imported here: only programs with a database need SQLAlchemy.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(f"{PREFIX}DATABASE_URL is not a database URL") from None
    scheme = parsed.drivername.partition("+")[0]
    driver = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}.get(scheme)
    if driver is None:
        raise SettingsError(f"{PREFIX}DATABASE_URL must start with sqlite:/// or postgresql://")
    return parsed.set(drivername=driver).render_as_string(hide_password=False)
