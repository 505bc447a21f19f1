"""Measures a re-screen after the edit of one trial, against matching the same patients against all trials."""

from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from sqlalchemy import text
from sqlalchemy.orm import Session

from schemas.summary.facts import dump_patient, load_patient
from schemas.trials.library import load_library
from schemas.trials.trial_file import parse_trial
from settings.configuration import Settings
from settings.roles import Principal
from storage.database import Database, open_database
from storage.models import Match, new_id
from storage.patients import Submission, submit
from storage.sites import create_key, create_site, find_key
from storage.trial_rescreens import last_rescreen, request_rescreen
from storage.trials import put_trial, sync_library
from support.synthetic_patients import synthetic_summaries
from workers.match_submission import SubmissionMatcher
from workers.rescreen_trial import Rescreener

TRIAL, BEFORE, AFTER = "NCT02152995", "min: 18 years", "min: 40 years"
"""A trial with two cohorts that a third of the patients may fit, and an edit that every patient must be read for."""

DISTINCT = 500
"""Patients matched against all trials; a larger site has copies of them, because matching takes long."""


def measure(rows: int) -> dict[str, float]:
    """Return the figures by name, on SQLite. Units: in the names; ratios are of CPU and wall time a patient.

    Copied matches with trials that were not edited keep only the fields that a re-screen reads.
    """
    with TemporaryDirectory(prefix="trialmatch-bench-") as folder:
        database = open_database(Settings(data_dir=Path(folder)).database_url)
        database.migrate()
        try:
            return _measure(database, rows)
        finally:
            database.close()


def _measure(database: Database, rows: int) -> dict[str, float]:
    principal = _site(database)
    matched = min(rows, DISTINCT)
    with database.session() as session:
        waiting = [
            submit(session, principal, dump_patient(load_patient(summary))) for summary in synthetic_summaries(matched)
        ]
    matcher = SubmissionMatcher(database, Settings.max_attempts)
    matcher.match(waiting[0].patient_version_id, retry=False)
    all_cpu, all_wall = _timed(lambda: [matcher.match(sent.patient_version_id, retry=False) for sent in waiting[1:]])
    with database.session() as session:
        _copy(session, principal, waiting, rows - matched)
    rescreen_id = _edit(database, principal)
    rescreener = Rescreener(database, matcher.compiled)
    one_cpu, one_wall = _timed(lambda: _run(rescreener, rescreen_id))
    with database.session() as session:
        view = last_rescreen(session, principal.site_id, TRIAL)
    assert view is not None
    assert (view.state, view.seen) == ("done", rows)
    return {
        "trials": len(load_library().trials),
        "rows": rows,
        "moved": sum(view.moves.values()),
        "all_trials_ms": round(all_cpu / (matched - 1), 3),
        "rescreen_ms": round(one_cpu / rows, 3),
        "rescreen_seconds": round(one_wall / 1000, 1),
        "cpu_ratio": round(all_cpu / (matched - 1) / (one_cpu / rows), 1),
        "wall_ratio": round(all_wall / (matched - 1) / (one_wall / rows), 1),
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Units: ms of CPU and of the clock."""
    cpu, wall = process_time(), perf_counter()
    work()
    return 1000 * (process_time() - cpu), 1000 * (perf_counter() - wall)


def _site(database: Database) -> Principal:
    with database.session() as session:
        site = create_site(session, "Bench")
        sync_library(session, site.id, load_library())
        found = find_key(session, create_key(session, site.id, "admin", "bench"))
    assert found is not None
    return found


def _edit(database: Database, principal: Principal) -> str:
    edited = load_library().texts[TRIAL].replace(BEFORE, AFTER, 1)
    with database.session() as session:
        assert put_trial(session, principal, TRIAL, parse_trial(edited, TRIAL).version, edited)
        view = request_rescreen(session, principal, TRIAL)
    assert view is not None
    return view.rescreen_id


def _run(rescreener: Rescreener, rescreen_id: str) -> None:
    while rescreener.rescreen_block(rescreen_id):
        pass


def _copy(session: Session, principal: Principal, waiting: list[Submission], count: int) -> None:
    """Store this many more patients, with copies of the results of the first ones."""
    session.execute(text("CREATE TEMP TABLE copies (old TEXT, patient TEXT, version TEXT, ref TEXT)"))
    rows = [
        {"old": sent.patient_version_id, "patient": new_id(), "version": new_id(), "ref": f"COPY-{place}"}
        for place, sent in enumerate(islice(cycle(waiting), count))
    ]
    if rows:
        session.execute(text("INSERT INTO copies VALUES (:old, :patient, :version, :ref)"), rows)
    for statement in COPYING:
        session.execute(text(statement), {"site": principal.site_id, "trial": TRIAL})


COPYING = (
    "INSERT INTO patient (id, site_id, patient_ref, current_version) SELECT patient, :site, ref, 1 FROM copies",
    """INSERT INTO patient_version (id, patient_id, number, summary, state, queue, attempts, submitted_at, sent_at,
       matched_at, result) SELECT c.version, c.patient, 1, v.summary, v.state, v.queue, 0, v.submitted_at, v.sent_at,
       v.matched_at, v.result FROM copies c JOIN patient_version v ON v.id = c.old""",
    f"""INSERT INTO {Match.__tablename__} (patient_version_id, trial_version_id, verdict, score, rank, body)
       SELECT c.version, m.trial_version_id, m.verdict, m.score, m.rank, CASE WHEN t.trial_id = :trial THEN m.body
       ELSE json_object('status', m.body ->> 'status', 'missing', json(m.body -> 'missing')) END
       FROM copies c JOIN {Match.__tablename__} m ON m.patient_version_id = c.old
       JOIN trial_version t ON t.id = m.trial_version_id""",
)
