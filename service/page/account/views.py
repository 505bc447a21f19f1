"""Sign-in, sign-out and the account page."""

from collections.abc import Callable
from hashlib import sha256

from flask import Flask, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask_limiter import Limiter, RequestLimit, RouteLimit
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response as AnyResponse

from service.dependencies import dependencies
from service.page.access import PageBlueprint, principal, signed_in
from service.page.account.sessions import TOKEN_KEY, end_session, start_session
from service.page.navigation import first_page
from settings.configuration import Settings
from settings.roles import ROLE_DESCRIPTIONS
from storage import accounts

blueprint = PageBlueprint("account", __name__)

SIGN_IN_FAILED = "Name or password is wrong, or the account is disabled."
WINDOW_MINUTES = 15
ATTEMPTS_FACTOR_PER_ADDRESS = 5
"""A hospital may share one address, so an address gets more attempts than a name; see docs/configuration.md."""


def sign_in() -> AnyResponse | str:
    """Show the sign-in form, or sign in. Only a wrong password (401) counts against the limits."""
    if request.method == "GET":
        return redirect(_next_page(), 303) if signed_in() else _sign_in_form()
    with dependencies().database.session() as rows:
        token = accounts.sign_in(rows, request.form.get("name", ""), request.form.get("password", ""))
    if token is None:
        return make_response(_sign_in_form(SIGN_IN_FAILED), 401)
    start_session(token)
    return redirect(_next_page(), 303)


def _sign_in_form(error: str = "") -> str:
    ended = bool(session.get(TOKEN_KEY)) and not error
    return render_template("account/sign_in.html", error=error, ended=ended, name=request.form.get("name", ""))


def _next_page() -> str:
    """The page of this service that required the sign-in, or the first page."""
    address = request.values.get("next", "")
    own = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if own else url_for("account_pages.home")


def limit_sign_in(app: Flask, settings: Settings) -> None:
    """Limit sign-in attempts by name and by address across all processes, or per process while the queue is down."""
    limiter = Limiter(
        get_remote_address, app=app, storage_uri=settings.broker_url, strategy="moving-window",
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1}, in_memory_fallback_enabled=True,
        key_prefix="trialmatch", swallow_errors=True,
    )  # fmt: skip
    by_name = _limit(limiter, settings.sign_in_attempts, _name_key)
    by_address = _limit(limiter, settings.sign_in_attempts * ATTEMPTS_FACTOR_PER_ADDRESS, _address_key)
    # Not part of the blueprint, whose pages require a sign-in.
    app.add_url_rule("/sign-in", "sign_in", by_address(by_name(sign_in)), methods=["GET", "POST"])


def _limit(limiter: Limiter, attempts: int, key: Callable[[], str]) -> RouteLimit:
    return limiter.limit(
        f"{attempts} per {WINDOW_MINUTES} minutes", key_func=key, methods=["POST"], on_breach=_refuse_attempt,
        deduct_when=lambda response: response.status_code == 401,
    )  # fmt: skip


def _name_key() -> str:
    """A hash, so that the queue server sees no name."""
    return f"name-{sha256(accounts.normalise_name(request.form.get('name', '')).encode()).hexdigest()[:32]}"


def _address_key() -> str:
    return f"address-{get_remote_address()}"


def _refuse_attempt(_: RequestLimit) -> Response:
    message = f"Too many attempts. Wait {WINDOW_MINUTES} minutes, then try again."
    response = make_response(_sign_in_form(message), 429)
    response.headers["Retry-After"] = str(WINDOW_MINUTES * 60)
    return response


@blueprint.route("/")
def home() -> AnyResponse:
    """Redirect to the first page of the role."""
    return redirect(url_for(first_page()), 303)


@blueprint.route("/account")
def show() -> str:
    """Show the account and the form to change the password."""
    return _account_page({})


def _account_page(errors: dict[str, str]) -> str:
    description, shortest = ROLE_DESCRIPTIONS[principal().role], accounts.MIN_PASSWORD_CHARACTERS
    return render_template("account/show.html", errors=errors, description=description, shortest=shortest)


@blueprint.route("/account/password", methods=["POST"])
def change_password() -> AnyResponse | str:
    """Change the password and end all sign-ins of the account, including this one."""
    current, new = request.form.get("current", ""), request.form.get("new", "")
    account = signed_in()
    assert account is not None
    with dependencies().database.session() as rows:
        if not accounts.password_matches(rows, account.principal.key_id, current):
            return make_response(_account_page({"current": "This is not the current password."}), 422)
        try:
            accounts.reset_password(rows, account.principal.site_id, account.name, new)
        except ValueError as error:
            return make_response(_account_page({"new": str(error)}), 422)
    end_session()
    flash("Password changed. Sign in with the new one.", "done")
    return redirect(url_for("sign_in"), 303)


@blueprint.route("/sign-out", methods=["POST"])
def sign_out() -> AnyResponse:
    """End this sign-in."""
    end_session()
    flash("You are signed out.", "done")
    return redirect(url_for("sign_in"), 303)
