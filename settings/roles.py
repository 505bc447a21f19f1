"""Who asks: a key, its site and its role."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    """The holder of an API key. Every query takes the site from here, never from a request."""

    key_id: str
    site_id: str
    role: str
