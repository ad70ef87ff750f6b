from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from app.wiring import open_archive
from tests.town import TOOLS, fill, running, settle, town_settings

DOCUMENTS = "/api/v1/documents"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town's data folder, to be copied."""
    home = tmp_path_factory.mktemp("town")
    fill(town_settings(home / "var"), home / "akten")
    return home / "var"


@pytest.fixture
def settings(filled: Path, tmp_path: Path) -> Settings:
    shutil.copytree(filled, tmp_path / "var")
    return town_settings(tmp_path / "var")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with running(settings) as client:
        yield client


def hand_in(client: TestClient, name: str, content: bytes, **fields: str) -> Any:
    data = {"department": "Ordnungsamt", "collection": "Märkte", **fields}
    return client.post(DOCUMENTS, files={"file": (name, content)}, data=data)


def read_in(settings: Settings) -> None:
    opened = open_archive(settings, TOOLS)
    settle(opened)
    opened.close()


def refreshed(client: TestClient) -> TestClient:
    """Follow the catalogue now instead of in half a second."""
    client.app.state.live.refresh()  # type: ignore[attr-defined]
    return client


def found(client: TestClient, q: str) -> list[str]:
    passages = client.get("/api/v1/search", params={"q": q}).json()["passages"]
    return [passage["document"]["source"] for passage in passages]


def id_of(client: TestClient, source: str) -> str:
    documents = client.get(DOCUMENTS).json()["documents"]
    return str(next(item["id"] for item in documents if item["source"] == source))


def test_an_uploaded_document_waits_is_read_and_then_found(client: TestClient, settings: Settings) -> None:
    answer = hand_in(client, "Wochenmarkt Größe.txt", "# Markt\nDer Wochenmarkt öffnet um sieben Uhr.".encode())
    assert answer.status_code == 202
    assert answer.json()["revision"]["state"] == "pending"
    assert answer.json()["department"] == "ordnungsamt"
    read_in(settings)
    document = refreshed(client).get(answer.headers["location"]).json()
    assert (document["revision"]["state"], document["searchable"]) == ("ready", True)
    assert "Wochenmarkt Größe.txt" in found(client, "Wochenmarkt öffnet")


def test_the_same_bytes_again_are_unchanged_and_other_bytes_the_next_revision(
    client: TestClient, settings: Settings
) -> None:
    first = hand_in(client, "markt.txt", b"Der Markt ist am Dienstag.").json()
    read_in(settings)
    again = hand_in(client, "markt.txt", b"Der Markt ist am Dienstag.")
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    changed = hand_in(client, "markt.txt", b"Der Markt ist am Freitag.")
    assert changed.status_code == 202
    assert (changed.json()["id"], changed.json()["revision"]["number"]) == (first["id"], 2)


