"""Idempotency keys: a repeated request gets the first answer, and another request under the same key is refused."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from storage.database import insert_into
from storage.errors import IdempotencyConflict
from storage.models import IdempotencyKey, PatientVersion


@dataclass(frozen=True)
class Idempotency:
    """The client's name for its request, and a hash of everything that makes it this request."""

    key: str
    request_hash: str

    @property
    def key_hash(self) -> str:
        """Only the hash of a key is stored: clients put anything into keys, names included."""
        return hash_key(self.key)

    def refuse_unless_same(self, request_hash: str | None, request: str = "request") -> None:
        """Compare with the request that used the key first.

        Raises: IdempotencyConflict when that was another request.
        """
        if request_hash != self.request_hash:
            raise IdempotencyConflict(f"this Idempotency-Key was used for another {request}")


def hash_key(key: str) -> str:
    """Return the hash under which a key is stored."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def take_key(session: Session, site_id: str, idempotency: Idempotency, version_id: str) -> bool:
    """Take the key for a patient version that is about to be written; return False if it was taken before."""
    row = {
        "site_id": site_id,
        "key_hash": idempotency.key_hash,
        "request_hash": idempotency.request_hash,
        "patient_version_id": version_id,
    }
    taken = insert_into(session, IdempotencyKey).values(row).on_conflict_do_nothing()
    return session.execute(taken.returning(IdempotencyKey.site_id)).one_or_none() is not None


def first_submission(session: Session, site_id: str, idempotency: Idempotency) -> Row[str, str, int, str, str]:
    """Return id, patient, number and state of the patient version that was stored under this key.

    Raises: IdempotencyConflict when that was another request.
    """
    columns = (PatientVersion.id, PatientVersion.patient_id, PatientVersion.number, PatientVersion.state)
    wanted = select(*columns, IdempotencyKey.request_hash).join_from(IdempotencyKey, PatientVersion)
    key = (IdempotencyKey.site_id == site_id, IdempotencyKey.key_hash == idempotency.key_hash)
    row = session.execute(wanted.where(*key)).one()
    idempotency.refuse_unless_same(row.request_hash)
    return row
