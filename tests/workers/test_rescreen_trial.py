"""A re-screen matches each patient of a site once with the new version of a trial, and changes no other match."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from sqlalchemy import event, func, select

from schemas.summary.facts import dump_patient, load_patient
from schemas.trials.library import Library
from schemas.trials.trial_file import parse_trial
from settings.configuration import Settings
from settings.roles import Principal
from storage.database import Database
from storage.match_results import get_result
from storage.models import Match, PatientVersion, Rescreen
from storage.patients import Submission, delete_patient, submit
from storage.submission_queue import requeue_site
from storage.trial_rescreens import (
    RescreenView,
    begin_block,
    last_rescreen,
    load_block,
    request_rescreen,
    stale_rescreens,
)  # fmt: skip
from storage.trials import put_trial, sync_library
from support.servers import Valkey
from support.sites import SITE_TRIALS, site_library
from support.synthetic_patients import synthetic_summaries
from tests.rows import new_principal
from verdicts.match import match_patient
from workers.app import make_celery
from workers.dispatch import backlog
from workers.embedded.queue_server import free_port
from workers.match_submission import SubmissionMatcher
from workers.rescreen_trial import Rescreener
from workers.sweeper import sweep_rescreens
from workers.tasks import rescreen_next_block

TRIAL = SITE_TRIALS[0]
AT_ONCE = -1


@cache
def library() -> Library:
    return site_library(4)


@cache
def stored_summaries() -> list[Any]:
    return [dump_patient(load_patient(summary)) for summary in synthetic_summaries(12)]


@pytest.fixture
def principal(database: Database) -> Principal:
    found = new_principal(database, role="curator")
    with database.session() as session:
        sync_library(session, found.site_id, library())
    return found


@pytest.fixture
def patients(database: Database, principal: Principal) -> list[Submission]:
    return screened(database, principal)


def screened(database: Database, principal: Principal) -> list[Submission]:
    with database.session() as session:
        waiting = [submit(session, principal, summary) for summary in stored_summaries()]
    matcher = SubmissionMatcher(database, max_attempts=3)
    assert all(matcher.match(submission.patient_version_id, retry=False) for submission in waiting)
    return waiting


def edited(age: int) -> str:
    return library().texts[TRIAL].replace("min: 18 years", f"min: {age} years", 1)


def edit(database: Database, principal: Principal, age: int = 50) -> str:
    """Store another text and return the key of its re-screen."""
    text = edited(age)
    with database.session() as session:
        put_trial(session, principal, TRIAL, parse_trial(text, TRIAL).version, text)
    return ask(database, principal).rescreen_id


def ask(database: Database, principal: Principal) -> RescreenView:
    with database.session() as session:
        view = request_rescreen(session, principal, TRIAL)
    assert view is not None
    return view


def state(database: Database, principal: Principal) -> RescreenView:
    with database.session() as session:
        view = last_rescreen(session, principal.site_id, TRIAL)
    assert view is not None
    return view


def results(database: Database, principal: Principal, patients: list[Submission]) -> list[dict[str, Any]]:
    with database.session() as session:
        found = [get_result(session, principal.site_id, patient.patient_id) for patient in patients]
    return [result for result in found if result is not None]


def full_match(age: int = 50) -> list[dict[str, Any]]:
    trials = [*(trial for name, trial in library().trials.items() if name != TRIAL), parse_trial(edited(age), TRIAL)]
    return [match_patient(load_patient(summary), trials) for summary in stored_summaries()]


def shape(result: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    return {key: result[key] for key in like}


def run(rescreener: Rescreener, rescreen_id: str) -> int:
    steps = 1
    while rescreener.rescreen_block(rescreen_id):
        steps += 1
    return steps


@pytest.mark.parametrize("size", [1, 5, 250])
def test_results_equal_those_of_a_full_match(
    database: Database, principal: Principal, patients: list[Submission], size: int
) -> None:
    before = results(database, principal, patients)
    run(Rescreener(database, size=size), edit(database, principal))
    found, expected = results(database, principal, patients), full_match()
    assert [shape(result, like) for result, like in zip(found, expected, strict=True)] == expected
    assert any(old["matches"] != new["matches"] for old, new in zip(before, found, strict=True))
    view = state(database, principal)
    assert (view.state, view.seen, view.patients) == ("done", len(stored_summaries()), len(stored_summaries()))
    assert sum(view.moves.values()) > 0


def test_only_matches_with_the_new_version_are_written(
    database: Database, principal: Principal, patients: list[Submission]
) -> None:
    run(Rescreener(database), edit(database, principal))
    with database.session() as session:
        count = session.scalar(select(func.count()).select_from(Match))
        assert count == len(stored_summaries()) * (len(library().trials) + 1)
    # the rank of the old version is gone, and its row stays
    assert all(len(result["matches"]) == len(library().trials) for result in results(database, principal, patients))


def test_a_second_run_finds_nothing_to_do(database: Database, principal: Principal, patients: list[Submission]) -> None:
    rescreen_id = edit(database, principal)
    rescreener = Rescreener(database)
    run(rescreener, rescreen_id)
    first = [result["matched_at"] for result in results(database, principal, patients)]
    assert ask(database, principal).rescreen_id == rescreen_id
    run(rescreener, rescreen_id)
    assert [result["matched_at"] for result in results(database, principal, patients)] == first
    assert not rescreener.rescreen_block(rescreen_id)
    assert state(database, principal).state == "done"


def test_a_block_done_by_two_tasks_is_written_once(
    database: Database, principal: Principal, patients: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    rescreen_id = edit(database, principal)
    first, second = Rescreener(database, size=5), Rescreener(database, size=5)
    with database.session() as session:
        stale_block = load_block(session, rescreen_id, 5)
    assert first.rescreen_block(rescreen_id)
    monkeypatch.setattr("workers.rescreen_trial.load_block", lambda *_: stale_block)
    assert not second.rescreen_block(rescreen_id)
    assert state(database, principal).seen == 5


def test_an_earlier_version_can_become_current_again(
    database: Database, principal: Principal, patients: list[Submission]
) -> None:
    rescreener = Rescreener(database)
    run(rescreener, edit(database, principal))
    run(rescreener, edit(database, principal, age=18))
    expected = [
        match_patient(load_patient(summary), tuple(library().trials.values())) for summary in stored_summaries()
    ]
    found = results(database, principal, patients)
    assert [shape(result, like) for result, like in zip(found, expected, strict=True)] == expected


def test_a_newer_version_overtakes(database: Database, principal: Principal, patients: list[Submission]) -> None:
    rescreener = Rescreener(database, size=5)
    first = edit(database, principal)
    assert rescreener.rescreen_block(first)
    second = edit(database, principal, age=60)
    assert not rescreener.rescreen_block(first)
    with database.session() as session:
        assert session.get_one(Rescreen, first).state == "overtaken"
    run(rescreener, second)
    expected = full_match(60)
    found = results(database, principal, patients)
    assert [shape(result, like) for result, like in zip(found, expected, strict=True)] == expected


def test_a_trial_new_to_the_site_is_ranked_in_every_result(
    database: Database, principal: Principal, patients: list[Submission]
) -> None:
    text = library().texts[TRIAL].replace(TRIAL, "NCT00000001", 1)
    new = parse_trial(text, "NCT00000001")
    with database.session() as session:
        put_trial(session, principal, "NCT00000001", new.version, text)
        view = request_rescreen(session, principal, "NCT00000001")
    assert view is not None
    run(Rescreener(database), view.rescreen_id)
    expected = [
        match_patient(load_patient(summary), (*library().trials.values(), new)) for summary in stored_summaries()
    ]
    found = results(database, principal, patients)
    assert [shape(result, like) for result, like in zip(found, expected, strict=True)] == expected


def test_other_sites_are_not_rescreened(database: Database, principal: Principal, patients: list[Submission]) -> None:
    south = new_principal(database, "South", role="curator")
    with database.session() as session:
        sync_library(session, south.site_id, library())
    theirs = screened(database, south)
    before = results(database, south, theirs)
    run(Rescreener(database), edit(database, principal))
    assert results(database, south, theirs) == before
    with database.session() as session:
        assert last_rescreen(session, south.site_id, TRIAL) is None
        assert request_rescreen(session, south, "NCT99999999") is None


def test_a_patient_deleted_or_matched_meanwhile_is_skipped(
    database: Database, principal: Principal, patients: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    rescreen_id = edit(database, principal)
    rescreener = Rescreener(database)
    gone, other = patients[0], patients[1]
    during(monkeypatch, lambda: meanwhile(database, principal, gone, other))
    run(rescreener, rescreen_id)
    with database.session() as session:
        assert get_result(session, principal.site_id, gone.patient_id) is None
    expected = full_match()[1:]
    found = results(database, principal, patients[1:])
    assert [shape(result, like) for result, like in zip(found, expected, strict=True)] == expected
    assert state(database, principal).state == "done"


def meanwhile(database: Database, principal: Principal, gone: Submission, other: Submission) -> None:
    with database.session() as session:
        delete_patient(session, principal, gone.patient_id)
        requeue_site(session, principal.site_id)
    assert SubmissionMatcher(database, max_attempts=3).match(other.patient_version_id, retry=False)
    with database.session() as session:
        session.execute(
            PatientVersion.__table__.update().where(PatientVersion.state == "queued").values(state="matched")  # type: ignore[attr-defined]
        )


def during(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Call `happens` once between reading a block and writing it."""
    import workers.rescreen_trial as module

    known, once = module.rematch, [happens]

    def rematch(*args: Any) -> Any:
        if once:
            once.pop()()
        return known(*args)

    monkeypatch.setattr(module, "rematch", rematch)


