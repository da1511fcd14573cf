# A headless Chromium, driven through a pipe by the DevTools protocol.
#
# SPDX-License-Identifier: BSD-2-Clause
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync
--disable-extensions --disable-default-apps --mute-audio --hide-scrollbars
--remote-debugging-pipe""".split()
SECONDS = 60


class Browser:
    """One tab.  What the console says, and exceptions, are in self.said."""

    def __init__(self, program="/usr/bin/chromium"):
        self.home = tempfile.mkdtemp(prefix="xzbundle-web.")
        self.said, self.events, self.left, self.last = [], [], b"", 0
        self.session = None
        theirs, self.to = os.pipe()
        self.of, theirs_out = os.pipe()
        # The browser reads descriptor 3 and writes 4.
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (theirs, theirs_out),
             "sh", program, *FLAGS, "--user-data-dir=" + self.home],
            pass_fds=(theirs, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=self.home), start_new_session=True)
        os.close(theirs)
        os.close(theirs_out)
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.call(domain + ".enable")

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.of)
        shutil.rmtree(self.home, ignore_errors=True)

    def message(self, until):
        while b"\0" not in self.left:
            if not select.select([self.of], [], [],
                                 max(0, until - time.monotonic()))[0]:
                raise RuntimeError("the browser is silent")
            got = os.read(self.of, 1 << 20)
            if not got:
                raise RuntimeError("the browser has ended")
            self.left += got
        text, self.left = self.left.split(b"\0", 1)
        return json.loads(text)

    def take(self, m):
        """An event."""
        self.events.append(m)
        what, about = m.get("method"), m.get("params", {})
        if what == "Runtime.consoleAPICalled":
            self.said.append(str(about["args"]))
        elif what == "Runtime.exceptionThrown":
            self.said.append(str(about["exceptionDetails"]))
        elif what == "Log.entryAdded":
            self.said.append(about["entry"]["text"])

    def call(self, method, **params):
        self.last += 1
        m = {"id": self.last, "method": method, "params": params}
        if self.session:
            m["sessionId"] = self.session
        os.write(self.to, json.dumps(m).encode() + b"\0")
        until = time.monotonic() + SECONDS
        while True:
            m = self.message(until)
            if m.get("id") == self.last:
                if "error" in m:
                    raise RuntimeError("%s: %s" % (method, m["error"]))
                return m["result"]
            self.take(m)

    def open(self, path):
        """Load a file; return the addresses that were asked for."""
        self.events.clear()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        until = time.monotonic() + SECONDS
        while not any(m.get("method") == "Page.loadEventFired"
                      for m in self.events):
            self.take(self.message(until))
        self.js("0")
        return [m["params"]["request"]["url"] for m in self.events
                if m.get("method") == "Network.requestWillBeSent"]

    def js(self, code):
        """The value of an expression."""
        got = self.call("Runtime.evaluate", expression=code,
                        returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError("%s: %s" % (code, got["exceptionDetails"]))
        return got["result"].get("value")

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 500)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": name}])

    def key(self, key, code, text=None):
        more = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key,
                  windowsVirtualKeyCode=code, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key,
                  windowsVirtualKeyCode=code)

    def shot(self, path, height=None):
        """A picture of the page, or of its first height pixels."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "scale": 1, "width": size["width"],
                "height": min(size["height"], height or size["height"])}
        got = self.call("Page.captureScreenshot", clip=clip,
                        captureBeyondViewport=True)
        with open(path, "wb") as f:
            f.write(base64.b64decode(got["data"]))
