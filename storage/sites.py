"""Sites and their API keys; a key is shown once and stored as a hash."""

import re
import secrets
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from settings.roles import ROLES, UNKNOWN_ROLE, Principal
from storage.models import ApiKey, Site, new_id, now, table_of

KEY_PATTERN = re.compile(r"tm_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


def create_site(session: Session, name: str) -> Site:
    """Create a site, without trials: `storage.trials.sync_library` gives it the trials of the library."""
    site = Site(name=name)
    session.add(site)
    session.flush()
    return site


def find_site(session: Session, name: str) -> Site | None:
    """Return the site of this name."""
    return session.scalar(select(Site).where(Site.name == name))


def list_sites(session: Session) -> Sequence[Site]:
    """Return every site by name."""
    return session.scalars(select(Site).order_by(Site.name)).all()


def create_key(session: Session, site_id: str, role: str, label: str) -> str:
    """Create a key of a site and return it in plain text, which is not stored.

    Raises: ValueError for an unknown role.
    """
    if role not in ROLES:
        raise ValueError(UNKNOWN_ROLE)
    key_id, secret = new_id(), secrets.token_urlsafe(32)
    session.add(ApiKey(id=key_id, site_id=site_id, role=role, label=label, secret_hash=_hash(secret)))
    session.flush()
    return f"tm_{key_id}_{secret}"


def find_key(session: Session, plaintext: str) -> Principal | None:
    """Return the principal of this key, or None if it is unknown, wrong or revoked."""
    parts = KEY_PATTERN.fullmatch(plaintext)
    if parts is None:
        return None
    row = session.execute(_IN_USE, {"key": parts[1]}).one_or_none()
    if row is None or not compare_digest(row.secret_hash, _hash(parts[2])):
        return None
    return Principal(parts[1], row.site_id, row.role)


def list_keys(session: Session, site_id: str) -> Sequence[ApiKey]:
    """Return the keys of a site, oldest first, including revoked keys."""
    return session.scalars(select(ApiKey).where(ApiKey.site_id == site_id).order_by(ApiKey.created_at)).all()


def revoke_key(session: Session, site_id: str, key_id: str) -> bool:
    """Revoke a key; return False if the site has no such active key."""
    wanted = (ApiKey.id == key_id, ApiKey.site_id == site_id, ApiKey.revoked_at.is_(None))
    revoked = update(ApiKey).where(*wanted).values(revoked_at=now()).returning(ApiKey.id)
    return session.scalar(revoked) is not None


def _hash(secret: str) -> str:
    """An unsalted hash is enough: the secret is 256 random bits and cannot be guessed."""
    return sha256(secret.encode()).hexdigest()


_key = table_of(ApiKey).c
_IN_USE = (  # built once: every request runs this
    select(_key.site_id, _key.role, _key.secret_hash).where(_key.id == bindparam("key"), _key.revoked_at.is_(None))
)
