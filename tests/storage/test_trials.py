"""A site has the library's trials and its own; every version of each is kept."""

from sqlalchemy import func, select

from storage.database import Database
from storage.models import AuditEvent, TrialVersion
from storage.trials import (
    current_trials,
    current_version_pks,
    get_trial,
    load_texts,
    put_trial,
    sync_every_site,
    sync_library,
)
from tests.rows import library, new_principal


def current(database: Database, site_id: str) -> dict[str, str]:
    with database.session() as session:
        return {row.trial_id: row.version for row in current_trials(session, site_id)}


def versions_stored(database: Database) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(TrialVersion)) or 0


def test_a_site_gets_the_library(database: Database) -> None:
    principal = new_principal(database, NCT1="a", NCT2="b")
    assert current(database, principal.site_id) == {"NCT1": "a", "NCT2": "b"}


def test_giving_the_same_library_twice_changes_nothing(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    with database.session() as session:
        sync_library(session, principal.site_id, library(NCT1="a"))
    assert versions_stored(database) == 1


def test_a_new_version_becomes_current_and_the_old_one_stays(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    with database.session() as session:
        sync_every_site(session, library(NCT1="b"))
        old = get_trial(session, principal.site_id, "NCT1", "a")
    assert current(database, principal.site_id) == {"NCT1": "b"}
    assert old is not None
    assert old.body == library(NCT1="a").texts["NCT1"]


def test_a_trial_removed_from_the_library_retires_but_stays_readable(database: Database) -> None:
    principal = new_principal(database, NCT1="a", NCT2="b")
    with database.session() as session:
        sync_library(session, principal.site_id, library(NCT2="b"))
        assert get_trial(session, principal.site_id, "NCT1") is None
        assert get_trial(session, principal.site_id, "NCT1", "a") is not None
    assert current(database, principal.site_id) == {"NCT2": "b"}


def test_a_retired_trial_comes_back(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    with database.session() as session:
        sync_library(session, principal.site_id, library())
        sync_library(session, principal.site_id, library(NCT1="a"))
    assert current(database, principal.site_id) == {"NCT1": "a"}
    assert versions_stored(database) == 1


def test_a_sites_own_text_is_not_replaced_or_retired_by_the_library(database: Database) -> None:
    principal = new_principal(database, role="curator", NCT1="a")
    with database.session() as session:
        assert put_trial(session, principal, "NCT1", "own", "id: NCT1")
        assert put_trial(session, principal, "NCT9", "own9", "id: NCT9")
        sync_library(session, principal.site_id, library(NCT1="b"))
    assert current(database, principal.site_id) == {"NCT1": "own", "NCT9": "own9"}


def test_storing_the_current_text_again_changes_nothing(database: Database) -> None:
    principal = new_principal(database, role="curator")
    with database.session() as session:
        assert put_trial(session, principal, "NCT1", "own", "id: NCT1")
        assert not put_trial(session, principal, "NCT1", "own", "id: NCT1")
        events = session.scalars(select(AuditEvent.action)).all()
    assert events == ["trial.stored"]


def test_one_site_does_not_see_the_trials_of_another(database: Database) -> None:
    north = new_principal(database, "North", "curator")
    south = new_principal(database, "South")
    with database.session() as session:
        put_trial(session, north, "NCT1", "own", "id: NCT1")
        assert current_trials(session, south.site_id) == []
        assert get_trial(session, south.site_id, "NCT1", "own") is None


def test_version_keys_are_in_the_order_of_the_trials(database: Database) -> None:
    principal = new_principal(database, NCT2="b", NCT1="a")
    with database.session() as session:
        keys = current_version_pks(session, principal.site_id)
        by_key = {row.trial_version_pk: row.trial_id for row in load_texts(session, keys)}
    assert [by_key[key] for key in keys] == ["NCT1", "NCT2"]
