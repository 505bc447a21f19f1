"""Checks laws on generated examples: as tests, and against evaluators that are broken on purpose."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

EXAMPLES = {"quick": 20, "usual": 100, "deep": 500}
"""Examples of each law by Hypothesis profile: `make quick`, `make test` and `make test-deep`."""

SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
"""Examples are whole patients and trials, and other work shares the machine."""

for _name, _examples in EXAMPLES.items():
    settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=None,
        suppress_health_check=SLOW_IS_FINE,
        derandomize=_name != "deep",  # the same examples in each run: only a deep run looks for new ones
    )

LAWS: dict[str, Callable[[], None]] = {}
"""Every law of the modules imported so far, by the name of its test; calling it raises where an example breaks it."""


def law(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a test that is true of every example drawn."""

    def decorated(check: Callable[..., None]) -> Callable[..., None]:
        first_failure = settings(
            max_examples=EXAMPLES["deep"],
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet,
            suppress_health_check=SLOW_IS_FINE,
        )
        LAWS[check.__name__] = first_failure(given(**drawn)(_copy(check)))
        return given(**drawn)(check)

    return decorated


def examples(deep: int) -> int:
    """Scale the examples of a costly test, given those of the deep profile, to the profile in use."""
    return max(deep * settings().max_examples // EXAMPLES["deep"], 2)


def _copy(check: Callable[..., None]) -> Callable[..., None]:
    """Return a copy to decorate, because Hypothesis decorates a function only once."""

    def copy(**drawn: Any) -> None:
        check(**drawn)

    return copy
