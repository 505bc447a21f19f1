"""An application in this process on a real database and a real queue, and a record of its answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, request_finished
from flask.testing import FlaskClient
from sqlalchemy import func, select

from schemas.trials.library import load_library
from service import create_app
from settings.configuration import Settings
from settings.roles import ROLES
from storage.database import Database
from storage.models import PatientVersion
from storage.sites import create_key, create_site
from storage.trials import sync_library
from workers.batches.screen_chunks import ChunkScreener
from workers.batches.send import send_next_chunks
from workers.batches.split_file import FileSplitter
from workers.match_submission import SubmissionMatcher

EXAMPLES = Path(__file__).parents[2] / "examples" / "patients"
SEEN: set[tuple[str, str, int]] = set()
"""Method, rule and status of every answer that a test received."""


def record(_: Flask, response: Response) -> None:
    """Record an answer; Flask sends the signal after every handler."""
    if request.url_rule is not None:
        SEEN.add((request.method, request.url_rule.rule, response.status_code))


@dataclass(frozen=True)
class Service:
    """An application, the keys of a site by role, and a key of another site."""

    app: Flask
    keys: dict[str, str]
    foreign_key: str

    @property
    def database(self) -> Database:
        database: Database = self.app.extensions["trialmatch"].database
        return database

    def client(self, role: str = "coordinator") -> FlaskClient:
        """Return a client that sends the key of this role."""
        return self.client_with(self.keys[role])

    def client_with(self, key: str) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_X_API_KEY"] = key
        return client

    def submit(self, patient_ref: str, name: str = "braf-micronodular") -> str:
        """Submit an example and return the id of the patient."""
        answer = self.client().post("/api/v1/patients", json=example(name) | {"patient_ref": patient_ref})
        assert answer.status_code == 202, answer.text
        return str(answer.get_json()["id"])

    def match(self, patient_id: str) -> None:
        """Match the newest version of a patient, as a worker would."""
        newest = select(PatientVersion.id).where(PatientVersion.patient_id == patient_id)
        with self.database.session() as session:
            version_id = session.scalars(newest.order_by(PatientVersion.number.desc()).limit(1)).one()
        assert SubmissionMatcher(self.database, max_attempts=3).match(version_id, retry=False)

    def send_batch(self, rows: Sequence[dict[str, Any]], key: str | None = None, query: str = "") -> dict[str, Any]:
        """Submit a registry of these summaries and return the answer."""
        client = self.client("registrar") if key is None else self.client_with(key)
        lines = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        address = f"/api/v1/batches?deidentified=true{query}"
        answer = client.post(address, data=lines, content_type="application/x-ndjson")
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.get_json()
        return body

    def work_on(self, batch_id: str, max_chunks: int | None = None) -> int:
        """Split a batch and screen at most this many chunks, as workers would; return how many were screened."""
        sent: list[tuple[str, int]] = []
        settings: Settings = self.app.extensions["trialmatch"].settings

        def send(batch_id: str, number: int) -> None:
            sent.append((batch_id, number))

        FileSplitter(self.database, settings, send).split(batch_id)
        send_next_chunks(self.database, batch_id, settings.batch_window, send)
        screener, done = ChunkScreener(self.database, settings, send), 0
        for chunk in sent:  # grows with each screened chunk
            if done == max_chunks:
                break
            done += screener.screen(*chunk)
        return done

    def stored(self) -> int:
        """Count the stored submissions."""
        with self.database.session() as session:
            return session.scalars(select(func.count()).select_from(PatientVersion)).one()


def example(name: str = "braf-micronodular") -> dict[str, Any]:
    """Return an example as a client submits it."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return found


def make_service(settings: Settings) -> Service:
    """Create a service on a new database with two sites."""
    app = create_app(settings)
    request_finished.connect(record, app)
    database: Database = app.extensions["trialmatch"].database
    database.migrate()
    with database.session() as session:
        site, other = create_site(session, "North"), create_site(session, "South")
        for created in (site, other):
            sync_library(session, created.id, load_library())
        keys = {role: create_key(session, site.id, role, role) for role in ROLES}
        return Service(app, keys, create_key(session, other.id, "admin", "other"))
