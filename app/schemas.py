"""What goes over the wire. Within /api/v1 fields are only ever added, never renamed or removed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from catalogue.tables.documents import RevisionState

EARLIEST_YEAR, LATEST_YEAR = 1971, 9000
# Everything that is neither text nor a line break: control characters, and halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(value: Any) -> Any:
    """Make typed text safe to store, to show and to send: what can't be printed becomes a blank."""
    return _UNPRINTABLE.sub(" ", value).strip() if isinstance(value, str) else value


def filled(value: Any) -> Any:
    """Take an empty parameter (`?since=`), as forms send it, for one that was left out."""
    if isinstance(value, list):
        return [item for item in map(printable, value) if item]
    return printable(value) or None


def zoned(moment: datetime | None) -> datetime | None:
    """A date without a time zone means the start of that day where this service stands."""
    if moment is not None and not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError("out of range")
    return moment.astimezone() if moment else None


AsOf = Annotated[
    datetime | None,
    Field(
        description="Nur solange die Datenbank nicht antwortet: von wann der Stand ist, aus dem geantwortet wird. "
        "Was bis dahin nicht gelesen war, fehlt."
    ),
]

# Validators run from right to left: first what was typed is made printable, then it is measured.
Question = Annotated[str, StringConstraints(min_length=2, max_length=1000), BeforeValidator(printable)]
Prefix = Annotated[str, StringConstraints(min_length=1, max_length=200), BeforeValidator(printable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), BeforeValidator(printable)]
Choice = Annotated[str | None, BeforeValidator(filled)]
Choices = Annotated[list[Annotated[str, StringConstraints(max_length=200)]], BeforeValidator(filled)]
Moment = Annotated[datetime | None, AfterValidator(zoned), BeforeValidator(filled)]


class SearchParameters(BaseModel):
    """What a search is asked with."""

    model_config = ConfigDict(frozen=True)

    q: Question = Field(
        description="Die Frage, in ganzen Sätzen oder Stichworten.", examples=["Wann verfällt Resturlaub?"]
    )
    limit: int = Field(10, ge=1, le=50, description="So viele Passagen höchstens.")
    offset: int = Field(0, ge=0, le=1000, description="So viele Passagen überspringen.")
    department: Choices = Field([], description="Nur diese Abteilungen (Kürzel, wiederholbar).", max_length=50)
    collection: Choices = Field([], description="Nur diese Sammlungen (Kürzel, wiederholbar).", max_length=50)
    media_type: Choices = Field(
        [], description="Nur diese Dateitypen, etwa `application/pdf` oder `pdf`.", max_length=50
    )
    since: Moment = Field(None, description="Nur Dokumente, die seitdem geändert wurden (`2025-01-31`).")
    until: Moment = Field(None, description="Nur Dokumente, die davor geändert wurden (`2026-01-01`).")
    sort: Annotated[Literal["relevance", "date"], BeforeValidator(lambda value: filled(value) or "relevance")] = Field(
        "relevance", description="`date` zeigt die 50 passendsten Passagen, die aus den neuesten Dokumenten zuerst."
    )
    facets: bool = Field(False, description="Auch zählen, womit sich die Suche eingrenzen lässt.")
    per_document: int = Field(2, ge=1, le=50, description="So viele Passagen höchstens aus einem Dokument.")


class AnswerParameters(BaseModel):
    """What is asked, and where an answer is looked for."""

    model_config = ConfigDict(frozen=True)

    q: Question = Field(
        description="Die Frage, am besten in einem ganzen Satz.", examples=["Wann verfällt Resturlaub?"]
    )
    department: Choices = Field([], description="Nur diese Abteilungen (Kürzel, wiederholbar).", max_length=50)
    collection: Choices = Field([], description="Nur diese Sammlungen (Kürzel, wiederholbar).", max_length=50)
    media_type: Choices = Field([], description="Nur diese Dateitypen, etwa `pdf`.", max_length=50)
    since: Moment = Field(None, description="Nur Dokumente, die seitdem geändert wurden (`2025-01-31`).")
    until: Moment = Field(None, description="Nur Dokumente, die davor geändert wurden (`2026-01-01`).")


