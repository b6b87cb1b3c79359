"""Drives Chromium through its debugging pipe, with Python's own library alone."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Missing(Exception):
    """No browser is there."""


def find():
    """The path of a browser."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise Missing("no Chromium found; on Debian: apt-get install chromium")


class Browser:
    """A browser without a window, with one page."""

    def __init__(self, timeout=60):
        self.timeout = timeout
        self.profile = tempfile.mkdtemp(prefix="coverify-browser-")
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()
        # Chromium reads from 3 and writes to 4. Copies above keep the two from taking each other's place.
        ends = [os.dup(os.dup(fd)) for fd in (to_read, to_write)]
        spare = [os.dup(fd) for fd in ends]

        def place():
            for fd in spare:
                os.set_inheritable(fd, True)
            high = [os.dup2(fd, 60 + number) for number, fd in enumerate(spare)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--disable-dev-shm-usage", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for fd in {to_read, to_write, *ends, *spare}:
            os.close(fd)
        self.number = 0
        self.rest = b""
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.page(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.read)
        os.close(self.write)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        """Calls a method of the protocol, and returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        limit = time.monotonic() + self.timeout
        while time.monotonic() < limit:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)
        raise RuntimeError(f"{method}: no answer in {self.timeout} s")

    def page(self, method, **parameters):
        """Calls a method for the page."""
        return self.call(method, self.session, **parameters)

    def message(self):
        """The next message."""
        while b"\0" not in self.rest:
            piece = os.read(self.read, 1 << 20)
            if not piece:
                raise RuntimeError("the browser has ended")
            self.rest += piece
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def resize(self, width, height=900):
        """Makes the window so large, as on a device of that width."""
        self.page(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
            mobile=width < 500)

    def prefer(self, scheme, script=True, media=""):
        """Light or dark, with or without scripts, on a screen or on paper."""
        self.page(
            "Emulation.setEmulatedMedia", media=media,
            features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.page("Emulation.setScriptExecutionDisabled", value=not script)

    def open(self, url):
        """Loads a page; returns what went wrong meanwhile, as lines of its console."""
        self.events.clear()
        self.page("Page.navigate", url=url)
        limit = time.monotonic() + self.timeout
        while time.monotonic() < limit:
            if any(event.get("method") == "Page.loadEventFired" for event in self.events):
                break
            self.events.append(self.message())
        # One more call, so that what was said before it is there.
        self.page("Page.getLayoutMetrics")
        return self.complaints()

    def complaints(self):
        """What the page has complained about."""
        found = []
        for event in self.events:
            parameters = event.get("params", {})
            if event.get("method") == "Log.entryAdded":
                found.append(parameters["entry"]["text"])
            elif event.get("method") == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                found.append(details.get("exception", {}).get("description", details["text"]))
            elif event.get("method") == "Runtime.consoleAPICalled":
                found.append(str([value.get("value") for value in parameters["args"]]))
        return found

    def requests(self):
        """The addresses that the page asked for, besides its own."""
        return [
            event["params"]["request"]["url"] for event in self.events
            if event.get("method") == "Network.requestWillBeSent"]

    def evaluate(self, expression):
        """The value of an expression in the page."""
        result = self.page("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"]["description"])
        return result["result"].get("value")

    def key(self, name):
        """Presses a key."""
        for kind in ("keyDown", "keyUp"):
            self.page("Input.dispatchKeyEvent", type=kind, key=name, code=name)

    def hover(self, x, y):
        """Moves the pointer."""
        self.page("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def screenshot(self, path, most=20_000):
        """Takes a picture of the whole page."""
        size = self.page("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1}
        data = self.page(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
