"""Registries sent to the API, for the tests of batches."""

from typing import Any

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from support.synthetic_patients import synthetic_summaries
from tests.api.running import Service

BATCHES = "/api/v1/batches"
SEND = f"{BATCHES}?deidentified=true"
CSV = "text/csv"


def rows(number: int, seed: int = 0) -> list[dict[str, Any]]:
    return [row | {"patient_ref": f"R-{place}"} for place, row in enumerate(synthetic_summaries(number, seed=seed))]


def post(service: Service, data: Any, content_type: str = CSV, address: str = SEND, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client("registrar").post(address, data=data, content_type=content_type, headers=named)


def finished_batch(service: Service, number: int = 250, **wrong: Any) -> dict[str, Any]:
    """Send a batch of three chunks and screen it to its end."""
    found = service.send_batch([*rows(number), *([wrong] if wrong else [])])
    service.work_on(found["id"])
    return ask(service, found["links"]["batch"]).get_json()  # type: ignore[no-any-return]


def ask(service: Service, address: str) -> TestResponse:
    return service.client().get(address)


def stored(service: Service, *tables: Any) -> list[int]:
    with service.database.session() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
