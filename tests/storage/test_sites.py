"""Keys give access to their own site, are stored as hashes, and can be revoked."""

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.errors import StorageError
from storage.sites import create_key, create_site, find_key, find_site, list_keys, list_sites, revoke_key
from tests.rows import new_key, new_principal


def test_a_key_opens_its_own_site_with_its_role(database: Database) -> None:
    plaintext, principal = new_key(database, "North", "curator")
    with database.session() as session:
        north = find_site(session, "North")
        assert north is not None
        assert find_key(session, plaintext) == principal
        assert (principal.site_id, principal.role) == (north.id, "curator")


@pytest.mark.parametrize("spoil", [lambda key: key[:-1], lambda key: key + "A", lambda key: key[:-1] + "\ud800"])
def test_a_spoilt_key_opens_nothing(database: Database, spoil) -> None:  # type: ignore[no-untyped-def]
    plaintext, _ = new_key(database, "North")
    with database.session() as session:
        assert find_key(session, spoil(plaintext)) is None


@pytest.mark.parametrize("nonsense", ["", "tm__", "tm_\x00_x", "tm_" + "0" * 32 + "_" + "A" * 43, "' OR 1=1 --"])
def test_an_invalid_key_opens_nothing(database: Database, nonsense: str) -> None:
    with database.session() as session:
        assert find_key(session, nonsense) is None


def test_a_secret_with_the_id_of_another_key_opens_nothing(database: Database) -> None:
    (mine, _), (theirs, _) = new_key(database, "North"), new_key(database, "South")
    mixed = "_".join([*theirs.split("_")[:2], mine.split("_", 2)[2]])
    with database.session() as session:
        assert find_key(session, mixed) is None


def test_a_revoked_key_opens_nothing(database: Database) -> None:
    plaintext, principal = new_key(database, "North")
    with database.session() as session:
        assert revoke_key(session, principal.site_id, principal.key_id)
        assert not revoke_key(session, principal.site_id, principal.key_id)
        assert find_key(session, plaintext) is None
        assert [key.revoked_at is not None for key in list_keys(session, principal.site_id)] == [True]


def test_a_site_cannot_revoke_the_key_of_another(database: Database) -> None:
    plaintext, principal = new_key(database, "North")
    other = new_principal(database, "South")
    with database.session() as session:
        assert not revoke_key(session, other.site_id, principal.key_id)
        assert find_key(session, plaintext) == principal


def test_the_secret_is_nowhere_in_the_database(database: Database) -> None:
    plaintext, _ = new_key(database, "North")
    with database.session() as session:
        rows = session.execute(text("SELECT * FROM api_key")).all()
    assert plaintext.split("_", 2)[2] not in str(rows)


def test_a_role_that_does_not_exist_is_refused(database: Database) -> None:
    site_id = new_principal(database).site_id
    with database.session() as session, pytest.raises(ValueError, match="coordinator"):
        create_key(session, site_id, "root", "")


def test_a_site_name_is_unique_and_the_error_quotes_no_row(database: Database) -> None:
    new_principal(database, "North")
    with pytest.raises(StorageError) as caught, database.session() as session:
        create_site(session, "North")
    assert "North" not in str(caught.value)
    with database.session() as session:
        assert [site.name for site in list_sites(session)] == ["North"]
