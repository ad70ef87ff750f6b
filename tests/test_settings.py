from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import PREFIX, Settings, read_settings
from catalogue.errors import BadSetting

README = Path(__file__).parent.parent / "README.md"


def settings_table() -> str:
    """The table that README has to hold."""
    lines = ["| Variable | Vorgabe | Bedeutung |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        shown = f"`{default}`" if default else "–"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)


def test_readme_explains_every_setting_as_the_code_does() -> None:
    found = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert found.group(1).strip() == settings_table()


def test_the_defaults_need_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STADTWISSEN_DATA_DIR", raising=False)
    settings = read_settings()
    assert settings.is_embedded
    assert settings.database == f"sqlite:///{Path('var').resolve()}/stadtwissen.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_the_environment_is_heard_and_empty_variables_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STADTWISSEN_DATA_DIR", "/srv/stadtwissen")
    monkeypatch.setenv("STADTWISSEN_UPLOAD_LIMIT_MB", "7")
    monkeypatch.setenv("STADTWISSEN_WORKER_INSIDE", "false")
    monkeypatch.setenv("STADTWISSEN_PORT", "")
    settings = read_settings()
    assert settings.originals_dir == Path("/srv/stadtwissen/originals")
    assert settings.indexes_dir == Path("/srv/stadtwissen/indexes")
    assert settings.upload_limit_bytes == 7 * 1024 * 1024
    assert (settings.worker_inside, settings.port) == (False, 8000)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_with_the_driver_that_is_installed(scheme: str) -> None:
    settings = Settings(database_url=f"{scheme}://name:kennwort@rechner/stadtwissen")
    assert settings.database == "postgresql+psycopg://name:kennwort@rechner/stadtwissen"
    assert not settings.is_embedded


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "hoch"), ("PORT", "70000"), ("UPLOAD_LIMIT_MB", "0"), ("LOG_LEVEL", "laut")]
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(BadSetting, match=PREFIX + name):
        read_settings()