class DocumentParameters(BaseModel):
    """Which documents to list."""

    model_config = ConfigDict(frozen=True)

    limit: int = Field(50, ge=1, le=200, description="So viele Dokumente höchstens.")
    offset: int = Field(0, ge=0, le=10_000_000, description="So viele Dokumente überspringen.")
    state: Annotated[RevisionState | None, BeforeValidator(filled)] = Field(
        None, description="Nur Dokumente, deren neueste Fassung so weit ist; `failed` nennt die Gründe."
    )
    department: Choice = Field(None, description="Nur diese Abteilung (Kürzel).")
    collection: Choice = Field(None, description="Nur diese Sammlung (Kürzel).")


REASONS = {
    "falsche-stelle": "Das ist nicht, was ich gesucht habe",
    "veraltet": "Der Stand ist veraltet",
    "unvollstaendig": "Es fehlt etwas",
    "unverstaendlich": "Ich verstehe es nicht",
    "nicht-zu-oeffnen": "Das Dokument lässt sich nicht öffnen",
}
Reason = Literal["falsche-stelle", "veraltet", "unvollstaendig", "unverstaendlich", "nicht-zu-oeffnen"]
Comment = Annotated[str | None, StringConstraints(max_length=2000), BeforeValidator(filled)]


class FeedbackInput(BaseModel):
    """What somebody thinks of a passage."""

    model_config = ConfigDict(frozen=True)

    chunk_id: str = Field(max_length=40, description="Kennung der Passage.")
    question: Question = Field(description="Die Frage, zu der sie gefunden wurde.")
    helpful: bool = Field(description="Ob sie geholfen hat.")
    reason: Annotated[Reason | None, BeforeValidator(filled)] = Field(None, description="Falls nicht: warum.")
    comment: Comment = Field(None, description="Anmerkung, ohne Namen.")


class BarrierInput(BaseModel):
    """What somebody could not use."""

    model_config = ConfigDict(frozen=True)

    comment: Annotated[str, StringConstraints(min_length=2, max_length=2000), BeforeValidator(printable)]


class FrameParameters(BaseModel):
    """How the widget in a frame is set."""

    model_config = ConfigDict(frozen=True)

    department: Choice = None
    collection: Choice = None
    placeholder: Choice = None
    label: Choice = None
    language: Choice = None
    theme: Choice = None
    recent: Choice = None


class Wire(BaseModel):
    """The parent of everything that is sent."""

    model_config = ConfigDict(frozen=True)


class PassageDocument(Wire):
    """The document a passage stands in. `department` and `collection` are slugs, to filter by."""

    id: str
    title: str
    source: str
    department: str
    collection: str
    media_type: str
    modified_at: datetime
    department_name: str
    collection_name: str


class OtherVersion(Wire):
    """Another document with nearly the same text: the same in another format, or an older state."""

    document_id: str
    title: str
    source: str
    media_type: str
    modified_at: datetime
    link: str


class FoundPassage(Wire):
    """One passage. `highlights` count Unicode code points of `text`, end exclusive."""

    chunk_id: str
    text: str
    highlights: list[tuple[int, int]]
    score: float
    headings: list[str]
    citation: str | None
    page: int | None
    page_last: int | None
    sheet: str | None
    warnings: list[str]
    link: str = Field(description="Öffnet das Original auf der Seite.")
    document: PassageDocument
    versions: list[OtherVersion] = Field(description="Weitere Fassungen des Dokuments, die neueste zuerst.")


class FacetAnswer(Wire):
    """A way to narrow the search: `value` goes into the parameter called `kind` (a year into `since` and `until`)."""

    kind: Literal["department", "collection", "media_type", "year"]
    value: str
    name: str
    documents: int


class SearchAnswer(Wire):
    """The answer to a search. `next` is the address of the next page of results."""

    query: str
    generation: str
    took_ms: float
    passages: list[FoundPassage]
    next: str | None
    did_you_mean: str | None = Field(None, description="Wie die Frage wohl gemeint war, wenn sie Tippfehler enthält.")
    facets: list[FacetAnswer] | None = Field(
        None, description="Nur auf Wunsch: die Dokumente der besten 200 Passagen, gezählt; es können mehr passen."
    )
    only_similar: bool = Field(
        False,
        description="Kein Wort der Frage, das etwas sagt, steht in den Dokumenten, und nichts bedeutet dasselbe: "
        "Wohl nichts gefunden, die Passagen sind nur die ähnlichsten.",
    )
    as_of: AsOf = None


