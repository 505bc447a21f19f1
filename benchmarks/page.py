"""Measures the result page of a patient: server time, and weight with every asset of the project."""

import re
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient
from sqlalchemy import select

from schemas.trials.library import load_library
from service import create_app
from service.dependencies import EXTENSION
from settings.configuration import Settings
from settings.roles import Principal
from storage.accounts import create_account
from storage.database import Database
from storage.models import PatientVersion
from storage.patients import submit
from storage.sites import create_site
from storage.trials import sync_library
from support.synthetic_patients import synthetic_summaries
from workers.match_submission import SubmissionMatcher

PASSWORD = "a password of the benchmark"
HTML = {"Accept": "text/html"}


def measure(rows: int) -> dict[str, float]:
    """Return the medians over this many requests, in this process. Units: milliseconds, kilobytes (1,000 bytes)."""
    with TemporaryDirectory(prefix="trialmatch-bench-") as folder:
        return _measure(Path(folder), rows)


def _measure(folder: Path, rows: int) -> dict[str, float]:
    # No queue answers at this address: the page is measured, and this process does the matching.
    app = create_app(Settings(data_dir=folder, broker_url="redis://127.0.0.1:1/0"))
    client, address = app.test_client(), _with_patients(app.extensions[EXTENSION].database)
    _sign_in(client)
    page = client.get(address, headers=HTML)
    assert page.status_code == 200
    figures = {
        "trials": len(re.findall(r'<details class="trial"', page.text)),
        "result_ms": _milliseconds(client, address, rows),
        "definitions_ms": _milliseconds(client, f"{address}/definitions", rows),
        "patients_ms": _milliseconds(client, "/patients", rows),
        "page_kb": len(page.data) / 1000,
        "assets_kb": sum(_weights(client, page.text)) / 1000,
    }
    app.extensions[EXTENSION].database.close()
    figures["ms_for_40_trials"] = figures["result_ms"] * 40 / figures["trials"]
    return {name: round(value, 1) for name, value in figures.items()}


def _with_patients(database: Database, number: int = 50) -> str:
    """Store enough patients to fill a page of the list; return the address of the last result."""
    database.migrate()
    with database.session() as session:
        site = create_site(session, "Bench")
        sync_library(session, site.id, load_library())
        account = create_account(session, site.id, "bench", "coordinator", PASSWORD)
        principal = Principal(account.id, site.id, "coordinator")
        patient_id = [submit(session, principal, summary).patient_id for summary in synthetic_summaries(number)][-1]
        waiting = list(session.scalars(select(PatientVersion.id)))
    matcher = SubmissionMatcher(database, max_attempts=1)
    for version_id in waiting:
        matcher.match(version_id, retry=False)
    return f"/patients/{patient_id}"


def _sign_in(client: FlaskClient) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in", headers=HTML).text)
    assert token is not None
    sent = {"csrf_token": token[1], "name": "bench", "password": PASSWORD}
    assert client.post("/sign-in", data=sent, headers=HTML).status_code == 303


def _milliseconds(client: FlaskClient, address: str, rows: int) -> float:
    spent = []
    for _ in range(rows + 2):
        begun = time.perf_counter()
        assert client.get(address, headers=HTML).status_code == 200
        spent.append(1000 * (time.perf_counter() - begun))
    return median(spent[2:])


def _weights(client: FlaskClient, text: str) -> list[int]:
    """Return the size of every style, script and picture of the project on the page, without Bootstrap's own."""
    assets = dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    return [len(client.get(address).data) for address in assets]
