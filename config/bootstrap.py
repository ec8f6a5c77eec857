"""
Make the project's own environment out of the hashed lock files, and go on in it.

Standard library only, and in words that Python 3.6 can still read: an old Python has to be able to say that it is old.
"""

import errno
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Optional

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
LOCKS: Dict[str, str] = {"demo": "requirements-demo.txt", "test": "requirements-dev.txt"}
# The developers' lock file holds all that the demo's does.
ALSO_SERVES: Dict[str, str] = {"requirements-demo.txt": "requirements-dev.txt"}
# Megabytes of a made environment, and some to spare while it is made.
MEGABYTES: Dict[str, int] = {"requirements-demo.txt": 600, "requirements-dev.txt": 1200}
UNFINISHED = ".unfinished"

NO_SPACE = ("No space left on device", "os error 28", "Disk quota exceeded")
NO_NETWORK = (
    "Temporary failure in name resolution", "Name or service not known", "NameResolutionError", "Network is unreachable",
    "NewConnectionError", "Failed to establish a new connection", "Connection refused", "ConnectTimeout", "Read timed out",
    "Connection reset", "dns error", "tcp connect error", "error sending request", "No route to host", "ProxyError", "operation timed out",
    "Remote end closed connection", "client error (Connect)",
)  # fmt: skip
WRONG_HASH = ("DO NOT MATCH THE HASHES", "Hash mismatch")


class CannotStart(Exception):
    """What stops the start, in one sentence with what to do."""


def folder() -> Path:
    """Return where the environment lies: .venv, or what FOREST_VENV names."""
    return Path(os.path.abspath(os.environ.get("FOREST_VENV") or str(ROOT / ".venv")))


def python_of(venv: Path) -> Path:
    """Return the interpreter of an environment."""
    return venv / "bin" / "python"


def enter(argv: List[str]) -> None:
    """
    Go on in the project's environment where this process is not in it; for ``test``, go on as pytest.

    :raises CannotStart: if the environment cannot be made
    """
    command = argv[1] if len(argv) > 1 else ""
    check_python(sys.version_info[:2])
    inside = is_inside(folder())
    if command in LOCKS:
        if not inside:
            prepare(LOCKS[command])
        if command == "test":
            run(python_of(folder()) if not inside else Path(sys.executable), ["-m", "pytest"] + test_arguments(argv[2:]))
        if not inside:
            run(python_of(folder()), argv)
    elif not has_django():
        if inside or (folder() / UNFINISHED).exists() or not python_of(folder()).exists():
            raise CannotStart("The environment of this project is not made yet; make it with: python3 manage.py demo")
        run(python_of(folder()), argv)


def check_python(version) -> None:  # type: ignore[no-untyped-def]  # a tuple, or what sys.version_info[:2] is
    """Refuse a Python that is too old."""
    if tuple(version) < OLDEST:
        raise CannotStart("Python {}.{} or newer is needed, and this is Python {}.{}.".format(*(tuple(OLDEST) + tuple(version))))


def is_inside(venv: Path) -> bool:
    """Return whether this process runs in the given environment."""
    return os.path.realpath(sys.prefix) == os.path.realpath(str(venv))


def has_django() -> bool:
    """Return whether the interpreter at hand can run Django's commands."""
    from importlib.util import find_spec

    return find_spec("django") is not None and find_spec("psycopg") is not None


def test_arguments(given: List[str]) -> List[str]:
    """Return pytest's arguments: two processes, a file to a process, unless told otherwise."""
    told = any(argument.startswith(("-n", "--numprocesses", "--dist")) or argument == "--pdb" for argument in given)
    return ([] if told else ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]) + given


def run(python: Path, arguments: List[str]) -> None:
    """Become another program, in the project's folder."""
    sys.stdout.flush()
    sys.stderr.flush()
    if arguments and os.path.basename(arguments[0]) == "manage.py":
        arguments = [str(ROOT / "manage.py")] + arguments[1:]
    else:
        os.chdir(str(ROOT))
    os.execv(str(python), [str(python)] + arguments)


def prepare(lock: str) -> None:
    """
    Bring the environment to what the lock file says; nothing happens where it is so already.

    :raises CannotStart: naming what is missing
    """
    venv = folder()
    if is_ready(venv, lock):
        return
    try:
        with only_one(venv):
            if not is_ready(venv, lock):
                build(venv, lock)
    except OSError as problem:
        raise CannotStart(sentence_for(problem, venv))


def is_ready(venv: Path, lock: str) -> bool:
    """Return whether the environment was finished from this lock file, by this Python."""
    if (venv / UNFINISHED).exists() or not python_of(venv).exists():
        return False
    locks = [lock] + ([ALSO_SERVES[lock]] if lock in ALSO_SERVES else [])
    return any(read(stamp_of(venv, name)) == stamp(name) for name in locks)


def stamp_of(venv: Path, lock: str) -> Path:
    """Return the file in which the environment remembers what it was made from."""
    return venv / ".{}.sha256".format(lock)


def stamp(lock: str) -> str:
    """Return what a finished environment remembers: the lock file and the Python."""
    return hashlib.sha256((ROOT / lock).read_bytes() + python_version().encode()).hexdigest()


def python_version() -> str:
    """Return the Python at hand, as an environment has to match it."""
    return "{} {} {}".format(platform.python_implementation(), platform.python_version(), platform.machine())


def read(path: Path) -> Optional[str]:
    """Return the text of a file, or None where there is none."""
    try:
        return path.read_text()
    except OSError:
        return None


