"""Every setting, read from the environment once and handed on as a value."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from catalogue.errors import BadSetting

PREFIX = "STADTWISSEN_"
# Scheme, host and port, as browsers send them; several with commas between them.
ORIGINS = r"^(\s*https?://[a-z0-9.-]+(:\d{1,5})?\s*(,|$))*$"
LogLevel = Literal["debug", "info", "warning", "error"]


class Settings(BaseSettings):
    """The descriptions are what README's table says; a test compares the two."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        Path("var"),
        description="Datenverzeichnis: Originale, Index und die eingebaute Datenbank. Gehört in die Sicherung.",
    )
    database_url: str = Field(
        "",
        description="Adresse der Datenbank, etwa `postgresql://name:kennwort@rechner/stadtwissen`. "
        "Leer: SQLite im Datenverzeichnis.",
    )
    tenant: str = Field("stadt", description="Kürzel der Kommune, deren Dokumente dieser Dienst kennt.")
    model: str = Field(
        "schnell",
        description="Sprachmodell: `schnell` oder `gut` (mitgeliefert), ein Ordner oder ein Name auf einem Hub.",
    )
    host: str = Field(
        "127.0.0.1", description="Adresse, auf der der Dienst hört; `0.0.0.0` öffnet ihn für das Hausnetz."
    )
    port: int = Field(8000, ge=1, le=65535, description="Port, auf dem der Dienst hört.")
    worker_inside: bool = Field(
        True,
        description="`serve` liest Hochgeladenes selbst ein. Bei `false` muss `stadtwissen work` daneben laufen.",
    )
    workers: int = Field(
        1, ge=1, le=64, description="So viele Prozesse beantworten Anfragen; je Kern einer, wenn viele zugleich suchen."
    )
    cached_answers: int = Field(
        1000,
        ge=0,
        description="So viele Antworten merkt sich jeder Prozess, bis sich am Bestand etwas ändert.",
    )
    admin_token: str = Field(
        "",
        description="Kennwort für `/verwaltung` und `/api/v1/admin`, ab 16 Zeichen. Leer: beides ist aus.",
    )
    golden_questions: str = Field(
        "",
        description="Datei mit Prüffragen (wie bei `stadtwissen eval`), die ein neu gebauter Index bestehen muss.",
    )
    golden_margin: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Um diesen Anteil darf ein neuer Index weniger Prüffragen beantworten als der alte.",
    )
    upload_limit_mb: int = Field(100, ge=1, description="Größte Datei, die angenommen wird, in MB.")
    adapt_model: bool = Field(
        True, description="Das Modell „schnell“ lernt beim Neuaufbau des Index aus den Passagen des Hauses dazu."
    )
    parse_workers: int = Field(
        2, ge=1, le=64, description="So viele Prozesse lesen Dateien und bereiten große Indizes vor."
    )
    cors_origins: str = Field(
        "",
        pattern=ORIGINS,
        description="Herkünfte der Intranet-Seiten, auf denen das Such-Widget laufen darf, mit Komma getrennt, etwa "
        "`https://intranet.stadt.example`. `*` gibt es nicht: jede fremde Seite könnte dann mitlesen.",
    )
    contact: str = Field(
        "", max_length=200, description="An wen man sich wendet, etwa eine E-Mail-Adresse; steht auf den Pflichtseiten."
    )
    llm_url: str = Field(
        "",
        description="Sprachmodell, das Antworten ausformuliert: Adresse eines Dienstes mit `/v1/chat/completions`. "
        "Leer: Antworten sind Zitate, und nichts wird angefragt.",
    )
    llm_model: str = Field("", description="Name des Modells bei diesem Dienst, falls er mehrere hat.")
    llm_key: str = Field("", description="Schlüssel für diesen Dienst, falls er einen verlangt.", repr=False)
    llm_timeout_s: float = Field(
        20.0, gt=0, le=300, description="So viele Sekunden darf das Formulieren dauern; danach antworten Zitate."
    )
    log_level: LogLevel = Field("info", description="Was ins Protokoll kommt: `debug`, `info`, `warning` oder `error`.")

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the SQLite file that comes with the program."""
        return self.database.startswith("sqlite")

    @property
    def database(self) -> str:
        """The database's address with the driver that is installed."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.resolve() / 'stadtwissen.db'}"
        scheme, separator, rest = self.database_url.partition("://")
        return (
            f"postgresql+psycopg://{rest}" if separator and scheme in {"postgres", "postgresql"} else self.database_url
        )

    @property
    def originals_dir(self) -> Path:
        """Where the bytes lie as they were handed in."""
        return self.data_dir / "originals"

    @property
    def indexes_dir(self) -> Path:
        """Where the generations lie."""
        return self.data_dir / "indexes"

    @property
    def origins(self) -> list[str]:
        """The origins of pages that may use the interface from a browser."""
        return [origin for origin in (item.strip() for item in self.cors_origins.split(",")) if origin]

    @property
    def recognised_dir(self) -> Path:
        """Where the text of scanned pages is kept under the hash of their picture; it may be deleted at any time."""
        return self.data_dir / "ocr"

    @property
    def upload_limit_bytes(self) -> int:
        """The largest file that is taken."""
        return self.upload_limit_mb << 20


def read_settings() -> Settings:
    """Read the environment.

    Raises: BadSetting; the text names the first variable that must be changed.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise BadSetting(
            f"{name} hat einen Wert, mit dem das Programm nicht arbeiten kann: {first['input']!r}.",
            "Erlaubte Werte stehen in der Tabelle der Einstellungen (README).",
        ) from error