def test_a_rescreen_waits_for_submissions_that_waited_before_it(
    database: Database, principal: Principal, patients: list[Submission]
) -> None:
    with database.session() as session:
        late = submit(session, principal, stored_summaries()[0] | {"patient_ref": "LATE"})
    rescreen_id = edit(database, principal)
    rescreener = Rescreener(database)
    run(rescreener, rescreen_id)
    assert state(database, principal).state == "running"
    assert SubmissionMatcher(database, max_attempts=3).match(late.patient_version_id, retry=False)
    run(rescreener, rescreen_id)
    assert state(database, principal).state == "done"


@pytest.mark.parametrize("spoilt", ["the summary", "the matching"])
def test_patients_who_fail_in_a_block_are_matched_individually(
    database: Database, principal: Principal, patients: list[Submission], monkeypatch: pytest.MonkeyPatch, spoilt: str
) -> None:
    rescreen_id = edit(database, principal)
    if spoilt == "the summary":
        with database.session() as session:
            session.get_one(PatientVersion, patients[0].patient_version_id).summary = {"age": "Jane Doe"}
    else:
        monkeypatch.setattr("workers.rescreen_trial.rematch", lambda *_: 1 / 0)
    run(Rescreener(database), rescreen_id)
    with database.session() as session:
        waiting = set(session.scalars(select(PatientVersion.id).where(PatientVersion.state == "queued")))
    every_version = {patient.patient_version_id for patient in patients}
    assert waiting == ({patients[0].patient_version_id} if spoilt == "the summary" else every_version)
    assert state(database, principal).state == "done"


