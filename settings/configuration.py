"""Every setting of the service, read from TRIALMATCH_ variables: the same names on a laptop and in production."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

QUEUES = ("interactive", "batch")
"""The queues of the broker. Each has its own workers, so that a registry never delays a coordinator."""

PREFIX = "TRIALMATCH_"
SHORTEST_SECRET = 32
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(Exception):
    """A TRIALMATCH_ variable is not usable. The message names the variable, never its value."""


def _whole(default: int, least: int, most: int, doc: str) -> int:
    made: int = field(default=default, metadata={"range": (least, most), "doc": doc})
    return made


def _text(default: str, doc: str) -> str:
    made: str = field(default=default, metadata={"doc": doc})
    return made


@dataclass(frozen=True)
class Settings:
    """One field a variable: `database_url` is TRIALMATCH_DATABASE_URL. The metadata is their documentation."""

    data_dir: Path = field(default=Path("var"), metadata={"doc": "folder of the SQLite database, the queue and logs"})
    database_url: str = field(
        default="", repr=False, metadata={"doc": "sqlite:/// or postgresql:// URL; trialmatch.db in the data folder"}
    )
    broker_url: str = field(
        default="redis://127.0.0.1:6379/0", repr=False, metadata={"doc": "redis:// URL of Valkey or Redis"}
    )
    host: str = _text("127.0.0.1", "address the web server listens on")
    port: int = _whole(8000, 0, 65535, "port of the web server; 0 lets `trialmatch up` choose a free one")
    web_threads: int = _whole(8, 1, 64, "threads of the web server")
    worker_concurrency: int = _whole(1, 1, 64, "processes of the interactive worker")
    batch_concurrency: int = _whole(0, 0, 64, "processes of the batch worker; 0: one a processor")
    batch_niceness: int = _whole(5, 0, 19, "how far the batch worker makes way to others; 0: not")
    batch_chunk_rows: int = _whole(40_000, 100, 40_000, "rows of a chunk, the unit of work of a batch")
    batch_window: int = _whole(32, 1, 1000, "chunks of one batch that are with the queue at a time")
    max_batch_bytes: int = _whole(4 << 30, 1 << 10, 1 << 40, "largest file of a batch, as it is sent")
    max_body_bytes: int = _whole(1 << 20, 1 << 10, 1 << 30, "largest request body")
    task_seconds: int = _whole(15, 1, 600, "time after which a task is given up; killed 5 seconds later")
    visibility_timeout_seconds: int = _whole(300, 20, 3600, "time after which the queue offers a lost task again")
    sweep_seconds: int = _whole(10, 1, 600, "age at which the sweeper sends a waiting submission again")
    max_attempts: int = _whole(3, 1, 20, "attempts after which a submission is parked with its error")
    retry_after_seconds: int = _whole(5, 1, 600, "Retry-After of an answer 503")
    log_level: str = _text("INFO", "DEBUG, INFO, WARNING or ERROR")
    secret_key: str = field(
        default="", repr=False, metadata={"doc": "signs the cookies of the page; a file of the data folder if not set"}
    )
    trusted_proxies: int = _whole(0, 0, 5, "proxies in front of the web server whose X-Forwarded headers are believed")
    idle_minutes: int = _whole(30, 1, 720, "minutes without a request after which a browser must sign in again")
    sign_in_attempts: int = _whole(
        10, 1, 1000, "failed sign-ins with one name in 15 minutes before the next is refused"
    )

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "database_url", _with_driver(self.database_url or self._own_database()))

    def _own_database(self) -> str:
        return f"sqlite:///{self.data_dir.resolve() / 'trialmatch.db'}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings of these variables; an empty variable counts as not set.

        Raises: SettingsError naming the variable.
        """
        given = {one.name: environ.get(PREFIX + one.name.upper(), "") for one in fields(cls)}
        defaults = {one.name: one.default for one in fields(cls)}
        values: dict[str, Any] = {name: _read(name, text, defaults[name]) for name, text in given.items() if text}
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """The variables that give these settings again, for a process that is started with them."""
        return {PREFIX + one.name.upper(): str(getattr(self, one.name)) for one in fields(self)}

    def within(self, data_dir: Path) -> "Settings":
        """The same settings with another data folder, and the database moved with it if it lives in the folder."""
        own = self.database_url == _with_driver(self._own_database())
        return replace(self, data_dir=data_dir, database_url="" if own else self.database_url)


def _read(name: str, text: str, default: object) -> object:
    if isinstance(default, Path):
        return Path(text)
    if not isinstance(default, int):
        return text
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"{PREFIX}{name.upper()} must be a whole number") from None


def _check(settings: Settings) -> None:
    for one in fields(settings):
        if "range" not in one.metadata:
            continue
        least, most = one.metadata["range"]
        if not least <= getattr(settings, one.name) <= most:
            raise SettingsError(f"{PREFIX}{one.name.upper()} must lie between {least} and {most}")
    if settings.secret_key and len(settings.secret_key) < SHORTEST_SECRET:
        raise SettingsError(f"{PREFIX}SECRET_KEY must have at least {SHORTEST_SECRET} characters")
    if settings.log_level not in LOG_LEVELS:
        raise SettingsError(f"{PREFIX}LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    # A task that outlives the visibility timeout is handed out a second time while it still runs.
    if settings.task_seconds * 2 > settings.visibility_timeout_seconds:
        raise SettingsError(f"{PREFIX}TASK_SECONDS must be at most half of {PREFIX}VISIBILITY_TIMEOUT_SECONDS")


def _with_driver(url: str) -> str:
    """The URL with the one driver that is installed; hosting platforms still hand out `postgres://`."""
    # Imported here: only programs with a database need SQLAlchemy.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(f"{PREFIX}DATABASE_URL is not a database URL") from None
    kind = parsed.drivername.partition("+")[0]
    driver = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}.get(kind)
    if driver is None:
        raise SettingsError(f"{PREFIX}DATABASE_URL must start with sqlite:/// or postgresql://")
    return parsed.set(drivername=driver).render_as_string(hide_password=False)
