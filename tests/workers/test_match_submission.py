"""A task matches a waiting submission and stores the result once, with few statements; errors are noted by name."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from sqlalchemy import event

from schemas.summary.facts import dump_patient, load_patient
from schemas.trials.library import load_library
from settings.configuration import Settings
from settings.roles import Principal
from storage.database import Database
from storage.match_results import get_result
from storage.models import PatientVersion
from storage.patients import Submission, delete_patient, submit
from storage.submission_queue import stale_submissions
from storage.trials import current_version_pks, put_trial, sync_library
from support.servers import Valkey
from support.synthetic_patients import synthetic_summaries
from tests.rows import new_principal
from verdicts.match import match_patient
from workers.app import make_celery
from workers.dispatch import backlog
from workers.embedded.queue_server import free_port
from workers.match_submission import SubmissionMatcher
from workers.tasks import match_patient_version, rescreen_site, touch

STATEMENTS = 4
"""Of the summary, the keys of the site's trials, the state and the matches."""


@cache
def stored_summary() -> Any:
    return dump_patient(load_patient(synthetic_summaries(1)[0]))


@pytest.fixture
def principal(database: Database) -> Principal:
    found = new_principal(database, role="curator")
    with database.session() as session:
        sync_library(session, found.site_id, load_library())
    return found


@pytest.fixture
def matcher(database: Database) -> SubmissionMatcher:
    return SubmissionMatcher(database, max_attempts=3)


@pytest.fixture
def waiting(database: Database, principal: Principal) -> Submission:
    with database.session() as session:
        return submit(session, principal, stored_summary())


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Record the statements that the database receives meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def state(database: Database, submission: Submission) -> tuple[str, int, str | None]:
    with database.session() as session:
        row = session.get_one(PatientVersion, submission.patient_version_id)
    return row.state, row.attempts, row.error


def test_the_stored_result_is_the_result_of_matching(
    database: Database, principal: Principal, matcher: SubmissionMatcher, waiting: Submission
) -> None:
    assert matcher.match(waiting.patient_version_id, retry=False)
    with database.session() as session:
        stored = get_result(session, principal.site_id, waiting.patient_id)
    assert stored is not None
    expected = match_patient(load_patient(stored_summary()), tuple(load_library().trials.values()))
    assert {key: stored[key] for key in expected} == expected
    assert stored["state"] == "matched"


def test_a_second_delivery_finds_nothing_to_do(matcher: SubmissionMatcher, waiting: Submission) -> None:
    assert matcher.match(waiting.patient_version_id, retry=False)
    assert not matcher.match(waiting.patient_version_id, retry=False)
    assert not matcher.match(waiting.patient_version_id, retry=True)


def test_a_deleted_patient_and_an_unknown_id_are_nothing_to_do(
    database: Database, principal: Principal, matcher: SubmissionMatcher, waiting: Submission
) -> None:
    with database.session() as session:
        delete_patient(session, principal, waiting.patient_id)
    assert not matcher.match(waiting.patient_version_id, retry=False)
    assert not matcher.match("no such id", retry=False)


def test_a_task_with_a_warm_cache_makes_four_statements(
    database: Database, principal: Principal, matcher: SubmissionMatcher, waiting: Submission
) -> None:
    matcher.match(waiting.patient_version_id, retry=False)
    with database.session() as session:
        next_one = submit(session, principal, stored_summary())
    with statements(database) as asked:
        assert matcher.match(next_one.patient_version_id, retry=False)
    assert len(asked) == STATEMENTS, asked


def test_the_same_text_at_two_sites_is_compiled_once(database: Database, matcher: SubmissionMatcher) -> None:
    compiled = []
    for name in ("East", "West"):
        site_id = new_principal(database, name).site_id
        with database.session() as session:
            sync_library(session, site_id, load_library())
        with database.session() as session:
            compiled.append(list(matcher.compiled.get(session, current_version_pks(session, site_id)).values()))
    assert all(east is west for east, west in zip(*compiled, strict=True))


def test_a_new_trial_version_is_used_at_once(
    database: Database, principal: Principal, matcher: SubmissionMatcher, waiting: Submission
) -> None:
    matcher.match(waiting.patient_version_id, retry=False)
    trial_id, text = next(iter(load_library().texts.items()))
    with database.session() as session:
        put_trial(session, principal, trial_id, "own", text.replace("title:", "title: Ours,", 1))
        second = submit(session, principal, stored_summary())
    assert matcher.match(second.patient_version_id, retry=False)
    with database.session() as session:
        stored = get_result(session, principal.site_id, second.patient_id)
    assert stored is not None
    assert [match["title"][:5] for match in stored["matches"] if match["trial"] == trial_id] == ["Ours,"]


def test_an_unreadable_submission_is_retried_twice_and_then_parked(
    database: Database, principal: Principal, matcher: SubmissionMatcher
) -> None:
    with database.session() as session:
        spoilt = submit(session, principal, stored_summary() | {"age": "Jane Doe"})
    seen = []
    for delivery in range(4):
        match_patient_version(matcher, spoilt.patient_version_id, retry=delivery > 0)
        seen.append(state(database, spoilt))
    waits = [("queued", 1, "InputError"), ("queued", 2, "InputError")]
    assert seen == [*waits, ("parked", 3, "InputError"), ("parked", 3, "InputError")]


def test_an_unreadable_trial_does_not_stop_matching(
    database: Database, principal: Principal, matcher: SubmissionMatcher, waiting: Submission
) -> None:
    with database.session() as session:
        put_trial(session, principal, "NCT00000000", "broken", "id: [")
    match_patient_version(matcher, waiting.patient_version_id, retry=False)
    assert state(database, waiting)[0] == "matched"


def test_an_error_is_logged_without_its_message(
    database: Database, principal: Principal, matcher: SubmissionMatcher, caplog: pytest.LogCaptureFixture
) -> None:
    with database.session() as session:
        spoilt = submit(session, principal, stored_summary() | {"age": "Jane Doe"})
    with caplog.at_level(logging.DEBUG):
        match_patient_version(matcher, spoilt.patient_version_id, retry=False)
    assert "InputError" in caplog.text
    assert "Jane" not in caplog.text


def test_rescreening_a_site_sends_to_the_batch_queue(
    database: Database, principal: Principal, matcher: SubmissionMatcher, waiting: Submission, valkey: Valkey
) -> None:
    matcher.match(waiting.patient_version_id, retry=False)
    celery = make_celery(Settings(broker_url=valkey.url))
    rescreen_site(celery, matcher, principal.site_id)
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (0, 1)
    assert matcher.match(waiting.patient_version_id, retry=False)


def test_a_rescreen_of_a_site_that_cannot_be_sent_is_left_to_the_sweeper(
    database: Database, principal: Principal, matcher: SubmissionMatcher, waiting: Submission
) -> None:
    matcher.match(waiting.patient_version_id, retry=False)
    nowhere = make_celery(Settings(broker_url=f"redis://127.0.0.1:{free_port()}/0"))
    rescreen_site(nowhere, matcher, principal.site_id)
    with database.session() as session:
        assert [
            (submission.patient_version_id, submission.queue) for submission in stale_submissions(session, -1, 10)
        ] == [(waiting.patient_version_id, "batch")]


def test_the_baseline_task_writes_its_row(database: Database, waiting: Submission) -> None:
    with statements(database) as asked:
        touch(database, waiting.patient_version_id)
    assert len(asked) == 2
    with database.session() as session:
        assert session.get_one(PatientVersion, waiting.patient_version_id).matched_at is not None
