"""The application: its parts, its addresses, and one handler for whatever goes wrong."""

import os
from typing import Any

from flask import Flask

from schemas.inputs.faults import InputError
from schemas.trials.library import load_library
from service.actions.batch_totals import BatchTotals
from service.api import api_docs
from service.api import url_converters as addresses
from service.api.openapi import CONFIG, OpenApi
from service.api.problems import WORDS, Problem, at_fault, storage_full, unavailable
from service.api.routes import (
    batch_results,
    batches,
    definitions,
    extractions,
    matches,
    patients,
    schemas,
    trials,
    vocabulary,
)
from service.dependencies import EXTENSION, Dependencies
from service.observability import health, log, metrics
from service.page import registration
from service.security import body_limits as limits
from service.security import headers
from settings.configuration import Settings
from storage.database import open_database
from storage.errors import BatchGone, IdempotencyConflict, StorageFull, StorageUnavailable
from workers.app import make_celery

PREFIX = "/api/v1"
ROUTES = (patients, batches, batch_results, extractions, matches, trials, definitions, vocabulary, schemas)


class Application(Flask):
    """Flask, whose own record of an exception would quote its message and the address."""

    def log_exception(self, exc_info: Any) -> None:
        log.log.error("failed", route=log.route(), exc_info=exc_info)


def create_app(settings: Settings | None = None) -> Flask:
    """A service with these settings, or those of the environment. Nothing is connected to before the first request."""
    settings = settings or Settings.from_env(os.environ)
    app = Application("service")
    app.config.update(CONFIG, MAX_CONTENT_LENGTH=settings.max_body_bytes)
    database = open_database(settings.database_url)
    app.extensions[EXTENSION] = Dependencies(
        settings, database, make_celery(settings), load_library(), BatchTotals(database)
    )
    # The last one registered sees the response first, so the log comes first and knows the final one.
    for part in (log, metrics, headers, limits, addresses, api_docs, health):
        part.register(app)
    _add_api(app)
    registration.register(app, settings)
    _handle_errors(app)
    return app


def _add_api(app: Flask) -> None:
    api = OpenApi(app)
    for converter in addresses.CONVERTERS.values():
        api.register_converter(converter, addresses.parameter_schema)
    for module in ROUTES:
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
    for schema in schemas.SCHEMAS.values():
        api.describe(schema)


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(Problem, Problem.response)
    app.register_error_handler(InputError, lambda error: at_fault("invalid-input", error.faults).response())
    app.register_error_handler(StorageFull, lambda _: storage_full().response())
    app.register_error_handler(BatchGone, lambda _: Problem("not-found", WORDS[404]).response())
    app.register_error_handler(StorageUnavailable, lambda _: unavailable("The database does not answer.").response())
    app.register_error_handler(IdempotencyConflict, lambda _: REUSED.response())


REUSED = Problem("idempotency-key-reused", "Use a new Idempotency-Key for a new request; the first one is untouched.")
