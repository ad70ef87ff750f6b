"""Documents: handing in, looking up, getting back, removing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse

from app.delivery import original
from app.deps import CurrentArchive, CurrentIndex, CurrentReader, CurrentSessions, RowId
from app.present import API, document_answer, document_list, similar_answer
from app.schemas import DocumentAnswer, DocumentList, DocumentParameters, Name, SimilarAnswer
from app.uploads import take_upload
from catalogue.lookup import get_document
from indexes.similar import similar_documents
from ingest.intake import delete_document

router = APIRouter(tags=["Dokumente"])


@router.post("/documents", status_code=202, summary="Ein Dokument einreichen")
def upload(
    opened: CurrentArchive,
    reader: CurrentReader,
    response: Response,
    file: Annotated[UploadFile, File(description="Die Datei mit ihrem Namen.")],
    department: Annotated[Name, Form(description="Kürzel oder Name der Abteilung; eine neue wird angelegt.")],
    collection: Annotated[Name, Form(description="Kürzel oder Name der Sammlung; eine neue wird angelegt.")],
) -> DocumentAnswer:
    """Nimmt die Datei an; gelesen wird sie gleich danach (`revision.state`). Unverändertes antwortet mit 200."""
    accepted = take_upload(opened, file, department, collection)
    response.status_code = 202 if accepted.revision_id else 200
    response.headers["Location"] = f"{API}/documents/{accepted.document_id}"
    with opened.sessions() as session:
        return document_answer(get_document(session, reader, accepted.document_id or 0))


@router.get("/documents", summary="Dokumente auflisten")
def documents(
    asked: Annotated[DocumentParameters, Query()], sessions: CurrentSessions, reader: CurrentReader
) -> DocumentList:
    """Die neuesten zuerst; was nicht gelesen werden konnte, nennt den Grund."""
    with sessions() as session:
        return document_list(session, asked, reader)


@router.get("/documents/{document_id}", summary="Ein Dokument")
def document(document_id: RowId, sessions: CurrentSessions, reader: CurrentReader) -> DocumentAnswer:
    """Das Dokument mit dem Stand seiner neuesten Fassung."""
    with sessions() as session:
        return document_answer(get_document(session, reader, document_id))


@router.get("/documents/{document_id}/file", summary="Das Original", response_class=FileResponse)
def document_file(document_id: RowId, opened: CurrentArchive, reader: CurrentReader) -> FileResponse:
    """Die Datei, wie sie eingereicht wurde; nur PDF und reiner Text öffnen sich im Browser."""
    return original(opened, reader, document_id)


@router.get("/documents/{document_id}/similar", summary="Ähnliche Dokumente")
def similar(
    document_id: RowId,
    index: CurrentIndex,
    sessions: CurrentSessions,
    reader: CurrentReader,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> SimilarAnswer:
    """Dokumente, die von demselben handeln, das nächste zuerst; weitere Fassungen sind nicht dabei."""
    with sessions() as session:
        return similar_answer(similar_documents(session, index.searcher, reader, document_id, limit))


@router.delete("/documents/{document_id}", status_code=204, summary="Ein Dokument entfernen")
def remove(document_id: RowId, sessions: CurrentSessions, reader: CurrentReader) -> None:
    """Entfernt das Dokument aus der Suche, ab sofort."""
    delete_document(sessions, reader, document_id)
