"""What a test in the browser may ask for: the town's address, and pages that notice when anything goes wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.browser.town import furnish, hosting, serving, settings_for, two_ports

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NO_CHROMIUM = "Chromium fehlt. Bitte einspielen: scripts/install.sh system-tests"
FONTS = Path(__file__).parent / "fonts.conf"
SAME_LETTERS = ("--font-render-hinting=none", "--disable-font-subpixel-positioning", "--disable-lcd-text")
PATIENCE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Town:
    """Where the service and the intranet can be reached; `intranet_dir` holds the pages of the latter."""

    service: str
    intranet: str
    intranet_dir: Path


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town nobody changes, served on one port; an intranet on another."""
    home = tmp_path_factory.mktemp("town")
    intranet_dir = home / "intranet"
    intranet_dir.mkdir()
    (intranet_dir / "favicon.ico").touch()
    port, other = two_ports()
    settings = settings_for(home / "var", port, f"http://127.0.0.1:{other}")
    furnish(settings, home / "akten")
    with serving(settings) as service, hosting(intranet_dir, other) as intranet:
        yield Town(service, intranet, intranet_dir)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A running Chromium; where it is not installed, skipped by hand but failed in continuous integration."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_CHROMIUM)
    arguments = [*SAME_LETTERS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        env: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(FONTS)}
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments, env=env)
        yield opened
        opened.close()


@dataclass
class Watch:
    """What a browser complains about: errors of scripts, refusals of the policy, addresses that do not answer."""

    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Listen to a page."""
        page.on("pageerror", lambda error: self.note("error", str(error)))
        page.on("console", lambda line: self.note(line.type, line.text))

    @property
    def surprises(self) -> list[str]:
        """Complaints that no test has announced by a part of their text."""
        return [line for line in self.complaints if not any(part in line for part in self.expected)]

    def note(self, kind: str, text: str) -> None:
        """Keep what is a complaint."""
        if kind in {"error", "warning"}:
            self.complaints.append(text)


def no_answer(route: Route) -> None:
    """Say that there is nothing to rely on."""
    route.fulfill(json={"kind": "none", "sentences": []}, headers={"Access-Control-Allow-Origin": "*"})


OpenPage = Callable[..., Page]


@pytest.fixture
def watch() -> Watch:
    """What went wrong so far; a test that expects something says so."""
    return Watch()


@pytest.fixture
def visit(browser: Browser, watch: Watch) -> Iterator[OpenPage]:
    """Open an address in a browser of its own, set as asked; at the end nothing may have gone wrong."""
    contexts: list[BrowserContext] = []

    def opened(address: str, **settings: Any) -> Page:
        context = browser.new_context(**{"locale": "de-DE", "viewport": {"width": 1100, "height": 800}, **settings})
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", watch.follow)
        # Answers come when they come, above what a test points at; those that are about them let them through.
        context.route("**/api/v1/answer?*", no_answer)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert watch.surprises == []
