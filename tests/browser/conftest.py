"""The real product (``linglou up --demo``) and a real Chromium. Helpers: ``visit`` opens a page as somebody, ``axe`` judges it.

    def test_something(visit):
        page = visit("/board/", role="辅导员", width=390)

Playwright lives for one module at a time: its event loop would make Django's ORM refuse to work in other modules' tests.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = Path(os.environ.get("LINGLOU_CHROMIUM", "/usr/bin/chromium"))
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PEOPLE = 300
START_SECONDS = 120.0
PHONE, DESK = 390, 1440
HEIGHTS = {PHONE: 844, DESK: 900}
SERIOUS = {"serious", "critical"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Product:
    """A running Linglou with its demo campus. ``logins`` has one account per role, by the role's Chinese name."""

    address: str
    data: Path
    password: str
    logins: dict[str, str]


def described(address: str, data: Path) -> Product:
    note = json.loads((data / "demo.json").read_text())
    return Product(address, data, note["password"], {account["role"]: account["login"] for account in note["accounts"]})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the product stopped while starting:\n{log.read_text()[-4000:]}"
        try:
            with urlopen(f"{address}/ui/gallery/", timeout=2):
                return
        except HTTPError as error:
            raise AssertionError(f"the product answered {error.code}:\n{log.read_text()[-4000:]}") from None
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the product was not up after {START_SECONDS} s:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """Started once, with a small demo campus; stopped as Ctrl-C stops it. While writing a page, point
    ``LINGLOU_BROWSER_PRODUCT`` (``http://127.0.0.1:PORT DATA_DIRECTORY``) at one that already runs."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM} (apt-get install chromium, or set LINGLOU_CHROMIUM)")
    if running := os.environ.get("LINGLOU_BROWSER_PRODUCT"):
        address, _, folder = running.partition(" ")
        yield described(address, Path(folder))
        return
    home = Path(tempfile.mkdtemp(prefix="linglou-browser-"))
    home.chmod(0o755)
    port, log = _free_port(), home / "log"
    address = f"http://127.0.0.1:{port}"
    own = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    env = {name: value for name, value in os.environ.items() if name not in own and not name.startswith("LINGLOU_")}
    words = ["up", "--demo", "--people", str(PEOPLE), "--port", str(port), "--data", str(home / "data")]
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "linglou", *words], stdout=output, stderr=output, env=env, cwd=ROOT)
        try:
            _wait_until_up(process, address, log)
            yield described(address, home / "data")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium(product: Product) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def sign_in(page: Page, login: str, password: str = "linglou-demo") -> None:
    """Through the log-in form, as a person does. ``page`` must stand on any page of the product."""
    page.goto(_base(page) + "/account/login/")
    page.fill('input[name="login"]', login)
    page.fill('input[name="password"]', password)
    page.press('input[name="password"]', "Enter")
    page.wait_for_url(lambda url: "/account/login" not in url)


def _base(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


def axe(page: Page) -> list[str]:
    """Serious and critical findings on the page as it is now, one line each: rule, place, what axe says."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text() + "\n;0")
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} at {' '.join(map(str, node['target']))}: {(node.get('failureSummary') or rule['help']).strip()}"
        for rule in found["violations"]
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


@dataclass
class Visits:
    """Opens pages as somebody. Contexts are kept by role, width and scheme; everything the console complains of is kept too."""

    browser: Browser
    product: Product
    contexts: dict[tuple[Any, ...], BrowserContext] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def __call__(
        self,
        path: str,
        *,
        role: str | None = None,
        width: int = PHONE,
        scheme: str = "light",
        script: bool = True,
        fresh: bool = False,
    ) -> Page:
        page = self.context(role=role, width=width, scheme=scheme, script=script, fresh=fresh).new_page()
        page.goto(self.product.address + path)
        return page

    def context(
        self, *, role: str | None, width: int = PHONE, scheme: str = "light", script: bool = True, fresh: bool = False
    ) -> BrowserContext:
        """``fresh``: a browser of its own, which no other test shares."""
        key = (role, width, scheme, script)
        if fresh or key not in self.contexts:
            made = self.browser.new_context(
                viewport={"width": width, "height": HEIGHTS.get(width, 900)},
                color_scheme=scheme,  # type: ignore[arg-type]
                java_script_enabled=script,
                storage_state=self.state(role) if role else None,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
            )
            made.set_default_timeout(15_000)
            made.on("console", lambda message: self.complain(message.type, message.text))
            made.on("weberror", lambda error: self.complain("error", str(error.error)))
            if fresh:
                return made
            self.contexts[key] = made
        return self.contexts[key]

    def state(self, role: str) -> Any:
        if role not in self.states:
            context = self.browser.new_context()
            page = context.new_page()
            page.goto(self.product.address + "/docs/problems")
            sign_in(page, self.product.logins[role], self.product.password)
            self.states[role] = context.storage_state()
            context.close()
        return self.states[role]

    def complain(self, kind: str, text: str) -> None:
        """Script errors and refusals of the content policy; a 4xx answer is the test's own business."""
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)


@pytest.fixture(scope="module")
def visits(chromium: Browser, product: Product) -> Iterator[Visits]:
    made = Visits(chromium, product)
    yield made
    for context in made.contexts.values():
        context.close()


@pytest.fixture
def visit(visits: Visits) -> Iterator[Visits]:
    """Opens a page as somebody; the test fails if the console complained, and its pages are closed."""
    visits.complaints.clear()
    yield visits
    complaints = list(visits.complaints)
    for context in visits.contexts.values():
        for page in context.pages:
            page.close()
    assert not complaints, complaints
