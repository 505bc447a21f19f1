"""Rules of the source tree that no linter checks. `python -m tests.meta.test_house` prints every breach."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from configparser import ConfigParser
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path

import pytest

from matching.verdict import CRITERION_VERDICTS, VERDICTS
from settings.configuration import Settings
from settings.roles import ROLES

ROOT = Path(__file__).parents[2]
MAX_FUNCTION_LINES, MAX_MODULE_LINES, MIN_MODULE_LINES = 40, 400, 40

SHORT_MODULES = {
    "extraction/mention.py": "the type that recognisers and assembly share",
    "benchmarks/processes.py": "CPU time and memory of processes",
    "matching/truth.py": "the three truth values",
    "matching/verdict.py": "the words for verdicts",
    "registry/decode/template.py": "what `trialmatch screen --template` prints",
    "service/api/api_docs.py": "what serves the API's documentation",
    "service/api/blueprint.py": "what every group of API routes is made of",
    "service/dependencies.py": "what the API and the page take from the running application",
    "service/security/authentication.py": "one security measure",
    "service/security/body_limits.py": "one security measure",
    "service/security/cookie_key.py": "one security measure",
    "service/security/headers.py": "one security measure",
    "service/observability/health.py": "the two health routes",
    "service/wsgi.py": "the module that gunicorn names",
    "settings/roles.py": "the roles",
    "storage/audit.py": "the audit log",
    "storage/errors.py": "errors for callers that must not load SQLAlchemy",
    "storage/states.py": "states for callers that must not load SQLAlchemy",
    "support/sites.py": "the sites of tests and benchmarks",
    "verdicts/ranking.py": "the order of trials, and the score",
    "workers/batches/send.py": "what the sweeper, the tasks and the service send",
    "workers/errors.py": "errors for callers that must not load Celery",
    "workers/gunicorn_settings.py": "the module that gunicorn names",
    "workers/migrate.py": "the module that `trialmatch migrate` runs",
    "workers/process_tuning.py": "priority and garbage collection of workers",
}
"""Modules of the packages with few lines, and why each is one of its own."""

SHORT_FOLDERS = (
    "schemas/criteria/kinds/", "service/api/payloads/", "service/api/routes/", "storage/migrations/", "trialmatch/cli/",
)  # fmt: skip
"""One file for each criterion kind, resource, migration or command, however short."""

LISTS = {
    "roles": frozenset(ROLES),
    "verdicts": frozenset(VERDICTS),
    "criterion verdicts": frozenset(CRITERION_VERDICTS),
}
"""Lists of words that one module states, and all others import."""

EXEMPT_FROM_LISTS = ("settings/roles.py", "matching/verdict.py", "storage/migrations/", "tests/")
"""Their homes; migrations, which state the words of their time; and tests, which state what they expect."""


@dataclass(frozen=True)
class SourceFile:
    """A Python file of the tree, by its path from the root."""

    path: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text("utf-8")

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def imports(self) -> Iterator[tuple[int, str]]:
        """The line and the top-level package of every import."""
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.lineno, node.module.partition(".")[0]
            elif isinstance(node, ast.Import):
                yield from ((node.lineno, name.name.partition(".")[0]) for name in node.names)


@cache
def configuration() -> ConfigParser:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def layers() -> list[str]:
    """The packages in the order of their imports, the highest first."""
    return configuration()["importlinter:contract:layers"]["layers"].split()


def wheel_packages() -> list[str]:
    return [pattern.rstrip("*") for pattern in configuration()["options.packages.find"]["include"].split()]


@cache
def source_files() -> tuple[SourceFile, ...]:
    """Every Python file of the packages, the tests and the examples."""
    folders = sorted({*layers(), *wheel_packages(), "examples", "tests"})
    paths = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(SourceFile(path.as_posix()) for path in sorted(paths))


def product_files() -> list[SourceFile]:
    return [file for file in source_files() if file.package in layers()]


def repeated_class_names() -> Iterator[str]:
    """A class name in two files."""
    places: dict[str, set[str]] = defaultdict(set)
    for file in source_files():
        for node in file.nodes:
            if isinstance(node, ast.ClassDef):
                places[node.name].add(file.path)
    yield from (f"{name}: {', '.join(sorted(paths))}" for name, paths in sorted(places.items()) if len(paths) > 1)


def long_functions() -> Iterator[str]:
    """A function of more than 40 lines."""
    for file in source_files():
        for node in file.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    yield f"{file.path}:{node.lineno}: {node.name} has {lines} lines"


def long_modules() -> Iterator[str]:
    """A module of more than 400 lines."""
    for file in source_files():
        if file.lines > MAX_MODULE_LINES:
            yield f"{file.path} has {file.lines} lines"


def short_modules() -> Iterator[str]:
    """A module of fewer than 40 lines that is not listed with a reason, or a listed one that is longer or gone."""
    short = {
        file.path
        for file in product_files()
        if file.lines < MIN_MODULE_LINES
        and not file.path.startswith(SHORT_FOLDERS)
        and not file.path.endswith(("__init__.py", "__main__.py"))
    }
    yield from (f"{path} is short: merge it, or list it with a reason" for path in sorted(short - SHORT_MODULES.keys()))
    yield from (f"{path} is listed as short" for path in sorted(SHORT_MODULES.keys() - short))


def imports_upwards() -> Iterator[str]:
    """An import against the order of the packages; the tests, and what is not a package, are above all."""
    order = {package: place for place, package in enumerate(layers())}
    for file in product_files():
        for line, imported in file.imports():
            above = imported == "tests" or order.get(imported, len(order)) < order[file.package]
            if above:
                yield f"{file.path}:{line}: {file.package} imports {imported}"


def imports_of_benchmarks() -> Iterator[str]:
    """An import of the benchmarks from outside."""
    for file in source_files():
        for line, imported in file.imports():
            if imported == "benchmarks" != file.package:
                yield f"{file.path}:{line} imports benchmarks"


def unlisted_packages() -> Iterator[str]:
    """A package with code that import-linter or mypy does not know."""
    listed = set(configuration()["importlinter"]["root_packages"].split())
    typed = set(configuration()["mypy"]["files"].replace(",", " ").split())
    for package in [*wheel_packages(), "benchmarks", "support"]:
        has_code = any((ROOT / package).rglob("[a-z]*.py"))
        for where, known in (("root_packages", listed), ("layers", set(layers())), ("files of mypy", typed)):
            if package not in known and (has_code or where == "root_packages"):
                yield f"{package} is not in {where} of setup.cfg"


def untyped_packages() -> Iterator[str]:
    """A package of the wheel without py.typed."""
    yield from (
        f"{package}/py.typed is missing" for package in wheel_packages() if not (ROOT / package / "py.typed").exists()
    )


def repeated_lists() -> Iterator[str]:
    """A tuple, list, set or dictionary of just the words that another module states."""
    for file in source_files():
        if not file.path.startswith(EXEMPT_FROM_LISTS):
            for node in file.nodes:
                name = next((name for name, words in LISTS.items() if words == _words(node)), None)
                if name:
                    yield f"{file.path}:{node.lineno} repeats the {name}"  # type: ignore[attr-defined]


def _words(node: ast.AST) -> frozenset[str]:
    """The words of a literal list or set, or the keys of a literal dictionary; nothing if it has anything else."""
    match node:
        case ast.Tuple(elements) | ast.List(elements) | ast.Set(elements):
            parts: list[ast.expr | None] = [*elements]
        case ast.Dict(keys):
            parts = keys
        case _:
            return frozenset()
    words = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return frozenset(words) if len(words) == len(parts) else frozenset()


def repeated_defaults() -> Iterator[str]:
    """The default of a setting, stated again under the name of the setting."""
    defaults = {setting.name: setting.default for setting in fields(Settings) if setting.default not in (0, 1, "")}
    for file in product_files():
        for node in file.nodes if file.path != "settings/configuration.py" else ():
            for name, value in _named_values(node):
                stated = value.value if isinstance(value, ast.Constant) else None
                if stated is not None and stated == defaults.get(name.lower()):
                    yield f"{file.path}:{value.lineno} repeats the default of {name.lower()}"


def _named_values(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Names with the values that assignments, parameters and keyword arguments give them."""
    match node:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), _, value):
            yield name, value
        case ast.keyword(str(name), value):
            yield name, value
        case ast.arguments():
            positional = [*node.posonlyargs, *node.args]
            with_default = positional[len(positional) - len(node.defaults) :]
            yield from ((argument.arg, value) for argument, value in zip(with_default, node.defaults, strict=True))
            yield from (
                (argument.arg, value) for argument, value in zip(node.kwonlyargs, node.kw_defaults, strict=True)
            )


RULES = (
    repeated_class_names, long_functions, long_modules, short_modules, imports_upwards, imports_of_benchmarks,
    unlisted_packages, untyped_packages, repeated_lists, repeated_defaults,
)  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule) -> None:  # type: ignore[no-untyped-def]
    assert list(rule()) == [], rule.__doc__


def main() -> int:
    """Print every breach; exit 1 if there is one."""
    breaches = [(rule, breach) for rule in RULES for breach in rule()]
    for rule, breach in breaches:
        print(f"{rule.__name__.replace('_', ' ')}: {breach}")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
