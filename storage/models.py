"""The tables and their column types. Every row belongs to a site; deleting a patient deletes all derived rows."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias, cast
from uuid import uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from matching.verdict import VERDICTS
from settings.configuration import QUEUES
from settings.roles import ROLES
from storage.states import RESCREEN_STATES, SUBMISSION_STATES

ORIGINS = ("library", "site")

Json: TypeAlias = dict[str, Any]


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC, on SQLite and PostgreSQL alike. SQLite stores no time zone, so reading restores it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """Return the current moment in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a random identifier, which reveals nothing of its row and cannot be guessed from another."""
    return uuid4().hex


RUNNING = text("state = 'running'")
WAITING = text("state = 'queued'")

Id = Annotated[str, mapped_column(String(32), primary_key=True, default=new_id)]
SiteId = Annotated[str, mapped_column(String(32), ForeignKey("site.id", ondelete="CASCADE"))]
Moment = Annotated[datetime, mapped_column(UtcTime, default=now)]


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return a check constraint named after the column; text is easier to migrate than a database enum."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Base(DeclarativeBase):
    """Constraints are named by rule, so that migrations can drop them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {Json: JSON(none_as_null=True), datetime: UtcTime}  # noqa: RUF012 (declared so by SQLAlchemy)


def table_of(model: type[Base]) -> Table:
    """Return the table itself, for statements of the hot path: the model costs more time than the database."""
    return cast(Table, model.__table__)


class Site(Base):
    __tablename__ = "site"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    keep_notes: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[Moment]


class ApiKey(Base):
    __tablename__ = "api_key"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[Id]
    site_id: Mapped[SiteId] = mapped_column(index=True)
    role: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None]


class SiteTrial(Base):
    __tablename__ = "trial"

    site_id: Mapped[SiteId] = mapped_column(primary_key=True)
    trial_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    current_version: Mapped[str | None] = mapped_column(String(64))
    """None: retired, kept for the results that it produced."""


class TrialVersion(Base):
    __tablename__ = "trial_version"
    __table_args__ = (UniqueConstraint("site_id", "trial_id", "version"), one_of("origin", ORIGINS))

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    trial_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[Moment]


class Patient(Base):
    __tablename__ = "patient"
    __table_args__ = (UniqueConstraint("site_id", "patient_ref"), Index("ix_patient_site_id_id", "site_id", "id"))

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    patient_ref: Mapped[str] = mapped_column(String(200))
    current_version: Mapped[int]


class PatientVersion(Base):
    __tablename__ = "patient_version"
    __table_args__ = (
        UniqueConstraint("patient_id", "number"),
        one_of("state", SUBMISSION_STATES),
        one_of("queue", QUEUES),
        Index("ix_patient_version_waiting", "sent_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(String(32), ForeignKey("patient.id", ondelete="CASCADE"))
    number: Mapped[int]
    summary: Mapped[Json]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    queue: Mapped[str] = mapped_column(String(20), default="interactive")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(100))
    submitted_at: Mapped[Moment]
    sent_at: Mapped[Moment]
    """When its id was last sent to the queue; the sweeper looks at nothing else."""
    matched_at: Mapped[datetime | None]
    result: Mapped[Json | None]
    """The result without its matches, which are rows of their own."""


class NoteReading(Base):
    """The facts read from the note of a version. `text` is None unless the site keeps notes."""

    __tablename__ = "note_reading"

    patient_version_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("patient_version.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[Json]
    text: Mapped[str | None] = mapped_column(Text)


class Match(Base):
    __tablename__ = "match"
    __table_args__ = (one_of("verdict", VERDICTS),)

    patient_version_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("patient_version.id", ondelete="CASCADE"), primary_key=True
    )
    trial_version_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("trial_version.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    verdict: Mapped[str] = mapped_column(String(10))
    score: Mapped[float]
    rank: Mapped[int | None]
    """Position in the last result of the patient version; None: a later screening used another version of the trial."""
    body: Mapped[Json]


class Rescreen(Base):
    """The matching of a site's patients against one new version of a trial, block by block."""

    __tablename__ = "rescreen"
    __table_args__ = (
        one_of("state", RESCREEN_STATES),
        Index("ix_rescreen_running", "sent_at", sqlite_where=RUNNING, postgresql_where=RUNNING),
    )

    trial_version_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("trial_version.id", ondelete="CASCADE"), primary_key=True
    )
    site_id: Mapped[SiteId] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10))
    cursor: Mapped[str] = mapped_column(String(32))
    """The last patient of the last completed block. Moving it completes a block, so each block is completed once."""
    patients: Mapped[int]
    """Patients of the site when the re-screen was requested."""
    seen: Mapped[int]
    moves: Mapped[Json]
    """Patients whose verdict changed, by old and new verdict: `{"possible>eligible": 3}`."""
    attempts: Mapped[int]
    error: Mapped[str | None] = mapped_column(String(100))
    requested_at: Mapped[Moment]
    sent_at: Mapped[Moment]
    finished_at: Mapped[datetime | None]


class AuditEvent(Base):
    """Who did what to which row. No foreign keys: an event outlives its row."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_site_id_at", "site_id", "at"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[Moment]


class IdempotencyKey(Base):
    """The submission stored under a key, for repeats. Both are hashes: a client may put anything into its key."""

    __tablename__ = "idempotency_key"

    site_id: Mapped[SiteId] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    patient_version_id: Mapped[str] = mapped_column(
        String(32),
        # Deferred: the key is taken before the version is written, so that the second of two repeats waits.
        ForeignKey("patient_version.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        index=True,
    )
    created_at: Mapped[Moment]


class Account(Base):
    """A person who signs in to the page. The name is unique over all sites, because a sign-in gives no site."""

    __tablename__ = "account"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[Id]
    site_id: Mapped[SiteId] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Moment]
    disabled_at: Mapped[datetime | None]


class SignIn(Base):
    """A browser that is signed in; without this row its cookie is not valid."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(String(32), ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]


class Draft(Base):
    """An unfinished submission: only the account that wrote it can read it."""

    __tablename__ = "draft"

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(String(32), ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    body: Mapped[Json]
    changed_at: Mapped[Moment]