def test_the_next_block_is_sent_and_the_sweeper_requeues_a_stale_rescreen(
    database: Database, principal: Principal, patients: list[Submission], valkey: Valkey
) -> None:
    celery = make_celery(Settings(broker_url=valkey.url))
    rescreen_id = edit(database, principal)
    rescreen_next_block(celery, Rescreener(database, size=5), rescreen_id)
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (0, 1)
    assert sweep_rescreens(database, celery, 60) == 0
    assert sweep_rescreens(database, celery, AT_ONCE) == 1
    assert backlog(celery, "batch") == 2
    nowhere = make_celery(Settings(broker_url=f"redis://127.0.0.1:{free_port()}/0"))
    rescreen_next_block(nowhere, Rescreener(database, size=5), rescreen_id)
    assert state(database, principal).seen == 10


def test_a_rescreen_whose_block_is_lost_too_often_is_parked(
    database: Database, principal: Principal, patients: list[Submission]
) -> None:
    rescreen_id = edit(database, principal)
    for _ in range(2):
        with database.session() as session:
            begin_block(session, rescreen_id, 2)
    assert not Rescreener(database, max_attempts=2).rescreen_block(rescreen_id)
    with database.session() as session:
        assert stale_rescreens(session, AT_ONCE) == []
        parked = session.get_one(Rescreen, rescreen_id)
        assert (parked.state, parked.error) == ("parked", "WorkerLost")
    assert ask(database, principal).state == "running"


def test_waiting_in_the_queue_does_not_count_as_an_attempt(
    database: Database, principal: Principal, patients: list[Submission], valkey: Valkey
) -> None:
    celery = make_celery(Settings(broker_url=valkey.url))
    rescreen_id = edit(database, principal)
    for _ in range(9):
        assert sweep_rescreens(database, celery, AT_ONCE) == 1
    run(Rescreener(database, max_attempts=1), rescreen_id)
    assert state(database, principal).state == "done"


def test_a_block_without_changed_verdicts_makes_few_statements(
    database: Database, principal: Principal, patients: list[Submission]
) -> None:
    text = library().texts[TRIAL].replace("title:", "title: Ours,", 1)
    with database.session() as session:
        put_trial(session, principal, TRIAL, parse_trial(text, TRIAL).version, text)
    rescreener = Rescreener(database)
    rescreen_id = ask(database, principal).rescreen_id
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    rescreener.rescreen_block(rescreen_id)
    assert len(asked) <= 12, asked
