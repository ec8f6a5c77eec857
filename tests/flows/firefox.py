"""A Firefox for the tests, driven by its own Marionette protocol over a socket: no driver besides the browser is needed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE: Final = 60.0
SETTINGS: Final = {
    "ui.useOverlayScrollbars": 1,
    "marionette.port": 0,  # any free one, which Firefox writes into its profile
    "intl.accept_languages": "en-US, en",
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.manage-offline-status": False,
    "permissions.default.geo": 1,
    "geo.provider.network.url": 'data:application/json,{"location":{"lat":12.3456,"lng":107.1234},"accuracy":12}',
}


def find_firefox() -> str | None:
    """Return the Firefox of this machine, if there is one."""
    named = os.environ.get("FIREFOX")
    if named:
        return named if Path(named).is_file() else None
    return next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), None)


class Refused(Exception):
    """Firefox did not do what it was told: what it says, in its own words."""


class Firefox:
    """One browser with a profile that outlives it. Each wait is for a state, and says which one never came."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in SETTINGS.items()]
        (folder / "user.js").write_text("\n".join(lines))

    def start(self) -> None:
        told = self.folder / "MarionetteActivePort"
        told.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [self.program, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "MOZ_HEADLESS_WIDTH": "500", "MOZ_HEADLESS_HEIGHT": "1000", "TZ": "Asia/Phnom_Penh"},
            start_new_session=True,
        )
        port = _until(lambda: told.is_file() and told.read_text().strip(), "Firefox opens its door")
        self._door = _until(lambda: _connected(int(port)), "Firefox listens")
        self._door.settimeout(PATIENCE * 2)
        self._read = self._door.makefile("rb")
        self._told = 0
        self._message()  # it says who it is
        self._ask("WebDriver:NewSession", capabilities={"alwaysMatch": {"unhandledPromptBehavior": "accept", "strictFileInteractability": False}})
        # A window is never narrower than 500 px; what is shown in it may be.
        self.in_menus("gBrowser.selectedBrowser.style.maxWidth = '360px'")

    def kill(self) -> None:
        """End it as a dead battery does: without a word to it, with all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._door.close()

    def close(self) -> None:
        """End it as a person does, so that its cookies are on the disk."""
        with suppress(Refused, OSError, ValueError):
            self._ask("Marionette:Quit", flags=["eAttemptQuit"])
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.kill()

    # --- what a page is asked ------------------------------------------------------------------------------------------

    def open(self, address: str) -> None:
        self._ask("WebDriver:Navigate", url=address)

    def run(self, script: str, *given: Any) -> Any:
        """Run the body of a function in the page; a promise is waited for."""
        return self._ask("WebDriver:ExecuteScript", script=script, args=list(given))["value"]

    def wait(self, script: str, *given: Any) -> Any:
        """Wait until the body of a function gives something true, also over a page that is loaded meanwhile."""

        def tried() -> Any:
            with suppress(Refused):
                return self.run(script, *given)
            return None

        return _until(tried, script)

    def wait_for(self, selector: str, count: int | None = None) -> None:
        """Wait until something of this kind is seen; with ``count``, until there are so many."""
        if count is None:
            self.wait("return Boolean(document.querySelector(arguments[0])?.getClientRects().length)", selector)
        else:
            self.wait("return document.querySelectorAll(arguments[0]).length === arguments[1]", selector, count)

    def click(self, selector: str) -> None:
        self.wait_for(selector)
        self._ask("WebDriver:ElementClick", id=self._find(selector))

    def type(self, selector: str, words: str) -> None:
        """Type as a person does, or give a file input the path of a file."""
        if not self.run("return document.querySelector(arguments[0])?.type === 'file'", selector):
            self.wait_for(selector)
        self._ask("WebDriver:ElementSendKeys", id=self._find(selector), text=words)

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def work_offline(self, yes: bool) -> None:
        """Choose "Work offline" of Firefox's own menu."""
        self.in_menus("Services.io.offline = arguments[0]", yes)

    def in_menus(self, script: str, *given: Any) -> None:
        """Run a script around the page, where a person has menus."""
        self._ask("Marionette:SetContext", value="chrome")
        try:
            self.run(script, *given)
        finally:
            self._ask("Marionette:SetContext", value="content")

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._ask("WebDriver:TakeScreenshot", full=True)["value"]))

    # --- the protocol: "length:[kind, number, name, values]" ---------------------------------------------------------------

    def _find(self, selector: str) -> str:
        return str(self._ask("WebDriver:FindElement", using="css selector", value=selector)["value"][ELEMENT])

    def _ask(self, name: str, **values: Any) -> dict[str, Any]:
        self._told += 1
        body = json.dumps([0, self._told, name, values]).encode()
        self._door.sendall(str(len(body)).encode() + b":" + body)
        _kind, number, error, result = self._message()
        if number != self._told:
            raise Refused(f"answer {number} to question {self._told}")
        if error:
            raise Refused(f"{name}: {error['error']}: {error['message']}")
        return result if isinstance(result, dict) else {"value": result}

    def _message(self) -> Any:
        length = b""
        while (one := self._read.read(1)) != b":":
            if not one:
                raise OSError("Firefox hung up.")
            length += one
        return json.loads(self._read.read(int(length)))


def _connected(port: int) -> socket.socket | None:
    with suppress(OSError):
        return socket.create_connection(("127.0.0.1", port))
    return None


def _until(tried: Any, what: str) -> Any:
    since = time.monotonic()
    while time.monotonic() - since < PATIENCE:
        if found := tried():
            return found
        time.sleep(0.05)
    raise AssertionError(f"It never came to this: {what}")


@contextmanager
def firefox(program: str, folder: Path) -> Iterator[Firefox]:
    """Give a Firefox that is switched on, and end it afterwards."""
    one = Firefox(program, folder)
    one.start()
    try:
        yield one
    finally:
        one.kill()
