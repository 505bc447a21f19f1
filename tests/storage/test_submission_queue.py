"""A result is stored once; submissions are parked after too many failures, and stale after waiting too long."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from settings.roles import Principal
from storage.database import Database
from storage.match_results import get_result, record_result
from storage.models import Match, PatientVersion
from storage.patients import Submission, delete_patient, submit
from storage.submission_queue import (
    begin_retry,
    load_submission,
    mark_submissions_sent,
    record_failure,
    requeue_site,
    stale_submissions,
)
from storage.trials import current_trials, sync_library
from tests.rows import library, matched, new_principal, result, submitted, summary


def outcome(database: Database, principal: Principal, patient_id: str, version: int | None = None) -> dict[str, Any]:
    with database.session() as session:
        found = get_result(session, principal.site_id, patient_id, version)
    assert found is not None
    return found


def progress(database: Database, submission: Submission) -> tuple[str, int, str | None]:
    with database.session() as session:
        row = session.get_one(PatientVersion, submission.patient_version_id)
    return row.state, row.attempts, row.error


def test_a_waiting_submission_has_an_empty_result(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    found = outcome(database, principal, submitted(database, principal).patient_id)
    assert (found["state"], found["matches"], found["matched_at"], found["patient"]) == ("queued", [], None, "A-0042")


def test_a_stored_result_is_read_in_its_shape_and_order(database: Database) -> None:
    principal = new_principal(database, NCT1="a", NCT2="b", NCT3="c")
    first = submitted(database, principal)
    verdicts = {"NCT3": "eligible", "NCT1": "possible", "NCT2": "ineligible"}
    assert matched(database, first, **verdicts)
    found = outcome(database, principal, first.patient_id)
    added = {key: found.pop(key) for key in ("state", "version", "error", "matched_at")}
    assert found == result("A-0042", **verdicts)
    assert (added["state"], added["version"], added["error"]) == ("matched", 1, None)
    assert added["matched_at"].utcoffset() is not None


def test_a_site_without_trials_gets_a_result_without_matches(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal)
    assert matched(database, first)
    assert outcome(database, principal, first.patient_id)["state"] == "matched"


def test_another_site_finds_no_result(database: Database) -> None:
    north, south = new_principal(database, "North"), new_principal(database, "South")
    first = submitted(database, north)
    with database.session() as session:
        assert get_result(session, south.site_id, first.patient_id) is None


def test_each_version_has_its_own_result(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    first = submitted(database, principal)
    matched(database, first, NCT1="possible")
    matched(database, submitted(database, principal), NCT1="eligible")
    verdicts = [outcome(database, principal, first.patient_id, number)["matches"][0]["verdict"] for number in (1, 2)]
    assert verdicts == ["possible", "eligible"]
    with database.session() as session:
        assert get_result(session, principal.site_id, first.patient_id, 3) is None


def test_the_second_of_two_tasks_writes_nothing(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    first = submitted(database, principal)
    assert matched(database, first, NCT1="possible")
    assert not matched(database, first, NCT1="eligible")
    assert outcome(database, principal, first.patient_id)["matches"][0]["verdict"] == "possible"


def test_simultaneous_tasks_store_one_result(database: Database) -> None:
    principal = new_principal(database, NCT1="a", NCT2="b")
    first = submitted(database, principal)
    with database.session() as session:
        keys = {row.trial_id: row.trial_version_pk for row in current_trials(session, principal.site_id)}

    def store(_: int) -> bool:
        done = result("A-0042", NCT1="possible", NCT2="eligible")
        with database.session() as session:
            return record_result(session, first.patient_version_id, done, keys)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(store, range(12))) == [False] * 11 + [True]
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Match)) == 2


def test_a_result_for_a_deleted_patient_is_dropped(database: Database) -> None:
    principal = new_principal(database, NCT1="a")
    first = submitted(database, principal)
    with database.session() as session:
        delete_patient(session, principal, first.patient_id)
    with database.session() as session:
        assert load_submission(session, first.patient_version_id) is None
        assert not record_result(session, first.patient_version_id, result("A-0042"), {})


def test_a_failure_is_noted_and_the_submission_still_waits(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal)
    with database.session() as session:
        record_failure(session, first.patient_version_id, "ValueError", 3)
    assert progress(database, first) == ("queued", 1, "ValueError")


def test_a_submission_that_fails_three_times_is_parked_with_its_error(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal)
    for attempt in range(3):
        with database.session() as session:
            if attempt:
                begin_retry(session, first.patient_version_id, 3)
            record_failure(session, first.patient_version_id, "ValueError", 3)
    assert progress(database, first) == ("parked", 3, "ValueError")
    found = outcome(database, principal, first.patient_id)
    assert (found["state"], found["error"]) == ("parked", "ValueError")


def test_a_submission_that_kills_its_worker_three_times_is_parked(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal)
    for _ in range(3):  # the first attempt is not written down; these are attempts two to four
        with database.session() as session:
            begin_retry(session, first.patient_version_id, 3)
    assert progress(database, first) == ("parked", 3, "WorkerLost")
    with database.session() as session:
        assert load_submission(session, first.patient_version_id) is None


def test_success_after_a_failure_leaves_no_error(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal)
    with database.session() as session:
        record_failure(session, first.patient_version_id, "ValueError", 3)
    assert matched(database, first)
    assert progress(database, first) == ("matched", 1, None)


def test_a_submission_is_stale_until_it_is_sent_again(database: Database) -> None:
    principal = new_principal(database)
    first = submitted(database, principal, "A-1")
    matched(database, submitted(database, principal, "A-2"))
    with database.session() as session:
        batched = submit(session, principal, summary("A-3"), queue="batch")
    with database.session() as session:
        assert stale_submissions(session, 60, 10) == []
        waiting = stale_submissions(session, -1, 10)
        assert [(submission.patient_version_id, submission.queue) for submission in waiting] == [
            (first.patient_version_id, "interactive"),
            (batched.patient_version_id, "batch"),
        ]
        assert len(stale_submissions(session, -1, 1)) == 1
        mark_submissions_sent(session, [first.patient_version_id])
        assert [stale.patient_version_id for stale in stale_submissions(session, 0, 1)] == [batched.patient_version_id]


def test_a_new_screening_replaces_the_ranking_and_keeps_the_old_matches(database: Database) -> None:
    principal = new_principal(database, NCT1="a", NCT2="b")
    first = submitted(database, principal)
    matched(database, first, NCT1="eligible", NCT2="possible")
    with database.session() as session:
        sync_library(session, principal.site_id, library(NCT1="new", NCT2="b"))
        assert requeue_site(session, principal.site_id) == [first.patient_version_id]
        assert requeue_site(session, principal.site_id) == []
    waiting = outcome(database, principal, first.patient_id)
    assert (waiting["state"], len(waiting["matches"])) == ("queued", 2)
    matched(database, first, NCT2="possible", NCT1="ineligible")
    found = outcome(database, principal, first.patient_id)
    assert [(match["trial"], match["verdict"]) for match in found["matches"]] == [
        ("NCT2", "possible"),
        ("NCT1", "ineligible"),
    ]
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Match)) == 3


def test_only_the_latest_version_is_requeued_and_only_at_that_site(database: Database) -> None:
    north, south = new_principal(database, "North"), new_principal(database, "South")
    matched(database, submitted(database, north))
    latest = submitted(database, north)
    matched(database, latest)
    matched(database, submitted(database, south))
    with database.session() as session:
        assert requeue_site(session, north.site_id) == [latest.patient_version_id]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_result_that_json_cannot_express_is_not_stored(database: Database, number: float) -> None:
    principal = new_principal(database)
    first = submitted(database, principal)
    with pytest.raises((StatementError, ValueError), match="JSON"), database.session() as session:
        record_result(session, first.patient_version_id, {"matches": [], "ask_next": number}, {})
    assert progress(database, first)[0] == "queued"
