"""Asks axe-core, which scripts/install.sh fetches, what is wrong with a page for people who use it differently."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "build" / "web" / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = "axe-core fehlt. Bitte holen: scripts/install.sh web-tests"


def violations(page: Page) -> list[str]:
    """Everything axe finds, its best practices included, as one line each."""
    if not AXE.is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_AXE)
    # Past the page's policy, which lets in no script of ours either.
    page.evaluate(AXE.read_text("utf-8") + "; undefined")
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{item['id']}: {node['target']} {node.get('failureSummary', '')}"
        for item in found["violations"]
        for node in item["nodes"]
    ]
