"""A real browser without a window, as a report's reader has one: Chromium over its DevTools protocol, by pipe.

Source: Chrome DevTools Protocol, https://chromedevtools.github.io/devtools-protocol: JSON messages that end in a zero
byte, read by the browser from file descriptor 3 and written to 4.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names of the browser in the packages of several systems."""

_SWITCHES = tuple(
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-extensions --hide-scrollbars --mute-audio "
    "--remote-debugging-pipe".split()
)
_MIDDLE = """element => { element.scrollIntoView({ block: 'center' }); const box = element.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2]; }"""

_PATIENCE = 60.0
"""Seconds that an answer may take."""

_ENDED = "the browser has ended"


class BrowserError(RuntimeError):
    """The browser is gone, silent, or refuses a command."""


def find_browser() -> str | None:
    """The program, or None where none is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(eq=False)
class Browser:
    """One page of a running browser.

    Attributes:
        process: Its number, and that of the group of processes that it has started.
        events: Its events since the last page was opened: (method, parameters).
    """

    process: int
    _write: int
    _read: int
    _session: str = ""
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _number: int = 0
    _buffer: bytes = b""

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """A browser with one empty page; it ends with the block, and its profile is deleted.

        Raises:
            BrowserError: None is installed, or it does not start.
        """
        program = find_browser()
        if program is None:
            raise BrowserError(f"none of {', '.join(NAMES)} is installed")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            process, write, read = _started([program, *_SWITCHES, f"--user-data-dir={profile}", "about:blank"])
            browser = cls(process, write, read)
            try:
                browser._attach()
                yield browser
            finally:
                browser._write = -1
                os.close(write)
                os.close(read)
                os.killpg(process, signal.SIGKILL)  # with all the processes that it has started
                os.waitpid(process, 0)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask, and wait for the answer; events that come before it are kept.

        Raises:
            BrowserError: It refuses, or does not answer.
        """
        if self._write < 0:
            raise BrowserError(_ENDED)
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        command = {"id": self._number, "method": method, "params": parameters, **session}
        os.write(self._write, json.dumps(command).encode() + b"\0")
        while (message := self._message()).get("id") != self._number:
            self._keep(message)
        if "error" in message:
            raise BrowserError(f"{method}: {message['error']['message']}")
        return dict(message["result"])

    def open(self, path: Path) -> float:
        """Open a file and wait until it is there and painted; give the seconds that this took, by the clock."""
        self.events.clear()
        began = time.perf_counter()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            self._keep(self._message())
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.perf_counter() - began

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for.

        Raises:
            BrowserError: The script throws.
        """
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def click(self, element: str) -> None:
        """Click with the mouse on the middle of an element, given as a script."""
        x, y = self.run(f"({_MIDDLE})({element})")
        for event in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)

    def press_enter(self) -> None:
        """Press the Enter key on what has the keyboard."""
        for event in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=event, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13
            )

    def look(self, width: int, height: int = 900, scheme: str = "light", media: str = "screen") -> None:
        """Show pages ``width`` CSS pixels wide, in ``light`` or ``dark``, as on a ``screen`` or in ``print``."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media=media, features=[feature])

    def photograph(self, path: Path, whole: bool = False) -> Path:
        """Write the visible part, or the whole page, as PNG."""
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        path.write_bytes(base64.b64decode(picture["data"]))
        return path

    def print(self) -> bytes:
        """The page as PDF, on A4."""
        pdf = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True)
        return base64.b64decode(pdf["data"])

    def complaints(self) -> list[str]:
        """Errors, warnings and refusals that the page has caused since it was opened."""
        faults = {
            "Runtime.exceptionThrown": "exceptionDetails",
            "Log.entryAdded": "entry",
            "Runtime.consoleAPICalled": "args",
        }
        return [f"{method}: {event[faults[method]]}" for method, event in self.events if method in faults]

    def requests(self) -> list[str]:
        """Addresses that the page has requested since it was opened, itself included; data within it are none."""
        requests = [event["request"] for method, event in self.events if method == "Network.requestWillBeSent"]
        addresses = [request["url"] for request in requests]
        return [address for address in addresses if not address.startswith("data:")]

    def _attach(self) -> None:
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def _keep(self, message: dict[str, Any]) -> None:
        if "method" in message:
            self.events.append((message["method"], message["params"]))

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], _PATIENCE)[0]:
                raise BrowserError(f"no answer within {_PATIENCE:g} s")
            received = os.read(self._read, 1 << 20)
            if not received:
                raise BrowserError(_ENDED)
            self._buffer += received
        message, self._buffer = self._buffer.split(b"\0", 1)
        return dict(json.loads(message))


def _started(command: list[str]) -> tuple[int, int, int]:
    """The process, the leader of a new group, and the ends of the pipes that it reads from 3 and writes to 4."""
    # The browser reads commands and writes answers; this process has the other two ends.
    commands_read, commands_write = map(_above, os.pipe())
    answers_read, answers_write = map(_above, os.pipe())
    ends = [(os.POSIX_SPAWN_DUP2, commands_read, 3), (os.POSIX_SPAWN_DUP2, answers_write, 4)]
    silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[*silent, *ends], setpgroup=0)
    os.close(commands_read)
    os.close(answers_write)
    return process, commands_write, answers_read


def _above(end: int) -> int:
    """The same end of a pipe under a number that is not one of the two that the browser takes."""
    other = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(end)
    return other
