"""The rules of the tree that no other tool holds: sizes, docstrings, names, top level, no index hosts, nothing banned."""

import ast
import re
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {
    *("agent", "kiosk_ui", "installer", "tests", "agent.toml", "pyproject.toml", "README.md"),
    *("protocol", "central", "benchmarks", "docs", "requirements", "Makefile", "CHANGELOG.md", ".ci", ".gitignore"),
}
MODULE_LINES = 300
FUNCTION_LINES = 40
TABLES_OF_TEXT = {"protocol/terminal.py", "protocol/page.py", "agent/ports.py"}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
INDEX_HOSTS = re.compile(
    r"(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|deb\.debian\.org|index-url)", re.I
)
MAY_NAME_INDEX_FLAG = {"Makefile", "tests/test_architecture.py"}
MACHINE_PATHS = re.compile(r"/(?:work|home|root|Users)/[a-z]")
WITHOUT_REASON = re.compile(r"#\s*(?:type:\s*ignore(?:\[[^\]]*\])?|noqa(?::\s*[A-Z0-9, ]+)?)\s*$")


def tracked() -> list[str]:
    """Every file that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


FILES = tracked()
MODULES = [name for name in FILES if name.endswith(".py")]
PRODUCT = [name for name in MODULES if not name.startswith(("tests/", "benchmarks/"))]
SCRIPTS = [name for name in FILES if name.endswith((".js", ".mjs"))]


@cache
def text_of(name: str) -> str:
    """A file's text; empty where it is no text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree_of(name: str) -> ast.Module:
    """A module's syntax."""
    return ast.parse(text_of(name))


def of_each(names: Sequence[str]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """One test that asks this of every file and tells all that are wrong; a test for each took longer than the looks."""

    def asked(check: Callable[[str], None]) -> Callable[[], None]:
        def test() -> None:
            wrong = [said for name in names if (said := _said_of(check, name)) is not None]
            assert not wrong, "\n".join(wrong)

        test.__name__ = check.__name__
        return test

    return asked


def _said_of(check: Callable[[str], None], name: str) -> str | None:
    try:
        check(name)
    except AssertionError as error:
        return f"{name}: {error}"
    return None


def test_the_top_level_holds_what_the_design_allows_and_nothing_else() -> None:
    assert {name.split("/")[0] for name in FILES} <= TOP_LEVEL


@of_each(MODULES)
def test_a_module_opens_with_one_sentence(name: str) -> None:
    docstring = ast.get_docstring(tree_of(name))
    assert docstring, f"{name} has no docstring"
    first = docstring.split("\n\n")[0]
    assert first.rstrip().endswith((".", ":")), f"{name}: {first!r} is no sentence"


@of_each([*MODULES, *SCRIPTS])
def test_a_module_stops_at_300_lines(name: str) -> None:
    limit = MODULE_LINES + (100 if name in TABLES_OF_TEXT else 0)
    assert len(text_of(name).splitlines()) <= limit


@of_each(MODULES)
def test_a_function_stops_at_40_lines(name: str) -> None:
    functions = [node for node in ast.walk(tree_of(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    too_long = [f"{one.name}: {_length(one)}" for one in functions if _length(one) > FUNCTION_LINES]
    assert not too_long, too_long


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@of_each([*MODULES, *SCRIPTS])
def test_no_module_is_named_by_what_it_is_not(name: str) -> None:
    assert not {part.split(".")[0] for part in Path(name).parts} & BANNED_NAMES


@of_each(FILES)
def test_no_file_names_an_index_host(name: str) -> None:
    if name not in MAY_NAME_INDEX_FLAG:
        found = INDEX_HOSTS.search(text_of(name))
        assert found is None, f"{name} names {found.group() if found else ''}"


@of_each(FILES)
def test_no_file_holds_a_path_of_the_machine_it_was_written_on(name: str) -> None:
    found = MACHINE_PATHS.search(text_of(name))
    assert found is None or name == "tests/test_architecture.py", f"{name}: {found.group() if found else ''}"


@of_each(PRODUCT)
def test_a_silenced_finding_has_its_reason_beside_it(name: str) -> None:
    bare = [number for number, line in enumerate(text_of(name).splitlines(), 1) if WITHOUT_REASON.search(line)]
    assert not bare, f"{name}: lines {bare} silence a finding without a reason"


@of_each([*MODULES, *SCRIPTS])
def test_no_test_patches_from_outside(name: str) -> None:
    banned = "mock" + ".patch"
    assert banned not in text_of(name)


@of_each([name for name in FILES if name.startswith("requirements/") and name.endswith(".txt")])
def test_every_pinned_dependency_has_its_hashes(name: str) -> None:
    text = text_of(name)
    if "==" not in text:
        return
    pinned = re.findall(r"^[a-zA-Z0-9_.\[\]-]+==\S+.*?(?=^\S|\Z)", text, re.M | re.S)
    unhashed = [one.splitlines()[0] for one in pinned if "--hash=" not in one]
    assert not unhashed, unhashed
