"""Every queue has a consumer, and every process runs, both in docker-compose.yml and in the embedded stack."""

import pytest

from settings.configuration import QUEUES, Settings
from tests.compose import FILE, read_compose
from workers.app import make_celery
from workers.embedded.processes import WORKERS

SECRETS = {"POSTGRES_PASSWORD": "a", "REDIS_PASSWORD": "b"}
STACK = {"web", "sweeper", *WORKERS}
"""The processes that workers/embedded/supervisor.py keeps running, without the queue."""


def consumed(command: tuple[str, ...], flag: str) -> set[str]:
    return set(command[command.index(flag) + 1].split(",")) if flag in command else set()


def test_the_app_declares_exactly_the_configured_queues() -> None:
    assert set(make_celery(Settings()).amqp.queues) == set(QUEUES)


def test_each_queue_has_its_own_worker_in_docker_compose() -> None:
    services = read_compose(SECRETS)
    consumers = {name: consumed(service.command, "--queue") for name, service in services.items()}
    assert {name: queues for name, queues in consumers.items() if queues} == {
        f"worker-{queue}": {queue} for queue in QUEUES
    }


def test_each_queue_has_its_own_worker_in_the_embedded_stack() -> None:
    assert {name: consumed(command, "-Q") for name, command in WORKERS.items()} == {
        f"worker-{queue}": {queue} for queue in QUEUES
    }


def test_docker_compose_runs_the_processes_of_the_embedded_stack_and_migrates_first() -> None:
    services = read_compose(SECRETS)
    assert services.keys() == STACK | {"migrate"}
    for name in STACK:
        assert services[name].after["migrate"] == "service_completed_successfully"


def test_every_long_running_service_has_a_health_check() -> None:
    assert {name for name, service in read_compose(SECRETS).items() if service.health} == STACK


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_docker_compose_contains_no_secret_and_requires_each(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        read_compose({name: value for name, value in SECRETS.items() if name != missing})


def test_every_password_in_docker_compose_is_a_variable() -> None:
    for line in FILE.read_text().splitlines():
        if "PASSWORD:" in line or "AUTH:" in line or "://" in line:
            assert ":?" in line, line
