"""How a law is checked: on five hundred generated examples as a test, or quickly against a broken evaluator."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

EXAMPLES = 500
SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
"""Examples are whole patients and trials, and other work shares the machine."""

LAWS: dict[str, Callable[[], None]] = {}
"""Every law of the modules imported so far, by the name of its test: raises where an example breaks it."""


def law(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test that holds for every example drawn."""

    def decorated(check: Callable[..., None]) -> Callable[..., None]:
        first_failure = settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet,
            suppress_health_check=SLOW_IS_FINE,
        )
        LAWS[check.__name__] = first_failure(given(**drawn)(_copy(check)))
        usual = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW_IS_FINE)
        return usual(given(**drawn)(check))

    return decorated


def _copy(check: Callable[..., None]) -> Callable[..., None]:
    """Hypothesis decorates a function once only."""

    def copy(**drawn: Any) -> None:
        check(**drawn)

    return copy
