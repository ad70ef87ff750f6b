"""What the widget weighs and how long it makes people wait: `python tests/bench/bench_widget.py [questions]`."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from app.embedding import WIDGET
from tests.browser.conftest import CHROMIUM
from tests.browser.town import furnish, serving, settings_for, two_ports

LIMIT_MS = 30.0
WORDS = (
    "Hundesteuer",
    "Resturlaub",
    "Personalausweis",
    "Wochenmarkt",
    "Kilometer Wagen",
    "Grabmale",
    "Attest",
    "Stand",
)
# Interactive: the element stands, and its field takes what is typed.
NOTE_READY = """customElements.whenDefined('stadtwissen-suche').then(() => { window.readyAt = performance.now(); })"""
READY = """() => [window.readyAt, window.readyAt
    - performance.getEntriesByType('resource').find(entry => entry.name.includes('/widget/s')).responseEnd]"""
# Painted: the frame that holds the first results has been handed over. Counted from the last byte of the answer.
PAINTED = """question => new Promise(done => {
    performance.clearResourceTimings();
    const field = document.querySelector('stadtwissen-suche').shadowRoot.querySelector('input');
    document.addEventListener('stadtwissen-results', () => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
            const painted = performance.now();
            const entries = performance.getEntriesByType('resource');
            const entry = entries.filter(item => item.name.includes('/api/v1/search')).at(-1);
            done([painted - entry.responseEnd, entry.responseEnd - entry.startTime]);
        };
        channel.port2.postMessage(null);
    }), { once: true });
    field.value = question;
    field.dispatchEvent(new InputEvent('input'));
})"""


def main(questions: str = "80") -> None:
    """Print the figures; other work on the machine makes them larger."""
    script = (WIDGET / "stadtwissen-suche.js").read_bytes()
    print(f"Skript {len(script):,} Bytes, {len(gzip.compress(script)):,} mit gzip (Grenze 20.000)")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        home = Path(name)
        port, _ = two_ports()
        settings = settings_for(home / "var", port, "")
        furnish(settings, home / "akten")
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        with serving(settings) as service:
            address = f"{service}/widget/demo/einfach.html"
            report_ready([tuple(fresh(browser.new_page(), address)) for _ in range(10)])
            page = browser.new_page()
            page.goto(address)
            page.evaluate(PAINTED, "Anlauf")
            measured = [page.evaluate(PAINTED, f"{WORDS[n % len(WORDS)]} {n}") for n in range(int(questions))]
        browser.close()
    report_painted(measured)


def fresh(page: Page, address: str) -> list[float]:
    """Open the page anew; how long until the widget takes input, from the start and from the script's last byte."""
    page.add_init_script(NOTE_READY)
    page.goto(address)
    taken: list[float] = page.evaluate(READY)
    page.close()
    return taken


def report_ready(taken: list[tuple[float, ...]]) -> None:
    whole, own = (median(values) for values in zip(*taken, strict=True))
    print(
        f"bedienbar {whole:.0f} ms nach dem Aufruf der Seite, {own:.1f} ms nach dem letzten Byte des Skripts (Median)"
    )


def report_painted(measured: list[list[float]]) -> None:
    added, asked = zip(*measured, strict=True)
    worst = sorted(added)[int(len(added) * 0.95)]
    print(f"{len(added)} Fragen: Antwort der Schnittstelle {median(asked):.1f} ms, bis zum ersten gezeichneten Treffer")
    print(f"danach {median(added):.1f} ms im Median, {worst:.1f} ms im 95. Perzentil ({LIMIT_MS:.0f} sind erlaubt),")
    print(f"das {median(added) / median(asked):.2f}-Fache der Antwort; Last {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
