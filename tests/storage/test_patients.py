"""Every submitted version of a patient stays, belongs to one site, and is deleted with the patient."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from settings.roles import Principal
from storage.database import Database
from storage.errors import IdempotencyConflict
from storage.idempotency import Idempotency
from storage.models import AuditEvent, Base, Match, Patient, PatientVersion
from storage.patients import delete_patient, get_patient, list_patients, submit
from tests.rows import matched, new_principal, submitted, summary


def count(database: Database, table: type[Base]) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_submission_waits_to_be_matched(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal, age="54 years")
    with database.session() as session:
        view = get_patient(session, principal.site_id, first.patient_id)
    assert view is not None
    assert (view.version, view.state, view.summary) == (1, "queued", summary(age="54 years"))
    assert view.submitted_at.utcoffset() is not None
    assert view.matched_at is None


def test_the_same_patient_again_is_the_next_version(database: Database) -> None:
    principal = new_principal(database)
    first, second = submitted(database, principal, age="54 years"), submitted(database, principal, age="55 years")
    assert (second.patient_id, second.version) == (first.patient_id, 2)
    with database.session() as session:
        view = get_patient(session, principal.site_id, first.patient_id)
    assert view is not None
    assert view.summary == summary(age="55 years")
    assert count(database, PatientVersion) == 2


def test_two_sites_may_use_one_reference_for_two_patients(database: Database) -> None:
    north, south = new_principal(database, "North"), new_principal(database, "South")
    mine, theirs = submitted(database, north), submitted(database, south)
    assert mine.patient_id != theirs.patient_id
    with database.session() as session:
        assert get_patient(session, south.site_id, mine.patient_id) is None
        assert [patient.patient_id for patient in list_patients(session, north.site_id, 10)] == [mine.patient_id]


@pytest.mark.parametrize("value", ["\ud800", "\x00", "é" * 1000, {"deep": [None, 1e300, True]}])
def test_any_json_in_a_summary_is_read_as_it_was_stored(database: Database, value: object) -> None:
    principal = new_principal(database)
    first = submitted(database, principal, note=value)
    with database.session() as session:
        view = get_patient(session, principal.site_id, first.patient_id)
    assert view is not None
    assert view.summary == summary(note=value)


def test_pages_of_patients_contain_every_patient(database: Database) -> None:
    principal = new_principal(database)
    everybody = {submitted(database, principal, f"A-{number}").patient_id for number in range(7)}
    seen: list[str] = []
    with database.session() as session:
        while page := list_patients(session, principal.site_id, 3, seen[-1] if seen else None):
            assert all(patient.summary is None for patient in page)
            seen += [patient.patient_id for patient in page]
    assert len(seen) == 7
    assert set(seen) == everybody


def test_a_repeat_under_the_same_key_gets_the_first_answer(database: Database) -> None:
    principal = new_principal(database)
    key = Idempotency("a key", "hash")
    with database.session() as session:
        first = submit(session, principal, summary(), key)
    with database.session() as session:
        repeat = submit(session, principal, summary(), key)
    assert (first.replayed, repeat.replayed) == (False, True)
    assert (repeat.patient_id, repeat.version, repeat.patient_version_id) == (
        first.patient_id, first.version, first.patient_version_id,
    )  # fmt: skip
    assert count(database, PatientVersion) == 1


def test_a_key_used_for_another_request_is_refused_and_nothing_is_stored(database: Database) -> None:
    principal = new_principal(database)
    with database.session() as session:
        submit(session, principal, summary(), Idempotency("a key", "hash"))
    with pytest.raises(IdempotencyConflict), database.session() as session:
        submit(session, principal, summary("B-1"), Idempotency("a key", "other"))
    assert count(database, Patient) == 1


def test_two_sites_may_use_one_idempotency_key(database: Database) -> None:
    north, south = new_principal(database, "North"), new_principal(database, "South")
    with database.session() as session:
        assert not submit(session, north, summary(), Idempotency("a key", "hash")).replayed
        assert not submit(session, south, summary(), Idempotency("a key", "other")).replayed


def test_the_key_itself_is_not_stored(database: Database) -> None:
    principal = new_principal(database)
    with database.session() as session:
        submit(session, principal, summary(), Idempotency("Jane Doe \ud800", "hash"))
    with database.session() as session:
        assert "Jane" not in str(session.execute(text("SELECT * FROM idempotency_key")).all())


def test_simultaneous_repeats_are_stored_once(database: Database) -> None:
    principal = new_principal(database)

    def once(_: int) -> str:
        with database.session() as session:
            return submit(session, principal, summary(), Idempotency("a key", "hash")).patient_version_id

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(once, range(24)))
    assert len(answers) == 1
    assert count(database, PatientVersion) == 1


def test_simultaneous_versions_of_a_patient_get_different_numbers(database: Database) -> None:
    principal = new_principal(database)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: submitted(database, principal).version, range(24)))
    assert sorted(numbers) == list(range(1, 25))


def test_deleting_a_patient_leaves_only_the_event(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    key = Idempotency("a key", "hash")
    with database.session() as session:
        first = submit(session, principal, summary("Jane-Doe"), key)
    assert matched(database, first, "Jane-Doe", NCT1="possible")
    submitted(database, principal, "Jane-Doe")
    with database.session() as session:
        assert delete_patient(session, principal, first.patient_id)
        assert not delete_patient(session, principal, first.patient_id)
    assert [count(database, table) for table in (Patient, PatientVersion, Match)] == [0, 0, 0]
    with database.session() as session:
        assert not submit(session, principal, summary("Jane-Doe"), key).replayed
        events = session.execute(select(AuditEvent.action, AuditEvent.object_id, AuditEvent.actor)).all()
    assert ("patient.deleted", first.patient_id, principal.key_id) in [tuple(event) for event in events]
    assert "Jane" not in str(events)


def test_a_site_cannot_delete_the_patient_of_another(database: Database) -> None:
    north, south = new_principal(database, "North"), new_principal(database, "South")
    mine = submitted(database, north)
    with database.session() as session:
        assert not delete_patient(session, south, mine.patient_id)
    assert count(database, Patient) == 1


def test_a_failed_transaction_stores_nothing(database: Database) -> None:
    principal = new_principal(database)
    with pytest.raises(IdempotencyConflict):
        _submit_two_under_one_key(database, principal)
    assert count(database, Patient) == 0


def _submit_two_under_one_key(database: Database, principal: Principal) -> None:
    with database.session() as session:
        submit(session, principal, summary(), Idempotency("a key", "hash"))
        submit(session, principal, summary("B-1"), Idempotency("a key", "other"))


def test_the_repr_of_a_patient_does_not_contain_the_summary(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal, age="54 years")
    with database.session() as session:
        assert "54 years" not in repr(get_patient(session, principal.site_id, first.patient_id))
