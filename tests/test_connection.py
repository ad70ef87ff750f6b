from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from catalogue.connection import Sessions, alembic_config, connect, is_current, migrate, newest_migration
from catalogue.errors import BadSetting
from catalogue.tables import Department, Row, Tenant


def test_migrations_lead_to_exactly_the_tables_of_the_code(sessions: Sessions) -> None:
    with sessions() as session:
        assert compare_metadata(MigrationContext.configure(session.connection()), Row.metadata) == []


def test_one_municipality_exists_from_the_start(sessions: Sessions) -> None:
    with sessions() as session:
        assert [tenant.slug for tenant in session.scalars(select(Tenant))] == ["stadt"]


def test_migrating_again_changes_nothing(database_url: str, sessions: Sessions) -> None:
    migrate(database_url)
    assert is_current(sessions)


def test_the_newest_migration_is_told_by_its_number() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [newest_migration()]


def test_an_older_database_is_not_current(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert not is_current(sessions)


def test_errors_name_no_texts(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(DBAPIError) as raised:
        session.execute(text("SELECT nichts FROM nirgends WHERE titel = :titel"), {"titel": "Geheimer Titel"})
    assert "Geheimer Titel" not in str(raised.value)


def test_an_empty_database_is_not_current(tmp_path) -> None:
    (tmp_path / "leer.db").touch()
    assert not is_current(connect(f"sqlite:///{tmp_path / 'leer.db'}"))


def test_a_failed_write_leaves_nothing_behind(sessions: Sessions) -> None:
    def found_and_fail() -> None:
        with sessions.begin() as session:
            session.add(Department(tenant_id=1, slug="bauamt", name="Bauamt"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        found_and_fail()
    with sessions() as session:
        assert session.scalars(select(Department)).all() == []


def test_writers_take_turns_and_none_is_refused(sessions: Sessions) -> None:
    failures: list[Exception] = []

    def found(name: str) -> None:
        try:
            for number in range(5):
                with sessions.begin() as session:
                    session.scalars(select(Department)).all()
                    session.add(Department(tenant_id=1, slug=f"{name}-{number}", name=name))
        except Exception as error:  # noqa: BLE001 - whatever a thread meets is what this test is about
            failures.append(error)

    threads = [threading.Thread(target=found, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with sessions() as session:
        assert len(session.scalars(select(Department)).all()) == 20


def test_an_unusable_address_names_the_setting() -> None:
    with pytest.raises(BadSetting, match="STADTWISSEN_DATABASE_URL"):
        connect("keine Adresse")


def test_sqlite_runs_in_wal_mode_with_foreign_keys(sqlite_url: str) -> None:
    with connect(sqlite_url)() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