class AnswerSentence(Wire):
    """A sentence of an answer with the place it is taken from; `start` and `end` count code points of that passage."""

    text: str
    chunk_id: str
    start: int
    end: int
    headings: list[str]
    citation: str | None
    page: int | None
    sheet: str | None
    link: str = Field(description="Öffnet das Original auf der Seite.")
    document: PassageDocument


class Answer(Wire):
    """What the documents say to a question. `none` means that nothing in them can be relied on for it."""

    query: str
    generation: str
    took_ms: float
    kind: Literal["quoted", "written", "none"] = Field(description="Zitiert, vom Sprachmodell formuliert, oder keine.")
    text: str
    sentences: list[AnswerSentence]
    did_you_mean: str | None = None
    as_of: AsOf = None


class NeighbouringPassage(Wire):
    """A passage before or after the one that was asked for."""

    chunk_id: str
    text: str
    headings: list[str]
    citation: str | None
    page: int | None
    page_last: int | None
    sheet: str | None


class PassageAnswer(NeighbouringPassage):
    """A passage with its neighbours, in reading order."""

    warnings: list[str]
    link: str
    document: PassageDocument
    before: list[NeighbouringPassage]
    after: list[NeighbouringPassage]


class RevisionAnswer(Wire):
    """The newest state of a document's content; `error` says why it could not be read."""

    number: int
    state: RevisionState
    sha256: str
    size_bytes: int
    pages: int | None
    language: str | None = Field(description="Sprache des Textes (`de`, `en`, `fr`), soweit zu erkennen.")
    author_department: str | None = Field(description="Das Amt, das sich im Dokument selbst nennt.")
    warnings: list[str]
    error_code: str | None
    error_text: str | None
    error_hint: str | None
    created_at: datetime
    finished_at: datetime | None


class DocumentAnswer(PassageDocument):
    """A document; `searchable` tells whether any state of it can be found."""

    size_bytes: int
    created_at: datetime
    parent_id: str | None
    searchable: bool
    link: str
    revision: RevisionAnswer


class DocumentList(Wire):
    """One page of documents, the latest first."""

    total: int
    documents: list[DocumentAnswer]
    next: str | None


class SimilarAnswer(Wire):
    """Documents that are about the same as another one, the nearest first."""

    documents: list[DocumentAnswer]


class DepartmentAnswer(Wire):
    """A department."""

    slug: str
    name: str


class DepartmentList(Wire):
    """Every department the reader may see."""

    departments: list[DepartmentAnswer]


class CollectionAnswer(Wire):
    """A collection and the department it belongs to."""

    slug: str
    name: str
    department: str
    department_name: str


class CollectionList(Wire):
    """Every collection the reader may see."""

    collections: list[CollectionAnswer]


class Suggestion(Wire):
    """Something that begins like what was typed."""

    text: str
    kind: Literal["title", "heading", "term"]


class SuggestAnswer(Wire):
    """What can be typed on, the titles first."""

    query: str
    suggestions: list[Suggestion]


class GlossaryEntryAnswer(Wire):
    """A short form and what it stands for; `document_id` is the document it was read in, if nobody entered it."""

    short: str
    long: str
    document_id: str | None


class GlossaryAnswer(Wire):
    """What people here call things."""

    entries: list[GlossaryEntryAnswer]


class GlossaryInput(BaseModel):
    """The entries that are kept by hand, all of them."""

    model_config = ConfigDict(frozen=True)

    entries: list[tuple[Name, Name]] = Field(
        description="Paare aus Kurzform und Langform.", examples=[[["BüBü", "Bürgerbüro"]]], max_length=20_000
    )


class Health(Wire):
    """Whether the service is up, or why not."""

    status: Literal["ok", "nicht-bereit"]
    detail: str
    generation: str | None = None


class Problem(Wire):
    """An error as RFC 9457 writes it; `hint` says what to do, `errors` which parameters are wrong."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    errors: list[dict[str, str]] = []
