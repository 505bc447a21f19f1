"""The Celery app: two queues, and the settings under which `kill -9` loses nothing."""

from typing import Any

from celery import Celery

from settings.configuration import QUEUES, Settings
from workers.tasks import register_tasks

KILL_AFTER_SECONDS = 5
"""Between asking a task to give up and killing its process."""

CONNECT_SECONDS, ANSWER_SECONDS = 1, 1.5
"""Together the longest that a request waits for a dead or frozen queue."""


def make_celery(settings: Settings) -> Celery:
    """The app of these settings; making one connects to nothing."""
    celery = Celery("trialmatch", broker=settings.broker_url, set_as_current=False)
    celery.conf.update(_delivery(settings), **_quiet())
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
        "task_time_limit": settings.task_seconds + KILL_AFTER_SECONDS,
        "broker_transport_options": _transport(settings),
        "broker_connection_retry_on_startup": True,
    }


def _transport(settings: Settings) -> dict[str, Any]:
    """With kombu's own restore settings a lost message comes back after 100 s to an hour; with these, in seconds."""
    return {
        "visibility_timeout": settings.visibility_timeout_seconds,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "socket_keepalive": True,
        # Without a bound a publisher retries for ever inside one request.
        "max_retries": 0,
        "connect_retries_timeout": CONNECT_SECONDS,
    }


def _quiet() -> dict[str, Any]:
    """No results, no events, JSON only: the database is the only truth."""
    return {
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
        "timezone": "UTC",
    }
