"""An application in this process on a real database and a real queue, and a record of what it answered."""

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
from workers.batches.screen_batch import BatchWork
from workers.match_submission import SubmissionMatcher

EXAMPLES = Path(__file__).parents[2] / "examples" / "patients"
SEEN: set[tuple[str, str, int]] = set()
"""Every method, rule and status that a test was answered with."""


def record(_: Flask, response: Response) -> None:
    """Remember an answer; the signal comes after every handler."""
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
        """A client that sends the key of this role."""
        return self.client_with(self.keys[role])

    def client_with(self, key: str) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_X_API_KEY"] = key
        return client

    def submit(self, patient_ref: str, name: str = "braf-micronodular") -> str:
        """Submit an example; the id of the patient."""
        answer = self.client().post("/api/v1/patients", json=example(name) | {"patient_ref": patient_ref})
        assert answer.status_code == 202, answer.text
        return str(answer.get_json()["id"])

    def match(self, patient_id: str) -> None:
        """What a worker would do now."""
        newest = select(PatientVersion.id).where(PatientVersion.patient_id == patient_id)
        with self.database.session() as session:
            version_id = session.scalars(newest.order_by(PatientVersion.number.desc()).limit(1)).one()
        assert SubmissionMatcher(self.database, max_attempts=3).screen(version_id, again=False)

    def send_batch(self, rows: Sequence[dict[str, Any]], key: str | None = None, query: str = "") -> dict[str, Any]:
        """Submit a registry of these summaries; the answer."""
        client = self.client("registrar") if key is None else self.client_with(key)
        lines = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        address = f"/api/v1/batches?deidentified=true{query}"
        answer = client.post(address, data=lines, content_type="application/x-ndjson")
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.get_json()
        return body

    def work_on(self, batch_id: str, most: int | None = None) -> int:
        """What workers would do now: split a batch and screen so many of its chunks; how many were screened."""
        sent: list[tuple[str, int]] = []
        work = BatchWork(self.database, self.app.extensions["trialmatch"].settings, lambda *one: sent.append(one))
        work.split(batch_id)
        work.go_on(batch_id)
        done = 0
        for one in sent:  # grows while it is worked on
            if done == most:
                break
            done += work.screen(*one)
        return done

    def stored(self) -> int:
        """How many submissions are stored."""
        with self.database.session() as session:
            return session.scalars(select(func.count()).select_from(PatientVersion)).one()


def example(name: str = "braf-micronodular") -> dict[str, Any]:
    """An example as it would be submitted."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return found


def make_service(settings: Settings) -> Service:
    """A service on a new database with two sites."""
    app = create_app(settings)
    request_finished.connect(record, app)
    database: Database = app.extensions["trialmatch"].database
    database.migrate()
    with database.session() as session:
        site, other = create_site(session, "North"), create_site(session, "South")
        for one in (site, other):
            sync_library(session, one.id, load_library())
        keys = {role: create_key(session, site.id, role, role) for role in ROLES}
        return Service(app, keys, create_key(session, other.id, "admin", "other"))
