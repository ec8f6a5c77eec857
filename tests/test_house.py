"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("config", "core", "revenue", "communities", "reports")
LOCKS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "signals"}


def _modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from (ROOT / room).rglob("*.py")


def _files_of_the_project() -> list[Path]:
    """Return what is, or would be, committed; nothing outside a checkout."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("This is no git checkout.")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in _modules() if {path.stem, path.parent.name} & BANNED_NAMES] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links|--trusted-host", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_file_has_its_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text())
    pinned = [entry for entry in entries if re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==", entry)]
    assert pinned
    assert [entry.split()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def _pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize(("smaller", "larger"), [("requirements.txt", "requirements-demo.txt"), ("requirements-demo.txt", "requirements-dev.txt")])
def test_the_lock_files_agree(smaller: str, larger: str) -> None:
    assert _pins(smaller).items() <= _pins(larger).items()


def test_no_file_names_a_folder_of_one_machine() -> None:
    places = [re.compile("/" + pattern) for pattern in ("home/[a-z]", "root/", "Users/[A-Za-z]", "work/(main|shared)")]
    found = []
    for path in _files_of_the_project():
        if path.suffix in {".py", ".md", ".toml", ".txt", ".html", ".js", ".css", ".yml", ".yaml", ".json", ".sh", ""} and "vendor" not in path.parts:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(ROOT)}: {place.pattern}" for place in places if place.search(text)]
    assert found == []


def test_no_module_is_longer_than_one_can_hold_in_mind() -> None:
    long = {
        str(path.relative_to(ROOT)): n for path in _modules() if "migrations" not in path.parts and (n := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = []
    for path in _modules():
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= 60:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert long == []


def test_only_one_module_reads_the_clock() -> None:
    reads = re.compile(r"\b(timezone\.now|datetime\.now|datetime\.utcnow|date\.today)\(|\blocaldate\(\)")
    # The demo's starter measures how long it takes, with time.monotonic.
    assert [str(path.relative_to(ROOT)) for path in _modules() if reads.search(path.read_text()) and path != ROOT / "core" / "clock.py"] == []


def test_nothing_below_the_wiring_imports_it() -> None:
    imports = re.compile(r"^\s*(from config[. ]|import config\b)", flags=re.MULTILINE)
    assert [path for path in _modules() if path.relative_to(ROOT).parts[0] != "config" and imports.search(path.read_text())] == []


def test_a_rendering_asks_no_other_room_of_the_reports() -> None:
    asks = re.compile(
        r"^\s*(?:from reports(?:\.(?!render)\w+)? import|import reports\.(?!render)|from django\.db|import django\.db)", flags=re.MULTILINE
    )
    assert [path for path in (ROOT / "reports" / "render").rglob("*.py") if asks.search(path.read_text())] == []


def test_the_import_contracts_hold() -> None:
    answer = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-3000:]


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_detail_page_shows_a_lists_tag() -> None:
    """A coloured tag of a list is a pair, key and words: on a row's own page it would be printed as one."""
    named = [(page, name) for page in admin.site._registry.values() for name in page.fields or ()]
    assert len(named) > 300
    assert [f"{page.model.__name__}.{name}" for page, name in named if getattr(getattr(page, str(name), None), "label", None)] == []
