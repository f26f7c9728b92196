"""A headless Chromium, driven through its DevTools pipe: file descriptors 3 and 4, JSON with a NUL after each message.

Everything that a page asks the network for, and everything that it says on its console, is kept.
"""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

PROGRAM = "chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--force-color-profile=srgb", "--remote-debugging-pipe")
TIMEOUT = 60
CHUNK = 1 << 16


class BrowserError(Exception):
    """The browser answered with an error, or not at all."""


class Browser:
    """Use it with `with`: it ends its browser and removes its profile."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="outward-browser-")
        self.requests, self.console = [], []
        self.waiting, self.buffer, self.number = {}, b"", 0
        self.process = self.session = None

    def __enter__(self):
        to_browser, from_test = os.pipe()
        to_test, from_browser = os.pipe()
        # The child's ends become its descriptors 3 and 4, whatever numbers they have here.
        for end in (to_browser, from_browser):
            os.set_inheritable(end, True)
        shell = f'exec {PROGRAM} "$@" 3<&{to_browser} 4>&{from_browser}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "browser", *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_browser)
        os.close(from_browser)
        self.output, self.input = from_test, to_test
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        try:
            self.session = None
            self.call("Browser.close")
        except (BrowserError, OSError):
            self.process.kill()
        self.process.wait(timeout=TIMEOUT)
        os.close(self.output)
        os.close(self.input)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **parameters):
        """One command, and its answer; events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        number, deadline = self.number, time.monotonic() + TIMEOUT
        while number not in self.waiting:
            self.read(deadline)
        answer = self.waiting.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        return answer["result"]

    def read(self, deadline):
        """Take what came from the browser, at least one octet."""
        ready, _, _ = select.select([self.input], [], [], max(0, deadline - time.monotonic()))
        piece = os.read(self.input, CHUNK) if ready else b""
        if not piece:
            raise BrowserError("the browser does not answer")
        self.buffer += piece
        *messages, self.buffer = self.buffer.split(b"\0")
        for text in messages:
            self.take(json.loads(text))

    def take(self, message):
        """Sort one message: an answer, a request of the page, or something it said."""
        parameters = message.get("params", {})
        method = message.get("method")
        if "id" in message:
            self.waiting[message["id"]] = message
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Log.entryAdded":
            self.console.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.console.append(str([value.get("value") for value in parameters["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(parameters["exceptionDetails"]))

    def open(self, path):
        """Load a file and wait until it stands; what it asked for and said before is forgotten."""
        self.requests, self.console = [], []
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        deadline = time.monotonic() + TIMEOUT
        while self.evaluate("document.readyState") != "complete" and time.monotonic() < deadline:
            time.sleep(0.05)

    def evaluate(self, script):
        """The value of an expression; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def show(self, width, media="screen", scheme="light"):
        """As seen on a screen this wide (CSS pixels), or on paper; in light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path):
        """The whole page as PNG."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        pathlib.Path(path).write_bytes(base64.b64decode(answer["data"]))

    def pdf(self, path):
        """As it would be printed, on A4."""
        answer = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True, paperWidth=8.27,
                           paperHeight=11.69)
        pathlib.Path(path).write_bytes(base64.b64decode(answer["data"]))
