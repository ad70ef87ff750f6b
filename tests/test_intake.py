from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import select

from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.errors import BadInput, DiskFull, NotFound
from catalogue.places import ensure_collection
from catalogue.tables import Document, Revision
from catalogue.tables.documents import RevisionState
from ingest.folder import BATCH, accept_paths
from ingest.intake import accept_upload, delete_document
from ingest.originals import Originals, Stored
from ingest.retry import retry_failed


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    return Originals(tmp_path / "originals", limit_bytes=1000)


@pytest.fixture
def collection_id(sessions: Sessions) -> int:
    with sessions.begin() as session:
        return ensure_collection(session, 1, "Bauamt", "Handbuch").id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "akten"
    (folder / "unten").mkdir(parents=True)
    (folder / "a.txt").write_text("eins")
    (folder / "unten" / "b.txt").write_text("zwei")
    return folder


@pytest.fixture
def add(sessions: Sessions, originals: Originals, collection_id: int, folder: Path):
    def add(**options: bool) -> dict[str, str]:
        accepted = accept_paths(sessions, originals, collection_id, [folder], **options)
        return {item.source: item.outcome for item in accepted}

    return add


def set_state(sessions: Sessions, state: RevisionState) -> None:
    with sessions.begin() as session:
        for revision in session.scalars(select(Revision)):
            revision.state = state


def test_sources_are_relative_to_the_folder(add) -> None:
    assert add() == {"a.txt": "new", "unten/b.txt": "new"}


def test_unchanged_files_get_no_new_revision(add, sessions: Sessions) -> None:
    add()
    assert set(add().values()) == {"unchanged"}
    assert set(add(verify=True).values()) == {"unchanged"}
    with sessions() as session:
        assert len(session.scalars(select(Revision)).all()) == 2


def test_changed_bytes_become_the_next_revision_of_the_same_document(add, folder: Path, sessions: Sessions) -> None:
    add()
    (folder / "a.txt").write_text("eins, neu")
    assert add() == {"a.txt": "changed", "unten/b.txt": "unchanged"}
    with sessions() as session:
        document = session.scalars(select(Document).where(Document.source == "a.txt")).one()
        numbers = session.scalars(select(Revision.number).where(Revision.document_id == document.id)).all()
        assert sorted(numbers) == [1, 2]


