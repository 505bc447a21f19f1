"""Every example of docs/python.md and of the library's docstrings runs, and every public name is documented."""

import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import trialmatch

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(compile(example, "docs/python.md", "exec"), names)
    output = capsys.readouterr().out
    assert "RECIST 1.1 measurable disease" in output
    assert "20 rows, 0 bad" in output
    assert len(EXAMPLES) >= 7


@pytest.mark.parametrize(
    "module", ["trialmatch", "trialmatch.one_patient", "trialmatch.screening", "trialmatch.client"]
)
def test_the_examples_of_docstrings_run(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testmod(import_module(module), extraglobs={"trialmatch": trialmatch})
    assert result.failed == 0


@pytest.mark.parametrize("name", trialmatch.__all__)
def test_every_public_name_has_a_docstring_and_is_on_the_page(name: str) -> None:
    assert inspect.getdoc(getattr(trialmatch, name))
    if name not in ("Fault", "ScreenOptions", "Screening", "Trial"):  # described by what they are made of
        assert re.search(rf"\b{name}\b", PAGE)


@pytest.mark.parametrize("option", trialmatch.ScreenOptions.__annotations__)
def test_every_option_of_screen_is_on_the_page(option: str) -> None:
    assert f"`{option}`" in PAGE


def test_unknown_names_are_attribute_errors_and_all_names_are_listed() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = trialmatch.nothing
    assert set(trialmatch.__all__) <= set(dir(trialmatch))
    assert trialmatch.__all__ == sorted(trialmatch.__all__, key=lambda name: (name[0].islower(), name))
