"""Builds the Flask application: dependencies, API, pages and error handlers."""

import os
from typing import Any

from flask import Flask

from schemas.inputs.faults import InputError
from schemas.trials.library import load_library
from service.actions.batch_totals import BatchTotals
from service.api import api_docs, url_converters
from service.api.openapi import CONFIG, OpenApi
from service.api.problems import Problem, invalid, not_found, storage_full, unavailable
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
from service.security import body_limits, headers
from settings.configuration import Settings
from storage.database import open_database
from storage.errors import BatchGone, IdempotencyConflict, StorageFull, StorageUnavailable
from workers.app import make_celery

PREFIX = "/api/v1"
ROUTES = (patients, batches, batch_results, extractions, matches, trials, definitions, vocabulary, schemas)


class Application(Flask):
    """Flask with its own exception log replaced: that log would quote the message and the address."""

    def log_exception(self, exc_info: Any) -> None:
        log.log.error("failed", route=log.route(), exc_info=exc_info)


def create_app(settings: Settings | None = None) -> Flask:
    """Create the application with these settings, by default those of the environment.

    No connection is opened before the first request.
    """
    settings = settings or Settings.from_env(os.environ)
    app = Application("service")
    app.config.update(CONFIG, MAX_CONTENT_LENGTH=settings.max_body_bytes)
    database = open_database(settings.database_url)
    app.extensions[EXTENSION] = Dependencies(
        settings, database, make_celery(settings), load_library(), BatchTotals(database)
    )
    # Flask runs after_request handlers in reverse order: the log is registered first, so it sees the final response.
    for module in (log, metrics, headers, body_limits, url_converters, api_docs, health):
        module.register(app)
    _add_api(app)
    registration.register(app, settings)
    _handle_errors(app)
    return app


def _add_api(app: Flask) -> None:
    api = OpenApi(app)
    for converter in url_converters.CONVERTERS.values():
        api.register_converter(converter, url_converters.parameter_schema)
    for module in ROUTES:
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
    for schema in schemas.SCHEMAS.values():
        api.describe(schema)


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(Problem, Problem.response)
    app.register_error_handler(InputError, lambda error: invalid("invalid-input", error.faults).response())
    app.register_error_handler(StorageFull, lambda _: storage_full().response())
    app.register_error_handler(BatchGone, lambda _: not_found().response())
    app.register_error_handler(StorageUnavailable, lambda _: unavailable("The database does not answer.").response())
    app.register_error_handler(IdempotencyConflict, lambda _: KEY_REUSED.response())


KEY_REUSED = Problem(
    "idempotency-key-reused", "Use a new Idempotency-Key for a new request. The first request is unchanged."
)
