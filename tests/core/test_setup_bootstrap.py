"""The environment is made once, from hashed lock files, and what stops that is said in one sentence."""

from __future__ import annotations

import builtins
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import bootstrap

ROOT = bootstrap.ROOT


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name an environment of this test's own, in a folder with a space, that nothing is downloaded into."""
    folder = tmp_path / "my place" / ".venv"
    monkeypatch.setenv("FOREST_VENV", str(folder))
    monkeypatch.setenv("FOREST_NO_UV", "1")
    monkeypatch.setattr(bootstrap, "make", _make_quickly)
    return folder


def _make_quickly(folder: Path) -> None:
    """Make what looks like an environment of this Python."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("")
    (folder / bootstrap.UNFINISHED).write_text("")
    (folder / "bin" / "python").symlink_to(sys.executable)


def test_an_old_python_is_told_which_one_is_needed() -> None:
    with pytest.raises(bootstrap.CannotStart, match=r"Python 3\.11 or newer is needed, and this is Python 3\.9"):
        bootstrap.check_python((3, 9))


@pytest.mark.parametrize("name", ["manage.py", "config/bootstrap.py", "config/__init__.py"])
def test_what_runs_first_is_readable_for_an_old_python(name: str) -> None:
    import ast

    ast.parse((ROOT / name).read_text(), feature_version=(3, 6))


def test_what_runs_first_needs_only_the_standard_library() -> None:
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import config.bootstrap"],
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


def test_a_missing_venv_module_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_ensurepip(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "ensurepip":
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without_ensurepip)
    with pytest.raises(bootstrap.CannotStart, match=r"python3-venv.*python3\.\d+-venv"):
        bootstrap.check_venv_module()


def test_a_finished_environment_is_left_alone(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installs: list[str] = []
    monkeypatch.setattr(bootstrap, "install", lambda _venv, lock: installs.append(lock))
    bootstrap.prepare("requirements-dev.txt")
    bootstrap.prepare("requirements-dev.txt")
    assert installs == ["requirements-dev.txt"]


def test_the_developers_environment_serves_the_demo(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installs: list[str] = []
    monkeypatch.setattr(bootstrap, "install", lambda _venv, lock: installs.append(lock))
    bootstrap.prepare("requirements-dev.txt")
    bootstrap.prepare("requirements-demo.txt")
    assert installs == ["requirements-dev.txt"]


def test_the_demos_environment_is_completed_for_the_tests(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installs: list[str] = []
    monkeypatch.setattr(bootstrap, "install", lambda _venv, lock: installs.append(lock))
    bootstrap.prepare("requirements-demo.txt")
    bootstrap.prepare("requirements-dev.txt")
    assert installs == ["requirements-demo.txt", "requirements-dev.txt"]


def test_a_changed_lock_file_is_installed_again(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installs: list[str] = []
    monkeypatch.setattr(bootstrap, "install", lambda _venv, lock: installs.append(lock))
    bootstrap.prepare("requirements-dev.txt")
    bootstrap.stamp_of(venv, "requirements-dev.txt").write_text("another")
    bootstrap.prepare("requirements-dev.txt")
    assert len(installs) == 2


def test_a_half_made_environment_is_made_anew(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_venv: Path, _lock: str) -> None:
        (venv / "half of a package").write_text("")
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "install", killed)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.prepare("requirements-demo.txt")
    assert not bootstrap.is_ready(venv, "requirements-demo.txt")
    monkeypatch.setattr(bootstrap, "install", lambda _venv, _lock: None)
    bootstrap.prepare("requirements-demo.txt")
    assert bootstrap.is_ready(venv, "requirements-demo.txt")
    assert not (venv / "half of a package").exists()


def test_another_pythons_environment_is_made_anew(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "install", lambda _venv, _lock: None)
    bootstrap.prepare("requirements-demo.txt")
    (venv / "of the other").write_text("")
    monkeypatch.setattr(bootstrap, "python_version", lambda: "CPython 3.99.0 x86_64")
    bootstrap.prepare("requirements-demo.txt")
    assert not (venv / "of the other").exists()


def test_a_folder_that_is_no_environment_is_never_deleted(venv: Path) -> None:
    venv.mkdir(parents=True)
    (venv / "thesis.odt").write_text("dear to somebody")
    with pytest.raises(bootstrap.CannotStart, match="no Python environment"):
        bootstrap.prepare("requirements-demo.txt")
    assert (venv / "thesis.odt").exists()


def test_two_starts_at_once_install_once(venv: Path, tmp_path: Path) -> None:
    script = f"""
