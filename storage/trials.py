"""Trials of a site and every version of them; a result names the versions that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Select, and_, bindparam, false, func, select, update
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.column_types import new_id
from storage.models import Site, SiteTrial, TrialVersion, table_of
from storage.upsert import insert_into


class HasVersion(Protocol):
    """What is asked of a trial: the hash of its content."""

    @property
    def version(self) -> str: ...


class TrialLibrary(Protocol):
    """What is asked of a library: trials, and their texts, by id; and what version a text is with its definitions."""

    @property
    def trials(self) -> Mapping[str, HasVersion]: ...
    @property
    def texts(self) -> Mapping[str, str]: ...
    def version_of(self, trial_id: str, text: str) -> str | None:
        """None for a text that it cannot read."""
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
    """Give a site the library's trials as they are now; what the library dropped retires, what the site wrote stays.

    A site's own text gets a new version where a definition that it uses means something else now.
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
    """The library's trials for all sites: part of an upgrade, after the migrations."""
    for site_id in session.scalars(select(Site.id)).all():
        sync_library(session, site_id, library)


def put_trial(session: Session, principal: Principal, trial_id: str, version: str, body: str) -> bool:
    """Store a site's own text of a trial and make it current; False if that version already was."""
    known = get_trial(session, principal.site_id, trial_id)
    if known is not None and known.version == version:
        return False
    _store(session, principal.site_id, trial_id, version, body, "site")
    audit.record(session, principal, "trial.stored", trial_id)
    return True


def current_trials(session: Session, site_id: str) -> list[TrialRow]:
    """The trials that a patient of this site is matched against, by id."""
    return [_row(version) for version in session.scalars(_current(site_id))]


list_trials = current_trials


def current_versions(session: Session, site_id: str) -> list[str]:
    """The keys alone of what `current_trials` gives: a worker that has compiled them needs no text."""
    return list(session.scalars(_CURRENT_KEYS, {"site": site_id}))


def texts_of(session: Session, trial_version_pks: Sequence[str]) -> list[TrialRow]:
    """These versions with their texts."""
    return [_row(one) for one in session.scalars(select(TrialVersion).where(TrialVersion.id.in_(trial_version_pks)))]


def get_trial(session: Session, site_id: str, trial_id: str, version: str | None = None) -> TrialRow | None:
    """One trial of a site: its current version, or the one asked for, retired ones too."""
    wanted = _current(site_id)
    if version is not None:
        wanted = select(TrialVersion).where(TrialVersion.site_id == site_id, TrialVersion.version == version)
    found = session.scalars(wanted.where(TrialVersion.trial_id == trial_id)).one_or_none()
    return None if found is None else _row(found)


def list_versions(session: Session, site_id: str, trial_id: str) -> list[VersionView]:
    """Every version of a trial that the site had, the newest first; empty if it has no such trial."""
    is_current = func.coalesce(SiteTrial.current_version == TrialVersion.version, false())
    same = and_(SiteTrial.site_id == TrialVersion.site_id, SiteTrial.trial_id == TrialVersion.trial_id)
    wanted = select(TrialVersion.version, TrialVersion.origin, TrialVersion.created_at, is_current.label("current"))
    mine = (TrialVersion.site_id == site_id, TrialVersion.trial_id == trial_id)
    found = wanted.join(SiteTrial, same).where(*mine).order_by(TrialVersion.created_at.desc(), TrialVersion.id)
    return [VersionView(**row._mapping) for row in session.execute(found)]


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
    """A version that was current before becomes so again without a second row; its origin follows who put it last."""
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
_CURRENT_KEYS = (  # built once: every task asks this
    select(_text.id)
    .join_from(table_of(TrialVersion), table_of(SiteTrial), _IS_CURRENT)
    .where(_text.site_id == bindparam("site"))
    .order_by(_text.trial_id)
)
