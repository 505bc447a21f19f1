"""Register the pages with the application: blueprints, assets, CSRF protection, sign-in limits and template filters."""

from typing import Any

from flask import Flask, current_app
from flask_bootstrap import Bootstrap5
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from matching.verdict import VERDICTS
from service.page import formats
from service.page.access import signed_in
from service.page.account import views as account
from service.page.account.sessions import SessionCookies, cookie_settings
from service.page.batches import upload_views as batch_upload
from service.page.batches import views as batches
from service.page.errors import expired_form
from service.page.navigation import navigation_entries
from service.page.notes import views as notes
from service.page.patients import form_views as patient_form
from service.page.patients import views as patients
from service.page.patients.form_inputs import input_id
from service.page.result import views as result
from service.page.trials import editor_views as trial_editor
from service.page.trials import views as trials
from settings.configuration import Settings
from verdicts.match_schema import NOTICE

VIEW_MODULES = (account, patients, patient_form, notes, result, trials, trial_editor, batches, batch_upload)
"""Every module of views; each has a `blueprint`. A new module is added here and in navigation.py."""


def register(app: Flask, settings: Settings) -> None:
    """Add the pages to the application. The API takes no cookies, so it needs no CSRF protection."""
    app.session_interface = SessionCookies()
    app.config.update(cookie_settings(), BOOTSTRAP_SERVE_LOCAL=True)
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.jinja_env.filters.update(formats.FILTERS, input_id=input_id)
    app.jinja_env.globals["VERDICTS"] = VERDICTS
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    batch_upload.allow_large_files(app)
    _protect_forms(app)
    for module in VIEW_MODULES:
        app.register_blueprint(module.blueprint)
    account.limit_sign_in(app, settings)
    app.context_processor(_template_variables)
    app.register_error_handler(RateLimitExceeded, _too_many_attempts)
    app.register_error_handler(CSRFError, expired_form)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _protect_forms(app: Flask) -> None:
    csrf = CSRFProtect(app)
    for name, blueprint in app.blueprints.items():
        if not name.endswith("_pages"):
            csrf.exempt(blueprint)


def _template_variables() -> dict[str, Any]:
    """Variables of every template."""
    return {"me": signed_in(), "navigation": navigation_entries, "notice": NOTICE, "pages": current_app.view_functions}


def _too_many_attempts(error: RateLimitExceeded) -> Response:
    return error.get_response()
