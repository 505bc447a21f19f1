"""Session cookies: a signed cookie carries the token of a sign-in, and the sign-in's database row can end it."""

from typing import Any

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from service.dependencies import dependencies
from service.security.cookie_key import secret_key
from storage import accounts

TOKEN_KEY = "sign_in"
"""Key of the sign-in token in the session cookie."""


class SessionCookies(SecureCookieSessionInterface):
    """Flask's cookies, with the key looked up at the first request, and Secure if the request came over TLS."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if app.secret_key is None:
            app.secret_key = secret_key(dependencies().settings)
        return super().get_signing_serializer(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def start_session(token: str) -> None:
    """Remember a new sign-in, and drop everything from the session before it, including the CSRF token."""
    session.clear()
    session[TOKEN_KEY] = token


def end_session() -> None:
    """End the sign-in, in the cookie and in the database."""
    token = session.get(TOKEN_KEY)
    if isinstance(token, str):
        with dependencies().database.session() as rows:
            accounts.sign_out(rows, token)
    session.clear()


def cookie_settings() -> dict[str, Any]:
    """Flask's cookie settings. The cookie ends with the browser; the sign-in itself ends sooner."""
    return {
        "SESSION_COOKIE_NAME": "trialmatch",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # Browsers never send us a referrer (service/security/headers.py), so only the token can be checked.
        "WTF_CSRF_SSL_STRICT": False,
        # The CSRF token lives as long as the sign-in; an attacker would need the sign-in anyway.
        "WTF_CSRF_TIME_LIMIT": None,
    }
