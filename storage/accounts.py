"""Accounts of the page: a person's name, password and role at one site."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from settings.roles import ROLES, Principal
from storage import audit
from storage.column_types import now
from storage.models import Account, SignIn, Site

SHORTEST_PASSWORD, LONGEST_PASSWORD = 15, 200
"""Source: NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor has at least 15 characters, and verifiers
take at least 64. The upper bound keeps one request from hashing a megabyte."""

LONGEST_NAME = 100
LONGEST_SIGN_IN = timedelta(hours=12)
"""Shorter than the 24 hours that NIST SP 800-63B-4, 2.2.3, allows at AAL2: a shift, not a day."""

SEEN_EVERY = timedelta(seconds=30)
"""Being seen is written down no more often than this: else every page would write."""


@dataclass(frozen=True)
class SignedIn:
    """Who sits at a browser, with the name of the site for the head of the page."""

    principal: Principal
    name: str
    site_name: str


def create_account(session: Session, site_id: str, name: str, role: str, password: str) -> Account:
    """A new account.

    Raises: ValueError, without the value, for a role that does not exist, a name that is taken or odd, and a password
    that is too short or too long.
    """
    if role not in ROLES:
        raise ValueError(f"a role is one of {', '.join(ROLES)}")
    plain = plain_name(name)
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} printable characters")
    if find_account(session, plain) is not None:
        raise ValueError("an account of this name exists already")
    account = Account(site_id=site_id, name=plain, role=role, password_hash=_hashed(password))
    session.add(account)
    session.flush()
    return account


def plain_name(name: str) -> str:
    """Names are told apart without letter case and outer spaces."""
    return name.strip().casefold()


def find_account(session: Session, name: str) -> Account | None:
    """The account of this name, disabled or not."""
    if not name.isprintable():
        return None  # PostgreSQL takes no NUL, and no account has such a name
    return session.scalar(select(Account).where(Account.name == plain_name(name)))


def list_accounts(session: Session, site_id: str) -> Sequence[Account]:
    """The accounts of a site by name, disabled ones too."""
    return session.scalars(select(Account).where(Account.site_id == site_id).order_by(Account.name)).all()


def disable_account(session: Session, site_id: str, name: str) -> bool:
    """End every sign-in of an account and let it have no other; False if the site has no such account in use."""
    wanted = (Account.name == plain_name(name), Account.site_id == site_id, Account.disabled_at.is_(None))
    disabled = session.scalar(update(Account).where(*wanted).values(disabled_at=now()).returning(Account.id))
    return disabled is not None and end_every_sign_in(session, disabled)


def reset_password(session: Session, site_id: str, name: str, password: str) -> bool:
    """Give an account a new password, in use again, and end its sign-ins; False if the site has no such account.

    Raises: ValueError for a password that is too short or too long.
    """
    wanted = (Account.name == plain_name(name), Account.site_id == site_id)
    fresh = {"password_hash": _hashed(password), "disabled_at": None}
    account_id = session.scalar(update(Account).where(*wanted).values(fresh).returning(Account.id))
    return account_id is not None and end_every_sign_in(session, account_id)


def sign_in(session: Session, name: str, password: str) -> str | None:
    """The secret of a new sign-in; None if name or password is wrong or the account is disabled.

    Whether the name exists shows neither in the answer nor in the time that it takes.
    """
    account = find_account(session, name)
    usable = account is not None and account.disabled_at is None
    known = account.password_hash if account is not None else _of_nobody()
    if not _verified(known, password) or account is None or not usable:
        return None
    if _hasher().check_needs_rehash(account.password_hash):
        account.password_hash = _hasher().hash(password)
    token = secrets.token_urlsafe(32)
    session.add(SignIn(account_id=account.id, token_hash=_token_hash(token)))
    session.execute(delete(SignIn).where(SignIn.created_at < now() - LONGEST_SIGN_IN))
    audit.record(session, Principal(account.id, account.site_id, account.role), "account.signed_in", account.id)
    return token


def password_fits(session: Session, account_id: str, password: str) -> bool:
    """Whether this is the present password of the account."""
    account = session.get(Account, account_id)
    return account is not None and _verified(account.password_hash, password)


def who_is(session: Session, token: str, idle: timedelta) -> SignedIn | None:
    """Who holds this sign-in; None if it ended, was not used for so long, or its account is disabled."""
    present = now()
    wanted = (
        SignIn.token_hash == _token_hash(token),
        SignIn.seen_at > present - idle,
        SignIn.created_at > present - LONGEST_SIGN_IN,
        Account.disabled_at.is_(None),
    )
    read = select(
        SignIn.id, SignIn.seen_at, Account.id.label("account_id"), Account.name, Account.role, Account.site_id
    )
    of_account = read.add_columns(Site.name.label("site_name")).join_from(SignIn, Account).join(Site)
    row = session.execute(of_account.where(*wanted)).one_or_none()
    if row is None:
        return None
    if row.seen_at < present - SEEN_EVERY:
        session.execute(update(SignIn).where(SignIn.id == row.id).values(seen_at=present))
    return SignedIn(Principal(row.account_id, row.site_id, row.role), row.name, row.site_name)


def sign_out(session: Session, token: str) -> None:
    """End one sign-in."""
    session.execute(delete(SignIn).where(SignIn.token_hash == _token_hash(token)))


def end_every_sign_in(session: Session, account_id: str) -> bool:
    """End all sign-ins of an account; True, for those who end one more thing."""
    session.execute(delete(SignIn).where(SignIn.account_id == account_id))
    return True


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return _hasher().hash(password)


def _verified(known: str, password: str) -> bool:
    try:
        return len(password) <= LONGEST_PASSWORD and _hasher().verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    """argon2id with the library's parameters, those of RFC 9106 for little memory."""
    return PasswordHasher()


@cache
def _of_nobody() -> str:
    """The hash of a password that nobody knows, checked where there is no account."""
    return _hasher().hash(secrets.token_urlsafe(32))


def _token_hash(token: str) -> str:
    """A plain hash is enough: the token is 256 random bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


_SHOWN = (Account.id.label("account_id"), Account.name, Account.role, Account.site_id, Site.name.label("site_name"))
