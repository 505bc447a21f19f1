"""Who sits at the browser: a signed cookie holds the secret of a sign-in, whose row in the database can end it."""

from datetime import timedelta
from typing import Any, TypeVar, cast

from flask import Flask, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from service.dependencies import dependencies
from service.security.cookie_key import secret_key
from settings.roles import Principal
from storage import accounts
from storage.accounts import SignedIn

TOKEN = "sign_in"
View = TypeVar("View")


class SessionCookies(SecureCookieSessionInterface):
    """Flask's, with the key looked up at the first request, and Secure wherever the request came over TLS."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if app.secret_key is None:
            app.secret_key = secret_key(dependencies().settings)
        return super().get_signing_serializer(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def signed_in() -> SignedIn | None:
    """Who sends the present request, if anybody is signed in; asked of the database once a request."""
    if "signed_in" not in g:
        token = session.get(TOKEN)
        g.signed_in = _who_is(token) if isinstance(token, str) else None
        g.principal = g.signed_in.principal if g.signed_in else None
    return cast(SignedIn | None, g.signed_in)


def _who_is(token: str) -> SignedIn | None:
    with dependencies().database.session() as rows:
        return accounts.who_is(rows, token, timedelta(minutes=dependencies().settings.idle_minutes))


def principal() -> Principal:
    """Who sends the present request, to a page that only who is signed in may see."""
    found = signed_in()
    assert found is not None
    return found.principal


def require(roles: tuple[str, ...]) -> Response | None:
    """Send who is not signed in to do so, and back again afterwards.

    Raises: Forbidden for another role.
    """
    found = signed_in()
    if found is None:
        # Only what was read leads back: a form that was sent would be sent again.
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("sign_in", next=back), 303)
    if roles and found.principal.role not in roles:
        raise Forbidden
    return None


def begin(token: str) -> None:
    """Remember a new sign-in; what the browser held before is forgotten, the token against forgery too."""
    session.clear()
    session[TOKEN] = token


def end() -> None:
    """End the sign-in, here and in the database."""
    token = session.get(TOKEN)
    if isinstance(token, str):
        with dependencies().database.session() as rows:
            accounts.sign_out(rows, token)
    session.clear()


def configuration() -> dict[str, Any]:
    """Flask's settings of the cookie. It ends with the browser; the sign-in itself ends sooner."""
    return {
        "SESSION_COOKIE_NAME": "trialmatch",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # The referrer is never sent (service/security/headers.py), so it cannot be asked for; the token is what counts.
        "WTF_CSRF_SSL_STRICT": False,
        # As long as the sign-in, which is what an attacker would need.
        "WTF_CSRF_TIME_LIMIT": None,
    }
