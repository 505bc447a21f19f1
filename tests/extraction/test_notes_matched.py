"""Notes submitted over HTTP and matched by a worker get the verdicts of their hand-written summaries."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.summary.facts import load_patient
from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import open_database
from storage.sites import create_key, create_site
from storage.trials import sync_library
from tests.extraction.extracted import DATA, cases
from trialmatch.client import Client
from verdicts.match import match_patient
from workers.embedded.stack import Stack

pytestmark = pytest.mark.stack

NOTES = {case["id"]: case["narrative"] for case in cases("notes.ndjson")}
BY_HAND = {
    row["id"]: row["summary"] for row in map(json.loads, (DATA / "summaries.ndjson").read_text("utf-8").splitlines())
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Yield a client of a running stack, whose web server, queue and workers are separate processes."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("notes"), log_level="WARNING")
    with Stack(settings, port=0) as running:
        database = open_database(settings.database_url)
        with database.session() as session:
            site = create_site(session, "North")
            sync_library(session, site.id, load_library())
            key = create_key(session, site.id, "coordinator", "tests")
        database.close()
        yield Client(running.url, key)


@pytest.fixture(scope="module")
def by_note(client: Client) -> dict[str, Any]:
    """Return the result of each note by its name."""
    sent = {
        name: client.submit_patient({"patient_ref": name, "note": NOTES[name], "deidentified": True})
        for name in BY_HAND
    }
    return {name: client.wait_for_matches(submission) for name, submission in sent.items()}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_note_is_matched_like_its_hand_written_summary(by_note: dict[str, Any], name: str) -> None:
    expected = match_patient(load_patient(BY_HAND[name]), list(load_library().trials.values()))
    assert verdicts(by_note[name]) == verdicts(expected)


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {match["trial"]: match["verdict"] for match in result["matches"]}


def test_enough_notes_have_a_hand_written_summary() -> None:
    assert len(BY_HAND) >= 10
