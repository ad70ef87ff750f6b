"""What administration says over the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from catalogue.tables.jobs import JobKind, JobState, JobStep


class JobAnswer(BaseModel):
    """A re-index or a repair."""

    id: str
    kind: JobKind
    collection: str | None = Field(description="Kürzel der Sammlung; leer: der ganze Bestand.")
    state: JobState
    step: JobStep | None = Field(description="`reading` liest Dateien, `building` baut, `checking` prüft.")
    asked_by: str
    read: int = Field(description="So viele Dateien sind neu gelesen.")
    failed: int = Field(description="So viele davon ließen sich nicht lesen.")
    files: int = Field(description="So viele Dateien sind zu lesen.")
    passages: int = Field(description="So viele Passagen sind im neuen Index.")
    generation: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobList(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobAnswer]


class RolledBack(BaseModel):
    """Which generation answers now."""

    generation: str


class GenerationAnswer(BaseModel):
    """One built index."""

    id: str
    state: str
    passages: int
    segments: list[str] = Field(description="Art des Index je Segment.")
    learnt_from: int = Field(description="Aus so vielen Passagen hat das Modell gelernt; 0, wo es ist wie geliefert.")
    size_bytes: int
    live_at: datetime | None


class HandbookAnswer(BaseModel):
    """A collection with the states of its documents."""

    slug: str
    name: str
    department_name: str
    states: dict[str, int]


class FailureAnswer(BaseModel):
    """A document that could not be read."""

    document_id: str
    source: str
    collection: str
    text: str
    hint: str


class Overview(BaseModel):
    """Everything an administrator looks at."""

    handbooks: list[HandbookAnswer]
    failures: list[FailureAnswer]
    failed: int
    generations: list[GenerationAnswer]
    waiting: int = Field(description="So viele Dateien warten oder werden gelesen.")
    hidden: int = Field(description="So viele gelesene Dateien sind noch in keinem Index.")
    job: JobAnswer | None = Field(description="Der Neuaufbau, der wartet oder läuft.")
    last_repair: JobAnswer | None
