"""Departments and their collections."""

from __future__ import annotations

from fastapi import APIRouter

from app.deps import CurrentReader, CurrentSessions
from app.schemas import CollectionAnswer, CollectionList, DepartmentAnswer, DepartmentList
from catalogue.access import visible_collections, visible_departments

router = APIRouter(tags=["Abteilungen"])


@router.get("/departments", summary="Abteilungen")
def departments(sessions: CurrentSessions, reader: CurrentReader) -> DepartmentList:
    """Alle sichtbaren Abteilungen nach Namen; `slug` ist das Kürzel, mit dem man die Suche einschränkt."""
    with sessions() as session:
        found = session.scalars(visible_departments(reader)).all()
    return DepartmentList(departments=[DepartmentAnswer(slug=item.slug, name=item.name) for item in found])


@router.get("/collections", summary="Sammlungen")
def collections(sessions: CurrentSessions, reader: CurrentReader) -> CollectionList:
    """Alle sichtbaren Sammlungen mit ihrer Abteilung."""
    with sessions() as session:
        found = session.execute(visible_collections(reader)).all()
    return CollectionList(
        collections=[
            CollectionAnswer(slug=item.slug, name=item.name, department=owner.slug, department_name=owner.name)
            for item, owner in found
        ]
    )
