"""Administration for programs: building an index anew, following it, giving it up, going back."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from app.administration import go_back, job_answer, jobs_answer, overview, start_reindex
from app.deps import CurrentArchive, RowId
from app.keys import bearer
from app.present import API
from app.schemas_admin import JobAnswer, JobList, Overview, RolledBack
from ingest.reindex import cancel

ADMIN = f"{API}/admin"

router = APIRouter(prefix="/admin", tags=["Verwaltung"], dependencies=[Depends(bearer)])


@router.post("/collections/{slug}/reindex", status_code=202, summary="Ein Handbuch neu einlesen")
def reindex_collection(slug: str, opened: CurrentArchive, response: Response) -> JobAnswer:
    """Liest alle Dokumente der Sammlung neu und baut daneben einen Index, der erst nach Prüfung antwortet."""
    job = start_reindex(opened, slug, "Schnittstelle")
    response.headers["Location"] = f"{ADMIN}/jobs/{job.id}"
    return job


@router.post("/reindex", status_code=202, summary="Den Index ganz neu bauen")
def reindex_everything(opened: CurrentArchive, response: Response) -> JobAnswer:
    """Baut aus dem Katalog einen neuen Index neben dem, der antwortet."""
    job = start_reindex(opened, None, "Schnittstelle")
    response.headers["Location"] = f"{ADMIN}/jobs/{job.id}"
    return job


@router.get("/jobs", summary="Vorgänge")
def jobs(opened: CurrentArchive) -> JobList:
    """Die letzten Vorgänge, der neueste zuerst."""
    return jobs_answer(opened)


@router.get("/jobs/{job_id}", summary="Stand eines Vorgangs")
def job(job_id: RowId, opened: CurrentArchive) -> JobAnswer:
    """Wie weit der Vorgang ist; `state` ist am Ende `done`, `failed` oder `cancelled`."""
    return job_answer(opened, job_id)


@router.post("/jobs/{job_id}/cancel", summary="Einen Vorgang abbrechen")
def cancel_job(job_id: RowId, opened: CurrentArchive) -> JobAnswer:
    """Verwirft, was schon neu gelesen ist; was antwortet, bleibt."""
    cancel(opened.sessions, opened.tenant_id, job_id)
    return job_answer(opened, job_id)


@router.post("/rollback", summary="Zum vorigen Index zurück")
def rollback(opened: CurrentArchive) -> RolledBack:
    """Lässt den Index wieder antworten, der vor dem letzten Neuaufbau antwortete."""
    return RolledBack(generation=str(go_back(opened)))


@router.get("/overview", summary="Stand des Bestands")
def status(opened: CurrentArchive) -> Overview:
    """Handbücher mit ihren Dokumenten, Generationen, Rückstand und letzte Reparatur."""
    return overview(opened)