import sys, time; sys.path.insert(0, {str(ROOT)!r})
from config import bootstrap
def make(folder):
    (folder / "bin").mkdir(parents=True); (folder / "pyvenv.cfg").write_text(""); (folder / "bin" / "python").symlink_to(sys.executable)
def install(folder, lock):
    time.sleep(1); open({str(tmp_path / "installs")!r}, "a").write("x")
bootstrap.make, bootstrap.install = make, install
bootstrap.prepare("requirements-demo.txt")
"""
    starts = [subprocess.Popen([sys.executable, "-c", script], env=dict(os.environ)) for _ in range(2)]
    assert [start.wait(30) for start in starts] == [0, 0]
    assert (tmp_path / "installs").read_text() == "x"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is too full"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "There is no network"),
        ("error: client error (Connect)\n  dns error: failed to lookup address", "There is no network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "is not the one the lock file names"),
        ("Command '[... '-m', 'ensurepip', '--upgrade']' returned non-zero exit status 1.", "python3-venv"),
        ("something nobody thought of", "something nobody thought of"),
    ],
)
def test_what_an_installer_says_becomes_one_sentence(said: str, told: str, tmp_path: Path) -> None:
    sentence = bootstrap.explain(said, tmp_path / ".venv", tmp_path / "log")
    assert told in sentence
    assert "\n" not in sentence


def test_a_full_disk_is_told_before_anything_is_made(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**9, 10**9 - 12_000_000, 12_000_000))
    with pytest.raises(bootstrap.CannotStart, match="12 MB are free"):
        bootstrap.prepare("requirements-demo.txt")
    assert not venv.exists()


def test_a_disk_that_fills_meanwhile_is_one_sentence(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fills(_venv: Path, _lock: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bootstrap, "install", fills)
    with pytest.raises(bootstrap.CannotStart, match="The disk is too full"):
        bootstrap.prepare("requirements-demo.txt")


def test_other_commands_say_how_to_make_the_environment(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "has_django", lambda: False)
    with pytest.raises(bootstrap.CannotStart, match=r"python3 manage\.py demo"):
        bootstrap.enter(["manage.py", "check_books"])


def test_other_commands_do_not_go_on_in_a_half_made_environment(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make_quickly(venv)
    monkeypatch.setattr(bootstrap, "has_django", lambda: False)
    with pytest.raises(bootstrap.CannotStart, match="not made yet"):
        bootstrap.enter(["manage.py", "check_books"])


def test_other_commands_go_on_in_the_environment(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make_quickly(venv)
    (venv / bootstrap.UNFINISHED).unlink()
    became: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "has_django", lambda: False)
    monkeypatch.setattr(os, "execv", lambda path, arguments: became.append(arguments))
    bootstrap.enter(["manage.py", "trace", "sale", "S-1", "--json"])
    assert became == [[str(venv / "bin" / "python"), str(ROOT / "manage.py"), "trace", "sale", "S-1", "--json"]]


def test_the_suite_takes_two_processes_unless_told_otherwise() -> None:
    assert bootstrap.test_arguments(["tests/pure"]) == ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "tests/pure"]
    assert bootstrap.test_arguments(["-n0", "tests/pure"]) == ["-n0", "tests/pure"]