def test_a_changed_document_shows_its_old_state_until_the_new_one_is_read(
    client: TestClient, settings: Settings
) -> None:
    link = hand_in(client, "markt.txt", b"Der Markt ist am Dienstag.").json()["link"]
    read_in(settings)
    hand_in(client, "markt.txt", b"Der Markt ist am Freitag.")
    assert "Dienstag" in client.get(link).text
    read_in(settings)
    assert "Freitag" in client.get(link).text


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("leer.txt", b"", 422, "leer"),
        ("programm.exe", b"MZ", 415, "nicht-unterstuetzt"),
        ("ohne-endung", b"Text", 415, "nicht-unterstuetzt"),
        ("gross.txt", b"x" * (1 << 20 | 1), 413, "zu-gross"),
        ("riesig.txt", b"x" * (2 << 20), 413, "zu-gross"),
        ("..", b"Text", 415, "nicht-unterstuetzt"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence_that_says_what_to_do(
    client: TestClient, name: str, content: bytes, status: int, code: str
) -> None:
    before = client.get(DOCUMENTS).json()["total"]
    answer = hand_in(client, name, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"].startswith(("Bitte", "Gelesen werden"))
    assert client.get(DOCUMENTS).json()["total"] == before


def test_an_upload_that_does_not_say_its_size_is_stopped_at_the_limit(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(64):
            yield b"x" * (64 << 10)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post(DOCUMENTS, content=endless(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("missing", ["department", "collection"])
def test_an_upload_needs_a_place(client: TestClient, missing: str) -> None:
    answer = hand_in(client, "a.txt", b"Text", **{missing: " "})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == missing


def test_an_upload_without_a_file_or_with_a_broken_body_is_refused(client: TestClient) -> None:
    fields = {"department": "Hauptamt", "collection": "Dienstrecht"}
    assert client.post(DOCUMENTS, data=fields).status_code == 422
    broken = client.post(DOCUMENTS, content=b"--b", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert broken.status_code in {400, 422}
    assert broken.headers["content-type"] == "application/problem+json"


def test_a_collection_of_another_department_is_a_conflict(client: TestClient) -> None:
    answer = hand_in(client, "a.txt", b"Text", department="Bauamt", collection="Dienstrecht")
    assert (answer.status_code, answer.json()["code"]) == (409, "belegt")


def test_an_upload_cannot_leave_its_place_by_its_name(client: TestClient, settings: Settings) -> None:
    answer = hand_in(client, "../../etc/C:\\boese\\passwd.txt", b"Text")
    assert answer.json()["source"] == "passwd.txt"
    assert sorted(path.name for path in settings.data_dir.iterdir() if path.suffix == ".txt") == []


def test_failed_documents_are_listed_with_the_reason(client: TestClient, settings: Settings) -> None:
    hand_in(client, "kaputt.txt", b"KAPUTT")
    read_in(settings)
    failed = client.get(DOCUMENTS, params={"state": "failed"}).json()
    assert failed["total"] == 1
    revision = failed["documents"][0]["revision"]
    assert (revision["error_code"], revision["error_text"]) == ("beschaedigt", "Die Datei ist beschädigt.")
    assert revision["error_hint"] == "Bitte neu speichern."
    assert failed["documents"][0]["searchable"] is False


def test_documents_are_paged_and_filtered(client: TestClient) -> None:
    first = client.get(DOCUMENTS, params={"limit": 3}).json()
    assert (first["total"], len(first["documents"])) == (4, 3)
    last = client.get(first["next"]).json()
    assert (len(last["documents"]), last["next"]) == (1, None)
    in_office = client.get(DOCUMENTS, params={"department": "buergerbuero"}).json()
    assert {item["source"] for item in in_office["documents"]} == {"ausweis.txt", "hund.txt"}
    assert client.get(DOCUMENTS, params={"collection": "dienstrecht"}).json()["total"] == 2
    assert client.get(DOCUMENTS, params={"state": "kaputt"}).status_code == 422


def test_a_removed_document_is_gone_at_once_everywhere(client: TestClient) -> None:
    identity = id_of(client, "hund.txt")
    passage = client.get("/api/v1/search", params={"q": "Hund"}).json()["passages"][0]["chunk_id"]
    assert client.delete(f"{DOCUMENTS}/{identity}").status_code == 204
    assert "hund.txt" not in found(client, "Hund")
    for address in (f"{DOCUMENTS}/{identity}", f"{DOCUMENTS}/{identity}/file", f"/api/v1/passages/{passage}"):
        assert client.get(address).status_code == 404
    assert client.delete(f"{DOCUMENTS}/{identity}").status_code == 404
    suggested = client.get("/api/v1/suggest", params={"q": "Hundesteuer"}).json()["suggestions"]
    assert suggested == []


HOSTILE = b"<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "media_type", "sent", "kind"),
    [
        ("satzung.pdf", "application/pdf", "application/pdf", "inline"),
        ("notiz.txt", "text/plain", "text/plain; charset=utf-8", "inline"),
        ("mail.eml", "message/rfc822", "text/plain; charset=utf-8", "inline"),
        ("seite.html", "text/html", "application/octet-stream", "attachment"),
        ("bild.svg", "image/svg+xml", "application/octet-stream", "attachment"),
        ("daten.xml", "application/xml", "application/octet-stream", "attachment"),
        ("neu.bin", "application/octet-stream", "application/octet-stream", "attachment"),
        ("mail.msg", "application/vnd.ms-outlook", "application/vnd.ms-outlook", "attachment"),
    ],
)
def test_originals_are_sent_so_that_no_browser_runs_them(
    client: TestClient, settings: Settings, name: str, media_type: str, sent: str, kind: str
) -> None:
    identity = id_of(client, "hund.txt")
    rename(settings, int(identity), name, media_type)
    answer = client.get(f"{DOCUMENTS}/{identity}/file")
    assert answer.headers["content-type"] == sent
    assert answer.headers["content-disposition"].startswith(f'{kind}; filename="{name}"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ("sandbox" in answer.headers["content-security-policy"]) == (sent != "application/pdf")


def rename(settings: Settings, document_id: int, name: str, media_type: str) -> None:
    from catalogue.tables import Document

    opened = open_archive(settings, TOOLS)
    with opened.sessions.begin() as session:
        document = session.get_one(Document, document_id)
        document.source, document.media_type = name, media_type
    opened.close()


def test_a_file_name_is_sent_in_both_spellings_and_cannot_break_the_header(
    client: TestClient, settings: Settings
) -> None:
    identity = id_of(client, "hund.txt")
    rename(settings, int(identity), 'ordner/Gebühr "2025"\r\nX: y.txt', "text/plain")
    answer = client.get(f"{DOCUMENTS}/{identity}/file")
    expected = (
        "inline; filename=\"Gebuhr _2025___X_ y.txt\"; filename*=UTF-8''Geb%C3%BChr%20%222025%22%0D%0AX%3A%20y.txt"
    )
    assert answer.headers["content-disposition"] == expected
    assert "x" not in answer.headers


@pytest.mark.parametrize(
    ("content", "charset"),
    [("Größe".encode("cp1252"), "windows-1252"), ("Größe".encode(), "utf-8"), ("Größe".encode("utf-16"), "utf-16")],
)
def test_old_text_files_keep_their_umlauts_in_the_browser(client: TestClient, content: bytes, charset: str) -> None:
    link = hand_in(client, "alt.csv", content).json()["link"]
    answer = client.get(link)
    # Nobody has read the file yet, so its type is not known yet either.
    assert (answer.content, answer.headers["content-type"]) == (content, "application/octet-stream")
    from app.delivery import safe_type

    path = Path(str(client.app.state.archive.originals.folder))  # type: ignore[attr-defined]
    stored = next(file for file in path.rglob("*") if file.is_file() and file.read_bytes() == content)
    assert safe_type("text/csv", stored) == (f"text/plain; charset={charset}", True)


def test_a_part_of_an_original_can_be_asked_for(client: TestClient) -> None:
    identity = id_of(client, "hund.txt")
    whole = client.get(f"{DOCUMENTS}/{identity}/file")
    part = client.get(f"{DOCUMENTS}/{identity}/file", headers={"Range": "bytes=2-6"})
    assert (part.status_code, part.content) == (206, whole.content[2:7])


def test_an_original_that_is_gone_from_the_disk_says_so(client: TestClient, settings: Settings) -> None:
    shutil.rmtree(settings.originals_dir)
    answer = client.get(f"{DOCUMENTS}/{id_of(client, 'hund.txt')}/file")
    assert answer.status_code == 404
    assert "Originaldatei" in answer.json()["detail"]