@contextmanager
def only_one(venv: Path) -> Iterator[None]:
    """Let one start at a time prepare the environment; a second one waits for it."""
    venv.parent.mkdir(parents=True, exist_ok=True)
    with open(str(venv) + ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another start is preparing {}; waiting for it.".format(venv.name))
            fcntl.flock(lock, fcntl.LOCK_EX)
        # The installer holds the lock too: when only this process is killed, the next start waits for what it left running.
        os.set_inheritable(lock.fileno(), True)
        yield


def build(venv: Path, lock: str) -> None:
    """Make the environment where there is none that fits, and install what the lock file names."""
    check_space(venv, lock)
    say("Preparing {} from {} (once; less than a minute on a good line).".format(venv, lock))
    if not fits(venv):
        remove(venv)
        make(venv)
    # From here until the end it is unfinished: whoever finds this mark begins anew.
    (venv / UNFINISHED).write_text(python_version())
    install(venv, lock)
    stamp_of(venv, lock).write_text(stamp(lock))
    (venv / UNFINISHED).unlink()


def fits(venv: Path) -> bool:
    """Return whether there is a whole environment of this very Python."""
    if (venv / UNFINISHED).exists() or not python_of(venv).exists():
        return False
    asked = "import sys, platform; sys.path[:0] = [sys.argv[1]]; from config import bootstrap; print(bootstrap.python_version())"
    answer = subprocess.run([str(python_of(venv)), "-c", asked, str(ROOT)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return answer.returncode == 0 and answer.stdout.decode().strip() == python_version()


def remove(venv: Path) -> None:
    """Remove an environment that is broken or another Python's, and nothing else."""
    if not venv.exists():
        return
    ours = (venv / "pyvenv.cfg").exists() or (venv / UNFINISHED).exists() or not any(venv.iterdir())
    if not ours:
        raise CannotStart("{} is in the way and is no Python environment: move it, or name another folder with FOREST_VENV.".format(venv))
    shutil.rmtree(str(venv))


def make(venv: Path) -> None:
    """Make an empty environment, with uv where it is at hand."""
    venv.mkdir(parents=True)
    (venv / UNFINISHED).write_text(python_version())
    if uv():
        command = [uv(), "venv", "-q", "--seed", "--allow-existing", "--python", sys.executable, str(venv)]
    else:
        check_venv_module()
        command = [sys.executable, "-m", "venv", str(venv)]
    done(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=False), venv)


def check_venv_module() -> None:
    """Name the package that brings venv, where a distribution keeps it apart."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise CannotStart(
            "Python's venv module is missing: install the package python3-venv (on Debian or Ubuntu: apt install python{}.{}-venv) "
            "and start again.".format(*sys.version_info[:2])
        )


def install(venv: Path, lock: str) -> None:
    """Install exactly what the lock file names; every file has to have its hash."""
    python = str(python_of(venv))
    if uv():
        command = [uv(), "pip", "install", "-q", "--python", python]
    else:
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input", "--no-compile", "--retries", "2"]
    command += ["--require-hashes", "-r", str(ROOT / lock)]
    done(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=False), venv)


def uv() -> str:
    """Return the path of uv, or empty text."""
    return "" if os.environ.get("FOREST_NO_UV") else shutil.which("uv") or ""


def done(finished, venv: Path) -> None:  # type: ignore[no-untyped-def]  # subprocess.CompletedProcess[bytes], which 3.6 cannot spell
    """Pass over a success; turn a failure's output into one sentence and keep the whole of it."""
    if finished.returncode == 0:
        return
    output = finished.stdout.decode(errors="replace")
    log = Path(str(venv) + ".log")
    try:
        log.write_text(output)
    except OSError:
        log = Path(os.devnull)
    raise CannotStart(explain(output, venv, log))


def explain(output: str, venv: Path, log: Path) -> str:
    """Return the sentence for what an installer said."""
    if any(words in output for words in NO_SPACE):
        return disk_full(venv)
    if any(words in output for words in WRONG_HASH):
        return "A downloaded package is not the one the lock file names, so it was not installed; what was said is in {}.".format(log)
    if "ensurepip" in output:
        return (
            "Python's venv module is not whole: install the package python3-venv (on Debian or Ubuntu: apt install python{}.{}-venv) "
            "and start again.".format(*sys.version_info[:2])
        )
    if any(words in output for words in NO_NETWORK):
        return "There is no network to download the packages from; connect this machine and start again."
    last = ([line for line in output.splitlines() if line.strip()] or ["nothing"])[-1]
    return "The packages could not be installed; the last that was said: {} (all of it is in {}).".format(last.strip(), log)


def check_space(venv: Path, lock: str) -> None:
    """Refuse to begin what the disk cannot hold."""
    if shutil.disk_usage(str(venv.parent)).free < MEGABYTES[lock] * 1000000:
        raise CannotStart(disk_full(venv))


def disk_full(venv: Path) -> str:
    """Return the sentence for a full disk."""
    free = shutil.disk_usage(str(venv.parent)).free // 1000000
    return "The disk is too full: the environment needs about {} MB in {} ({} MB with what the tests need), and {} MB are free.".format(
        MEGABYTES[LOCKS["demo"]], venv.parent, MEGABYTES[LOCKS["test"]], free
    )


def sentence_for(problem: OSError, venv: Path) -> str:
    """Return the sentence for what the system refused."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(venv)
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "{} cannot be written by this user: name a folder of your own with FOREST_VENV, or work in a copy of the project.".format(venv.parent)
    return "The environment {} could not be made: {}.".format(venv, problem)


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr)
    sys.stderr.flush()
