"""Trials of a site in every version; a result names the versions that it was made with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Select, and_, bindparam, false, func, select, update
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.database import insert_into
from storage.models import Site, SiteTrial, TrialVersion, new_id, table_of


class HasVersion(Protocol):
    """A trial as storage needs it: the hash of its content."""

    @property
    def version(self) -> str: ...


class TrialLibrary(Protocol):
    """A library as storage needs it: trials and their texts by id, and the version of a text with its definitions."""

    @property
    def trials(self) -> Mapping[str, HasVersion]: ...
    @property
    def texts(self) -> Mapping[str, str]: ...
    def version_of(self, trial_id: str, text: str) -> str | None:
        """Return None for a text that it cannot read."""
        ...


@dataclass(frozen=True)
class TrialRow:
    """One version of a trial; `body` is its YAML text."""

    trial_id: str
    version: str
    body: str
    trial_version_pk: str
    origin: str


@dataclass(frozen=True)
class VersionView:
    """One version of a trial without its text."""

    version: str
    origin: str
    created_at: datetime
    current: bool


def sync_library(session: Session, site_id: str, library: TrialLibrary) -> None:
    """Give a site the library's current trials; trials removed from the library retire, the site's own texts stay.

    A site's own text gets a new version if the meaning of a definition that it uses has changed.
    """
    current = {row.trial_id: row for row in current_trials(session, site_id)}
    for trial_id, trial in library.trials.items():
        known = current.get(trial_id)
        if known is None or (known.origin == "library" and known.version != trial.version):
            _store(session, site_id, trial_id, trial.version, library.texts[trial_id], "library")
    for row in current.values():
        if row.origin == "site" and library.version_of(row.trial_id, row.body) not in (None, row.version):
            _store(session, site_id, row.trial_id, str(library.version_of(row.trial_id, row.body)), row.body, "site")
    from_library = {row.trial_id for row in current.values() if row.origin == "library"}
    dropped = from_library.difference(library.trials)
    if dropped:
        of_site = update(SiteTrial).where(SiteTrial.site_id == site_id, SiteTrial.trial_id.in_(dropped))
        session.execute(of_site.values(current_version=None))


def sync_every_site(session: Session, library: TrialLibrary) -> None:
    """Give all sites the library's current trials: part of an upgrade, after the migrations."""
    for site_id in session.scalars(select(Site.id)).all():
        sync_library(session, site_id, library)


def put_trial(session: Session, principal: Principal, trial_id: str, version: str, body: str) -> bool:
    """Store a site's own text of a trial and make it current; return False if that version already was current."""
    known = get_trial(session, principal.site_id, trial_id)
    if known is not None and known.version == version:
        return False
    _store(session, principal.site_id, trial_id, version, body, "site")
    audit.record(session, principal, "trial.stored", trial_id)
    return True


def current_trials(session: Session, site_id: str) -> list[TrialRow]:
    """Return the trials that a patient of this site is matched against, by id."""
    return [_row(version) for version in session.scalars(_current(site_id))]


def current_version_pks(session: Session, site_id: str) -> list[str]:
    """Return only the keys of `current_trials`: a worker that has compiled these versions needs no text."""
    return list(session.scalars(_CURRENT_KEYS, {"site": site_id}))


def load_texts(session: Session, trial_version_pks: Sequence[str]) -> list[TrialRow]:
    """Return these versions with their texts."""
    versions = session.scalars(select(TrialVersion).where(TrialVersion.id.in_(trial_version_pks)))
    return [_row(version) for version in versions]


def get_trial(session: Session, site_id: str, trial_id: str, version: str | None = None) -> TrialRow | None:
    """Return the current or the given version of a site's trial, including retired versions."""
    wanted = _current(site_id)
    if version is not None:
        wanted = select(TrialVersion).where(TrialVersion.site_id == site_id, TrialVersion.version == version)
    stored = session.scalars(wanted.where(TrialVersion.trial_id == trial_id)).one_or_none()
    return None if stored is None else _row(stored)


def list_versions(session: Session, site_id: str, trial_id: str) -> list[VersionView]:
    """Return every version of a trial at the site, newest first; empty if it has no such trial."""
    is_current = func.coalesce(SiteTrial.current_version == TrialVersion.version, false())
    same = and_(SiteTrial.site_id == TrialVersion.site_id, SiteTrial.trial_id == TrialVersion.trial_id)
    wanted = select(TrialVersion.version, TrialVersion.origin, TrialVersion.created_at, is_current.label("current"))
    of_trial = (TrialVersion.site_id == site_id, TrialVersion.trial_id == trial_id)
    wanted = wanted.join(SiteTrial, same).where(*of_trial)
    rows = session.execute(wanted.order_by(TrialVersion.created_at.desc(), TrialVersion.id))
    return [VersionView(**row._mapping) for row in rows]


def _current(site_id: str) -> Select[TrialVersion]:
    return (
        select(TrialVersion)
        .join(SiteTrial, _IS_CURRENT)
        .where(SiteTrial.site_id == site_id)
        .order_by(TrialVersion.trial_id)
    )


def _row(version: TrialVersion) -> TrialRow:
    return TrialRow(version.trial_id, version.version, version.body, version.id, version.origin)


def _store(session: Session, site_id: str, trial_id: str, version: str, body: str, origin: str) -> None:
    """Make a version current. A stored version is reused; its origin becomes that of the last request."""
    key = {"site_id": site_id, "trial_id": trial_id}
    text = {"id": new_id(), "version": version, "body": body, "origin": origin}
    stored = insert_into(session, TrialVersion).values(key | text)
    unique = ["site_id", "trial_id", "version"]
    session.execute(stored.on_conflict_do_update(index_elements=unique, set_={"origin": origin}))
    head = insert_into(session, SiteTrial).values(key | {"current_version": version})
    session.execute(head.on_conflict_do_update(index_elements=list(key), set_={"current_version": version}))


_IS_CURRENT = and_(
    SiteTrial.site_id == TrialVersion.site_id,
    SiteTrial.trial_id == TrialVersion.trial_id,
    SiteTrial.current_version == TrialVersion.version,
)
_text = table_of(TrialVersion).c
_CURRENT_KEYS = (  # built once: every task runs this
    select(_text.id)
    .join_from(table_of(TrialVersion), table_of(SiteTrial), _IS_CURRENT)
    .where(_text.site_id == bindparam("site"))
    .order_by(_text.trial_id)
)
