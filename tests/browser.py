"""A headless Chromium, driven by the WebDriver protocol (W3C) as a person drives it: real keys and clicks."""

import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

FLAGS = [
    *["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio"],
    *["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
]


class Browser:
    def __init__(self, session):
        self.session = session

    def call(self, path, **content):
        """Return the answer to a command of the protocol."""
        data = json.dumps(content).encode()
        request = Request(f"{self.session}/{path}", data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        self.call("url", url=path.as_uri())

    def script(self, text, *arguments):
        """Return what the JavaScript ``text``, the body of a function, returns; a promise is waited for."""
        return self.call("execute/sync", script=text, args=arguments)

    def press(self, keys):
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("actions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def click(self, selector):
        (element,) = self.call("element", using="css selector", value=selector).values()
        self.call(f"element/{element}/click")

    def resize(self, width, height):
        """Make the window that of a phone, say, in CSS pixels."""
        params = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        self.call("goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=params)

    def console(self):
        """Return the errors and warnings on the console since the last call."""
        return [entry["message"] for entry in self.call("se/log", type="browser")]

    def requests(self):
        """Return the addresses that were asked for since the last call, but for the browser's own first page."""
        events = [json.loads(entry["message"])["message"] for entry in self.call("se/log", type="performance")]
        addresses = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [address for address in addresses if not address.startswith("chrome:")]


@contextmanager
def chromium(folder):
    """Yield a :class:`Browser` whose profile and downloads are in ``folder``; skip the test where there is none.

    In continuous integration (the variable CI) that is a failure.
    """
    driver, program = shutil.which("chromedriver"), shutil.which("chromium")
    if not (driver and program):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("chromium and chromedriver are not installed")
    process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        started = next(filter(None, (re.search(r"successfully on port (\d+)", line) for line in process.stdout)))
        address = f"http://127.0.0.1:{started[1]}"
        options = {
            "binary": program,
            "args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"],
            "prefs": {"download.default_directory": str(folder)},
        }
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": logs}
        session = Browser(address).call("session", capabilities={"alwaysMatch": wanted})
        browser = Browser(f"{address}/session/{session['sessionId']}")
        try:
            yield browser
        finally:
            urlopen(Request(browser.session, method="DELETE"), timeout=60).close()
    finally:
        process.terminate()
        process.wait()
