"""Accounts and sign-ins of the page: a person's name, password and role at one site."""

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

from settings.roles import ROLES, UNKNOWN_ROLE, Principal
from storage import audit
from storage.models import Account, SignIn, Site, now

MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS = 15, 200
"""Source: NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor has at least 15 characters, and verifiers
accept at least 64. The upper bound keeps a request from hashing a megabyte."""

MAX_NAME_CHARACTERS = 100
MAX_SIGN_IN_AGE = timedelta(hours=12)
"""Shorter than the 24 hours that NIST SP 800-63B-4, 2.2.3, allows at AAL2: a shift, not a day."""

SEEN_INTERVAL = timedelta(seconds=30)
"""`seen_at` is updated at most this often: else every page view would write."""


@dataclass(frozen=True)
class SignedIn:
    """The account that is signed in at a browser, with the name of its site for the page header."""

    principal: Principal
    name: str
    site_name: str


def create_account(session: Session, site_id: str, name: str, role: str, password: str) -> Account:
    """Create an account.

    Raises: ValueError, without the value, for an unknown role, a name that is taken or has unprintable characters, and
    a password that is too short or too long.
    """
    if role not in ROLES:
        raise ValueError(UNKNOWN_ROLE)
    normal = normalise_name(name)
    if not normal or len(normal) > MAX_NAME_CHARACTERS or not normal.isprintable():
        raise ValueError(f"a name has 1 to {MAX_NAME_CHARACTERS} printable characters")
    if find_account(session, normal) is not None:
        raise ValueError("an account of this name exists already")
    account = Account(site_id=site_id, name=normal, role=role, password_hash=_hashed(password))
    session.add(account)
    session.flush()
    return account


def normalise_name(name: str) -> str:
    """Return the name without outer spaces and in lower case: names that differ only in these are the same."""
    return name.strip().casefold()


def find_account(session: Session, name: str) -> Account | None:
    """Return the account of this name, disabled or not."""
    if not name.isprintable():
        return None  # PostgreSQL rejects NUL, and no account has such a name
    return session.scalar(select(Account).where(Account.name == normalise_name(name)))


def list_accounts(session: Session, site_id: str) -> Sequence[Account]:
    """Return the accounts of a site by name, including disabled accounts."""
    return session.scalars(select(Account).where(Account.site_id == site_id).order_by(Account.name)).all()


def disable_account(session: Session, site_id: str, name: str) -> bool:
    """Disable an account and end its sign-ins; return False if the site has no such active account."""
    wanted = (Account.name == normalise_name(name), Account.site_id == site_id, Account.disabled_at.is_(None))
    disabled = session.scalar(update(Account).where(*wanted).values(disabled_at=now()).returning(Account.id))
    if disabled is not None:
        end_sign_ins(session, disabled)
    return disabled is not None


def reset_password(session: Session, site_id: str, name: str, password: str) -> bool:
    """Set a new password, enable the account and end its sign-ins; return False if the site has no such account.

    Raises: ValueError for a password that is too short or too long.
    """
    wanted = (Account.name == normalise_name(name), Account.site_id == site_id)
    fresh = {"password_hash": _hashed(password), "disabled_at": None}
    account_id = session.scalar(update(Account).where(*wanted).values(fresh).returning(Account.id))
    if account_id is not None:
        end_sign_ins(session, account_id)
    return account_id is not None


def sign_in(session: Session, name: str, password: str) -> str | None:
    """Return the token of a new sign-in, or None if name or password is wrong or the account is disabled.

    Neither the answer nor its timing reveals whether the name exists.
    """
    account = find_account(session, name)
    usable = account is not None and account.disabled_at is None
    stored_hash = account.password_hash if account is not None else _dummy_hash()
    if not _verified(stored_hash, password) or account is None or not usable:
        return None
    if _hasher().check_needs_rehash(account.password_hash):
        account.password_hash = _hasher().hash(password)
    token = secrets.token_urlsafe(32)
    session.add(SignIn(account_id=account.id, token_hash=_token_hash(token)))
    session.execute(delete(SignIn).where(SignIn.created_at < now() - MAX_SIGN_IN_AGE))
    audit.record(session, Principal(account.id, account.site_id, account.role), "account.signed_in", account.id)
    return token


def password_matches(session: Session, account_id: str, password: str) -> bool:
    """Return whether this is the current password of the account."""
    account = session.get(Account, account_id)
    return account is not None and _verified(account.password_hash, password)


def find_signed_in(session: Session, token: str, idle: timedelta) -> SignedIn | None:
    """Return the account of this sign-in, or None if it ended, was idle for longer, or the account is disabled."""
    current = now()
    wanted = (
        SignIn.token_hash == _token_hash(token),
        SignIn.seen_at > current - idle,
        SignIn.created_at > current - MAX_SIGN_IN_AGE,
        Account.disabled_at.is_(None),
    )
    columns = (
        Account.id.label("account_id"),
        Account.name,
        Account.role,
        Account.site_id,
        Site.name.label("site_name"),
    )
    joined = select(SignIn.id, SignIn.seen_at, *columns).join_from(SignIn, Account).join(Site)
    row = session.execute(joined.where(*wanted)).one_or_none()
    if row is None:
        return None
    if row.seen_at < current - SEEN_INTERVAL:
        session.execute(update(SignIn).where(SignIn.id == row.id).values(seen_at=current))
    return SignedIn(Principal(row.account_id, row.site_id, row.role), row.name, row.site_name)


def sign_out(session: Session, token: str) -> None:
    """End one sign-in."""
    session.execute(delete(SignIn).where(SignIn.token_hash == _token_hash(token)))


def end_sign_ins(session: Session, account_id: str) -> None:
    """End all sign-ins of an account."""
    session.execute(delete(SignIn).where(SignIn.account_id == account_id))


def _hashed(password: str) -> str:
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise ValueError(f"a password has {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters")
    return _hasher().hash(password)


def _verified(stored_hash: str, password: str) -> bool:
    try:
        return len(password) <= MAX_PASSWORD_CHARACTERS and _hasher().verify(stored_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    """Return argon2id with the library's defaults, the low-memory parameters of RFC 9106."""
    return PasswordHasher()


@cache
def _dummy_hash() -> str:
    """Return the hash of a random password, verified where there is no account so that timing is the same."""
    return _hasher().hash(secrets.token_urlsafe(32))


def _token_hash(token: str) -> str:
    """An unsalted hash is enough: the token is 256 random bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
