"""The queries of the page, on both databases: search of patients, drafts, sign-ins."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from schemas.trials.library import load_library
from settings.roles import Principal
from storage.accounts import create_account, find_signed_in, sign_in, sign_out
from storage.database import Database
from storage.drafts import create_draft, delete_draft, get_draft, list_drafts, save_draft
from storage.models import Draft, now
from storage.patient_search import PatientFilter, search_patients, summary_of_version, verdicts_before, versions_of
from storage.patients import submit
from storage.sites import create_site
from storage.trials import sync_library
from tests.api.running import example
from workers.match_submission import SubmissionMatcher

PASSWORD = "four plain words here"


@pytest.fixture
def coordinator(database: Database) -> Principal:
    """Create an account at a site that has the library's trials."""
    with database.session() as session:
        site = create_site(session, "North")
        sync_library(session, site.id, load_library())
        account = create_account(session, site.id, "ann", "coordinator", PASSWORD)
        return Principal(account.id, site.id, "coordinator")


def matched(database: Database, coordinator: Principal, reference: str, name: str = "braf-micronodular") -> str:
    """Match a patient and return the id."""
    with database.session() as session:
        stored = submit(session, coordinator, example(name) | {"patient_ref": reference})
    assert SubmissionMatcher(database, 3).match(stored.patient_version_id, retry=False)
    return stored.patient_id


def test_patients_are_found_by_reference_verdict_and_missing_fact(database: Database, coordinator: Principal) -> None:
    for reference, name in (("A_1", "braf-micronodular"), ("AB1", "medullary")):
        matched(database, coordinator, reference, name)
    with database.session() as session:

        def found(**wanted: str) -> list[str]:
            return sorted(
                patient.patient_ref
                for patient in search_patients(session, coordinator.site_id, PatientFilter(**wanted))[0]
            )

        assert found() == ["AB1", "A_1"]
        assert found(reference="a_1") == ["A_1"]
        assert found(trial="NCT00984282", verdict="eligible") == ["A_1"]
        assert found(trial="NCT00984282", verdict="ineligible") == ["AB1"]
        assert found(trial="NCT00984282") == found()
        assert found(fact="genomics.tested", reference="A_1") == ["A_1"]
        assert found(fact="genomics.teste") == []
        listed, total = search_patients(session, "0" * 32, PatientFilter())
        assert (listed, total) == ([], 0)


def test_the_list_counts_the_verdicts_and_is_newest_first(database: Database, coordinator: Principal) -> None:
    for number in range(27):
        with database.session() as session:
            submit(session, coordinator, example() | {"patient_ref": f"P-{number}"})
    matched(database, coordinator, "last")
    with database.session() as session:
        first, total = search_patients(session, coordinator.site_id, PatientFilter())
        second, _ = search_patients(session, coordinator.site_id, PatientFilter(), page=1)
    assert (total, len(first), len(second)) == (28, 25, 3)
    assert first[0].patient_ref == "last"
    assert sum(first[0].verdicts.values()) == len(load_library().trials)
    assert first[1].verdicts == {}


def test_every_version_of_a_patient_is_kept(database: Database, coordinator: Principal) -> None:
    patient_id = matched(database, coordinator, "P")
    matched(database, coordinator, "P", "medullary")
    with database.session() as session:
        assert [version.number for version in versions_of(session, coordinator.site_id, patient_id)] == [2, 1]
        before = verdicts_before(session, coordinator.site_id, patient_id, 2)
        assert before["NCT00984282"] == "eligible"
        assert verdicts_before(session, coordinator.site_id, patient_id, 1) == {}
        first = summary_of_version(session, coordinator.site_id, patient_id, 1)
        assert first is not None
        assert first["diagnosis"]["histology"] == "papillary"
        for site, version in (("0" * 32, 1), (coordinator.site_id, 3)):
            assert summary_of_version(session, site, patient_id, version) is None
        assert versions_of(session, "0" * 32, patient_id) == []


def test_drafts_belong_to_one_account_and_expire(database: Database, coordinator: Principal) -> None:
    ann = coordinator.key_id
    with database.session() as session:
        other = create_account(session, coordinator.site_id, "bob", "admin", PASSWORD).id
        draft = create_draft(session, ann, "form", {"typed": {"age": "\0\ud800"}})
        assert get_draft(session, ann, draft, "form") == {"typed": {"age": "\0\ud800"}}
        assert get_draft(session, ann, draft, "note") is None
        assert get_draft(session, other, draft, "form") is None
        assert not save_draft(session, other, draft, {})
        assert not delete_draft(session, other, draft)
        assert save_draft(session, ann, draft, {"typed": {}})
        session.execute(update(Draft).values(changed_at=now() - timedelta(days=15)))
        kept = create_draft(session, ann, "note", {})
        assert [draft.id for draft in list_drafts(session, ann)] == [kept]
        assert delete_draft(session, ann, kept)


def test_a_sign_in_lasts_until_it_is_ended(database: Database, coordinator: Principal) -> None:
    idle = timedelta(minutes=30)
    with database.session() as session:
        token = sign_in(session, "Ann", PASSWORD)
        assert token is not None
        found = find_signed_in(session, token, idle)
        assert found is not None
        assert (found.principal, found.site_name) == (coordinator, "North")
        assert find_signed_in(session, f"{token}x", idle) is None
        assert find_signed_in(session, token, timedelta(0)) is None
        sign_out(session, token)
        assert find_signed_in(session, token, idle) is None
        assert sign_in(session, "a\0nn", PASSWORD) is None
