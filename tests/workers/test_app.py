"""The delivery settings without which messages of a killed worker are lost, or redelivered only after an hour."""

import pytest
from celery import Celery

from settings.configuration import QUEUES, Settings
from workers.app import make_celery
from workers.dispatch import MATCH, RESCREEN, TOUCH

SETTINGS = Settings(task_seconds=15, visibility_timeout_seconds=60, worker_concurrency=2)


@pytest.fixture
def celery() -> Celery:
    return make_celery(SETTINGS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("worker_prefetch_multiplier", 1),
        ("worker_concurrency", 2),
        ("task_soft_time_limit", 15),
        ("task_time_limit", 20),
        ("task_ignore_result", True),
        ("result_backend", None),
        ("accept_content", ["json"]),
        ("task_serializer", "json"),
        ("task_create_missing_queues", False),
    ],
)
def test_delivery(celery: Celery, name: str, value: object) -> None:
    assert celery.conf[name] == value


@pytest.mark.parametrize(
    ("name", "value"), [("visibility_timeout", 60), ("unacked_restore_interval", 2), ("unacked_restore_throttle", 1)]
)
def test_messages_of_a_lost_worker_are_redelivered(celery: Celery, name: str, value: int) -> None:
    assert celery.conf.broker_transport_options[name] == value


def test_a_task_is_killed_well_before_it_is_redelivered(celery: Celery) -> None:
    assert celery.conf.task_time_limit * 2 < celery.conf.broker_transport_options["visibility_timeout"]


def test_the_app_has_the_configured_queues(celery: Celery) -> None:
    assert tuple(celery.amqp.queues) == QUEUES


def test_every_sent_task_name_has_a_task(celery: Celery) -> None:
    assert {MATCH, RESCREEN, TOUCH} <= set(celery.tasks)


def test_two_apps_keep_their_own_settings() -> None:
    first, second = make_celery(Settings(broker_url="redis://a/0")), make_celery(Settings(broker_url="redis://b/0"))
    assert (first.conf.broker_url, second.conf.broker_url) == ("redis://a/0", "redis://b/0")
    assert first.tasks[MATCH].run is not second.tasks[MATCH].run