def test_same_size_and_time_are_trusted_unless_verify_looks_at_the_bytes(add, folder: Path) -> None:
    add()
    before = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("EINS")
    os.utime(folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert add()["a.txt"] == "unchanged"
    assert add(verify=True)["a.txt"] == "changed"


def test_a_vanished_file_is_removed_and_comes_back_as_the_same_document(add, folder: Path, sessions: Sessions) -> None:
    add()
    set_state(sessions, "ready")
    (folder / "a.txt").rename(folder.parent / "a.txt")
    assert add() == {"unten/b.txt": "unchanged", "a.txt": "removed"}
    (folder.parent / "a.txt").rename(folder / "a.txt")
    assert add() == {"a.txt": "restored", "unten/b.txt": "unchanged"}
    with sessions() as session:
        assert len(session.scalars(select(Document)).all()) == 2
        rows = session.execute(select(Document.source, Revision.state).join_from(Document, Revision))
        states = {row.source: row.state for row in rows}
    assert states == {"a.txt": "pending", "unten/b.txt": "ready"}


def test_a_failed_file_is_tried_again_when_it_is_added_again(add, sessions: Sessions) -> None:
    add()
    set_state(sessions, "failed")
    assert set(add().values()) == {"retried"}


def test_an_empty_folder_removes_nothing(add, folder: Path, sessions: Sessions) -> None:
    add()
    (folder / "a.txt").unlink()
    (folder / "unten" / "b.txt").unlink()
    with pytest.raises(BadInput, match="nichts entfernt"):
        add()
    with sessions() as session:
        assert len(session.scalars(select(Document).where(Document.deleted_at.is_(None))).all()) == 2


def test_hidden_files_and_locks_of_office_are_passed_over(add, folder: Path) -> None:
    for name in (".versteckt.txt", "~$a.docx", "Thumbs.db"):
        (folder / name).write_text("x")
    assert set(add()) == {"a.txt", "unten/b.txt"}


def test_one_file_that_is_too_large_does_not_stop_the_others(add, folder: Path) -> None:
    (folder / "a.txt").write_text("x" * 1001)
    assert add() == {"a.txt": "refused", "unten/b.txt": "new"}


def test_a_path_that_does_not_exist_is_named(sessions: Sessions, originals: Originals, collection_id: int) -> None:
    with pytest.raises(BadInput, match="fehlt"):
        list(accept_paths(sessions, originals, collection_id, [Path("fehlt")]))


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\Akten\\passwd", "passwd"])
def test_an_upload_keeps_only_the_last_part_of_its_name(
    sessions: Sessions, originals: Originals, collection_id: int, name: str
) -> None:
    assert accept_upload(sessions, originals, collection_id, name, io.BytesIO(b"x")).source == "passwd"


@pytest.mark.parametrize("name", ["", "..", "/", "\x00"])
def test_an_upload_without_a_name_is_refused(
    sessions: Sessions, originals: Originals, collection_id: int, name: str
) -> None:
    with pytest.raises(BadInput):
        accept_upload(sessions, originals, collection_id, name, io.BytesIO(b"x"))


def test_nobody_deletes_what_they_may_not_see(sessions: Sessions, originals: Originals, collection_id: int) -> None:
    accepted = accept_upload(sessions, originals, collection_id, "a.txt", io.BytesIO(b"x"))
    assert accepted.document_id is not None
    with pytest.raises(NotFound):
        delete_document(sessions, Reader(1, frozenset()), accepted.document_id)
    delete_document(sessions, Reader(1), accepted.document_id)
    with pytest.raises(NotFound):
        delete_document(sessions, Reader(1), accepted.document_id)


def test_touching_a_file_does_not_make_its_content_newer(add, folder: Path, sessions: Sessions) -> None:
    def modified() -> datetime:
        with sessions() as session:
            return session.scalars(select(Document.modified_at).where(Document.source == "a.txt")).one()

    add()
    before = modified()
    os.utime(folder / "a.txt", (2_000_000_000, 2_000_000_000))
    assert add()["a.txt"] == "unchanged"
    assert modified() == before
    (folder / "a.txt").write_text("anders")
    os.utime(folder / "a.txt", (2_000_000_000, 2_000_000_000))
    add()
    assert modified() == datetime.fromtimestamp(2_000_000_000, UTC)


def test_names_that_are_no_text_are_read_as_windows_wrote_them(add, folder: Path) -> None:
    (folder / "a.txt").rename(folder / os.fsdecode(b"gr\xf6\xdfe.txt"))
    assert add() == {"größe.txt": "new", "unten/b.txt": "new"}
    assert set(add().values()) == {"unchanged"}


def test_what_lies_in_a_folder_that_cannot_be_opened_is_told_and_not_removed(
    add, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add()
    (folder / "a.txt").unlink()
    (folder / "c.txt").write_text("drei")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("unten"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert add() == {"a.txt": "removed", "c.txt": "new", "unten": "refused"}


def test_a_closed_folder_says_so_in_german(
    sessions: Sessions, originals: Originals, collection_id: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scandir(path: str) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(BadInput, match="lässt sich nicht öffnen: keine Berechtigung. Bitte Zugriffsrechte prüfen"):
        list(accept_paths(sessions, originals, collection_id, [folder]))


def test_a_file_that_is_not_handed_out_says_why_in_german(add, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def closed(path: Path, mode: str = "r") -> object:
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode)

    monkeypatch.setattr(Path, "open", closed)
    assert add() == {"a.txt": "refused", "unten/b.txt": "new"}


def test_a_full_disk_ends_the_run_instead_of_blaming_the_file(
    sessions: Sessions, originals: Originals, collection_id: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="auf dem Datenträger ist kein Platz mehr. Bitte Platz schaffen"):
        list(accept_paths(sessions, originals, collection_id, [folder]))
    assert [path for path in originals.folder.rglob("*") if path.is_file()] == []


def test_what_failed_waits_again_after_retry(add, sessions: Sessions) -> None:
    add()
    with sessions.begin() as session:
        first, second = session.scalars(select(Revision).order_by(Revision.id))
        first.state, first.error_code, first.attempts = "failed", "zeitlimit", 3
        second.state, second.error_code = "failed", "beschaedigt"
    assert [item.source for item in retry_failed(sessions, 1, "zeitlimit")] == ["a.txt"]
    with sessions() as session:
        rows = session.execute(select(Revision.state, Revision.attempts).order_by(Revision.id)).all()
    assert [tuple(row) for row in rows] == [("pending", 0), ("failed", 0)]
    assert [item.outcome for item in retry_failed(sessions, 1)] == ["retried"]


def test_what_came_before_the_disk_was_full_is_taken(
    sessions: Sessions, originals: Originals, collection_id: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = originals.put

    def full_at_the_second(stream: BinaryIO) -> Stored:
        if b"zwei" in stream.read():
            raise DiskFull("kein Platz", "Bitte Platz schaffen.")
        stream.seek(0)
        return keep(stream)

    monkeypatch.setattr(originals, "put", full_at_the_second)
    with pytest.raises(DiskFull):
        list(accept_paths(sessions, originals, collection_id, [folder]))
    with sessions() as session:
        assert session.scalars(select(Document.source)).all() == ["a.txt"]


def test_more_files_than_are_written_down_at_once_wait_in_their_order(
    sessions: Sessions, originals: Originals, collection_id: int, folder: Path
) -> None:
    names = [f"{number:03d}.txt" for number in range(2 * BATCH + 3)]
    for name in names:
        (folder / name).write_text(name)
    taken = list(accept_paths(sessions, originals, collection_id, [folder]))
    assert [item.source for item in taken] == [*names, "a.txt", "unten/b.txt"]
    with sessions() as session:
        waiting = session.scalars(select(Document.source).join(Revision).order_by(Revision.id)).all()
    assert waiting == [item.source for item in taken]


def test_two_files_whose_names_read_the_same_are_two_states_of_one_document(
    add, folder: Path, sessions: Sessions
) -> None:
    (folder / "a.txt").rename(folder / "\udc81.txt")
    (folder / "\ufffd.txt").write_text("drei")
    add()
    with sessions() as session:
        numbers = session.scalars(select(Revision.number).join(Document).where(Document.source == "\ufffd.txt")).all()
    assert sorted(numbers) == [1, 2]
