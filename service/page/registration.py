"""What all pages share: assets, navigation, protection against forged forms, limits on sign-in, words and filters."""

from typing import Any

from flask import Flask, current_app
from flask_bootstrap import Bootstrap5
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from matching.verdict import VERDICTS
from service.page import formats
from service.page.account import sessions
from service.page.account import views as account
from service.page.account.sessions import signed_in
from service.page.batches import upload_views as batch_upload
from service.page.batches import views as batches
from service.page.errors import stale_form
from service.page.navigation import entries
from service.page.notes import views as note
from service.page.patients import form_views as submit
from service.page.patients import views as patients
from service.page.patients.form_inputs import input_id
from service.page.result import views as result
from service.page.trials import editor_views as trial_editor
from service.page.trials import views as trials
from settings.configuration import Settings
from verdicts.match_schema import NOTICE

GROUPS = (account, patients, submit, note, result, trials, trial_editor, batches, batch_upload)
"""Every module of pages; each has a `blueprint`. A new group is a line here and one in navigation.py."""


def register(app: Flask, settings: Settings) -> None:
    """Give the application its pages; the API, which takes no cookie, needs no protection against forged forms."""
    app.session_interface = sessions.SessionCookies()
    app.config.update(sessions.configuration(), BOOTSTRAP_SERVE_LOCAL=True)
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.jinja_env.filters.update(formats.FILTERS, input_id=input_id)
    app.jinja_env.globals["VERDICTS"] = VERDICTS
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    batch_upload.allow_large_files(app)
    _protect(app)
    for group in GROUPS:
        app.register_blueprint(group.blueprint)
    account.limit_sign_in(app, settings)
    app.context_processor(_shared)
    app.register_error_handler(RateLimitExceeded, _too_many)
    app.register_error_handler(CSRFError, stale_form)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _protect(app: Flask) -> None:
    csrf = CSRFProtect(app)
    for name, blueprint in app.blueprints.items():
        if not name.endswith("_pages"):
            csrf.exempt(blueprint)


def _shared() -> dict[str, Any]:
    """What every template may use."""
    return {"me": signed_in(), "navigation": entries, "notice": NOTICE, "pages": current_app.view_functions}


def _too_many(error: RateLimitExceeded) -> Response:
    return error.get_response()
