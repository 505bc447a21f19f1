"""The Celery app: a queue for each kind of work, and the settings with which `kill -9` loses nothing."""

from typing import Any

from celery import Celery

from settings.configuration import QUEUES, Settings
from workers.tasks import register_tasks

KILL_DELAY_SECONDS = 5
"""From the soft time limit of a task until its process is killed."""

CONNECT_SECONDS, RESPONSE_SECONDS = 1, 1.5
"""Together the longest time that a request waits for a dead or frozen queue."""


def make_celery(settings: Settings) -> Celery:
    """Return the app of these settings; creating it does not connect."""
    celery = Celery("trialmatch", broker=settings.broker_url, set_as_current=False)
    celery.conf.update(_delivery(settings), **_only_messages())
    register_tasks(celery, settings)
    return celery


def _delivery(settings: Settings) -> dict[str, Any]:
    return {
        "task_queues": {name: {} for name in QUEUES},
        "task_default_queue": QUEUES[0],
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": settings.worker_concurrency,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "task_soft_time_limit": settings.task_seconds,
        "task_time_limit": settings.task_seconds + KILL_DELAY_SECONDS,
        "broker_transport_options": _transport(settings),
        "broker_connection_retry_on_startup": True,
    }


def _transport(settings: Settings) -> dict[str, Any]:
    """Kombu's default restore settings redeliver a lost message after 100 s to an hour; these, within seconds."""
    return {
        "visibility_timeout": settings.visibility_timeout_seconds,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": RESPONSE_SECONDS,
        "socket_keepalive": True,
        # Without a limit a publisher retries for ever within a request.
        "max_retries": 0,
        "connect_retries_timeout": CONNECT_SECONDS,
    }


def _only_messages() -> dict[str, Any]:
    """No results and no events, only JSON: all state is in the database."""
    return {
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
        "timezone": "UTC",
    }
