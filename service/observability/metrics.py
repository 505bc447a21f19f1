"""Prometheus metrics: requests by route and status, and the submissions waiting to be matched."""

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
from service.observability.log import elapsed_seconds, route
from storage.errors import StorageUnavailable
from storage.models import PatientVersion

MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable for several web processes on one address: each writes there, and a scrape sums them."""

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class QueueCollector(Collector):
    """Reads the database at each scrape: a counter in a web process would not see the workers."""

    def __init__(self, waiting: int, oldest: datetime | None) -> None:
        self.waiting, self.oldest = waiting, oldest

    def collect(self) -> Iterator[GaugeMetricFamily]:
        age = (datetime.now(UTC) - self.oldest).total_seconds() if self.oldest else 0.0
        yield GaugeMetricFamily("trialmatch_waiting_submissions", "Submissions not matched yet", self.waiting)
        yield GaugeMetricFamily(
            "trialmatch_oldest_waiting_seconds", "Age of the oldest submission not matched yet", max(age, 0.0)
        )


def register(app: Flask) -> None:
    """Count every request of the application, and serve GET /metrics."""
    registry = CollectorRegistry()
    labels = ("method", "route", "status")
    requests = Counter("trialmatch_http_requests", "Requests answered", labels, registry=registry)
    durations = Histogram("trialmatch_http_request_seconds", "Time to answer", labels[:2], registry=registry)

    def observe(response: Response) -> Response:
        # Each invented method would create a new time series.
        method = request.method if request.method in METHODS else "other"
        requests.labels(method, route(), str(response.status_code)).inc()
        durations.labels(method, route()).observe(elapsed_seconds())
        return response

    def metrics() -> Response:
        return Response(_scrape(registry), content_type=CONTENT_TYPE_LATEST)

    app.after_request(observe)
    app.add_url_rule("/metrics", view_func=metrics)


def _scrape(registry: CollectorRegistry) -> bytes:
    """Return the metrics as text; if the database does not answer, without the queue metrics."""
    text = generate_latest(_all_processes() or registry)
    try:
        queue = CollectorRegistry()
        queue.register(_queue_collector())
    except StorageUnavailable:
        return text
    return text + generate_latest(queue)


def _all_processes() -> CollectorRegistry | None:
    if MULTIPROCESS_FOLDER not in os.environ:
        return None
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared


def _queue_collector() -> QueueCollector:
    """Count only queued rows, which have an index."""
    wanted = select(func.count(), func.min(PatientVersion.submitted_at)).where(PatientVersion.state == "queued")
    with dependencies().database.session() as session:
        waiting, oldest = session.execute(wanted).one()
    return QueueCollector(waiting, oldest)
