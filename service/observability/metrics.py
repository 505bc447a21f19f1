"""Prometheus metrics: requests by route and status, and what waits to be matched."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from service.dependencies import dependencies
from service.observability.log import route, seconds
from storage.errors import StorageUnavailable
from storage.models import PatientVersion

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Set it where several web processes serve one address: each writes there, and a scrape adds them up."""

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class QueueCollector(Collector):
    """Read from the database at each scrape: a counter in a web process would know nothing of the workers."""

    def __init__(self, number: int, oldest: datetime | None) -> None:
        self.number, self.oldest = number, oldest

    def collect(self) -> Iterator[GaugeMetricFamily]:
        age = (datetime.now(UTC) - self.oldest).total_seconds() if self.oldest else 0.0
        yield GaugeMetricFamily("trialmatch_waiting_submissions", "Submissions not matched yet", self.number)
        yield GaugeMetricFamily("trialmatch_oldest_waiting_seconds", "Age of the oldest of them", max(age, 0.0))


def register(app: Flask) -> None:
    """Count every request of the application, and answer GET /metrics."""
    registry = CollectorRegistry()
    labels = ("method", "route", "status")
    requests = Counter("trialmatch_http_requests", "Requests answered", labels, registry=registry)
    durations = Histogram("trialmatch_http_request_seconds", "Time to answer", labels[:2], registry=registry)

    def observe(response: Response) -> Response:
        # Made-up methods would make a new series each.
        method = request.method if request.method in METHODS else "other"
        requests.labels(method, route(), str(response.status_code)).inc()
        durations.labels(method, route()).observe(seconds())
        return response

    def metrics() -> Response:
        return Response(_scrape(registry), content_type=CONTENT_TYPE_LATEST)

    app.after_request(observe)
    app.add_url_rule("/metrics", view_func=metrics)


def _scrape(registry: CollectorRegistry) -> bytes:
    """A database that does not answer takes its own numbers out, not those of the requests."""
    text = generate_latest(_of_every_process() or registry)
    try:
        waiting = CollectorRegistry()
        waiting.register(_waiting())
    except StorageUnavailable:
        return text
    return text + generate_latest(waiting)


def _of_every_process() -> CollectorRegistry | None:
    if SHARED_FOLDER not in os.environ:
        return None
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared


def _waiting() -> QueueCollector:
    """Only what is queued: for these rows there is an index."""
    wanted = select(func.count(), func.min(PatientVersion.submitted_at)).where(PatientVersion.state == "queued")
    with dependencies().database.session() as session:
        number, oldest = session.execute(wanted).one()
    return QueueCollector(number, oldest)
