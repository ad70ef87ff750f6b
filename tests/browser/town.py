"""The town that browsers visit: two offices, a PDF, hostile names; and servers to visit it by."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import select

from app.adding import take_in
from app.main import create_app
from app.settings import Settings
from app.wiring import Tools, open_archive
from catalogue.tables import Document, Feedback
from ingest.parse.dispatch import parse_file
from ingest.parse.element import Parsed
from tests.documents import Text, write_pdf
from tests.fakes import FakeEmbedder, parse_plain
from tests.postgres import free_port
from tests.town import fill, settle, town_settings, write_papers

HOSTILE = "<img src=x onerror=\"document.title='gehackt'\"><script>document.title='gehackt'</script>"
PAPERS = {
    "satzung-2019.txt": "# Marktsatzung\n# § 3 Standplätze\nStandplätze auf dem Wochenmarkt vergibt das Amt.\n",
    "hinweise-2023.txt": "# Hinweise zum Wochenmarkt\nHändler bauen ihren Stand bis sieben Uhr morgens auf.\n",
    "<b onclick=alert(1)>böse<b>.txt": f"# {HOSTILE}\nDer Schädling {HOSTILE} kommt \u202everkehrt\u202c 🐕 daher.\n",
}
# Pages long enough that each is a passage of its own.
PDF_PAGES = [
    [Text(heading, size=size, bold=True), *(Text(line) for line in lines), *(Text(f"Näheres regelt Anlage {number} der "
     f"Verordnung über {topic} in der Fassung von {1990 + number}.") for number in range(25))]
    for heading, size, topic, lines in (
        ("Friedhofssatzung", 20, "den Geltungsbereich", ["Diese Satzung gilt für alle Friedhöfe der Stadt."]),
        ("§ 2 Ruhezeit", 15, "die Ruhezeit", ["Die Ruhezeit für Urnen beträgt fünfzehn Jahre."]),
        ("§ 3 Grabmale", 15, "Grabmale", ["Grabmale aus Naturstein bedürfen der Genehmigung der Verwaltung.",
                                           "Der Antrag ist mit Zeichnung bei der Friedhofsverwaltung zu stellen."]),
    )
]  # fmt: skip

VERDICTS: list[dict[str, Any]] = [
    {"day": date(2026, 3, 2), "subject": "barriere", "comment": "Die Knöpfe sind zu klein."},
    {"day": date(2026, 3, 2), "subject": "passage", "question": HOSTILE, "helpful": False, "reason": "veraltet"},
    {"day": date(2026, 3, 3), "subject": "passage", "question": "Was kostet der zweite Hund?", "helpful": True},
    {"day": date(2026, 3, 4), "subject": "passage", "question": "Was kostet der zweite Hund?", "helpful": False,
     "reason": "unvollstaendig", "comment": "Wo steht der Kampfhund?"},
]  # fmt: skip


def parse(path: Path, name: str) -> Parsed:
    """Plain texts in the simplest way, PDF as it is really read."""
    return parse_file(path, name) if name.endswith(".pdf") else parse_plain(path, name)


TOOLS = Tools(embedder=lambda _model, _threads: FakeEmbedder(), parser=lambda *_: nullcontext(parse))


def furnish(settings: Settings, folder: Path) -> None:
    """Read in the town of the other tests and what is only here."""
    fill(settings, folder)
    market = write_papers(folder / "Ordnungsamt", PAPERS)
    write_pdf(market / "friedhof.pdf", PDF_PAGES, title="Friedhofssatzung")
    for path in market.iterdir():
        year = next((int(word) for word in path.stem.split("-") if word.isdigit()), 2021)
        moment = datetime(year, 6, 1, tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
    opened = open_archive(settings, TOOLS)
    list(take_in(opened, "Ordnungsamt", "Märkte und Friedhöfe", [market]))
    settle(opened)
    with opened.sessions.begin() as session:
        hound = session.scalars(select(Document.id).where(Document.source == "hund.txt")).one()
        for verdict in VERDICTS:
            session.add(Feedback(tenant_id=opened.tenant_id, document_id=hound, **verdict))
    opened.close()


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve the application from a thread of this process; yields its address."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, TOOLS), host="127.0.0.1", port=settings.port, log_config=None, lifespan="on"
        )
    )
    thread = threading.Thread(target=server.run, name="service")
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        thread.join(0.02)
    yield f"http://127.0.0.1:{settings.port}"
    server.should_exit = True
    thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A host page's own server; it also hands out tokens, as the back end of an intranet would."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Serve a file, or a token."""
        if self.path != "/schein":
            super().do_GET()
            return
        body = b'{"token": "tagesschein", "expires_in": 300}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def hosting(folder: Path, port: int) -> Iterator[str]:
    """Serve a folder, as the machine of an intranet does; yields its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="intranet")
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.shutdown()
        thread.join()


def two_ports() -> tuple[int, int]:
    """A port for the service and one for the intranet."""
    first = free_port()
    return first, next(port for port in iter(free_port, 0) if port != first)


ADMIN_TOKEN = "nur-in-diesen-tests-gueltig"


def settings_for(data_dir: Path, port: int, intranet: str) -> Settings:
    """Settings of a service whose widget may run on the pages of the intranet, and that can be administered."""
    return town_settings(data_dir, port=port, cors_origins=intranet, admin_token=ADMIN_TOKEN)
