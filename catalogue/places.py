"""Finding and founding the places documents belong to."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.errors import BadInput, Conflict, NotFound
from catalogue.tables import Collection, Department, Tenant

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def slugify(name: str) -> str:
    """Turn a name into a slug: "Bürgerbüro & Wahlen" becomes "buergerbuero-wahlen".

    Raises: BadInput when nothing is left of the name.
    """
    plain = unicodedata.normalize("NFKC", name).lower().translate(UMLAUTS)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-")
    if not slug:
        raise BadInput(f"„{name}“ taugt nicht als Name.", "Bitte Buchstaben oder Ziffern verwenden.")
    return slug


def tenant_id_of(session: Session, slug: str) -> int:
    """Look the municipality up.

    Raises: NotFound when there is none of that slug.
    """
    found = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if found is None:
        raise NotFound(f"Es gibt keinen Mandanten „{slug}“.", "Bitte STADTWISSEN_TENANT prüfen.")
    return found


def ensure_department(session: Session, tenant_id: int, name: str) -> Department:
    """Find the department by slug or name, or found it."""
    slug = slugify(name)
    found = session.scalar(select(Department).where(Department.tenant_id == tenant_id, Department.slug == slug))
    if found is None:
        found = Department(tenant_id=tenant_id, slug=slug, name=name.strip()[:200])
        session.add(found)
        session.flush()
    return found


def ensure_collection(session: Session, tenant_id: int, department: str, collection: str) -> Collection:
    """Find the department's collection by slug or name, or found both.

    Raises: Conflict when a collection of that name belongs to another department.
    """
    owner = ensure_department(session, tenant_id, department)
    slug = slugify(collection)
    found = session.scalar(select(Collection).where(Collection.tenant_id == tenant_id, Collection.slug == slug))
    if found is None:
        found = Collection(tenant_id=tenant_id, department_id=owner.id, slug=slug, name=collection.strip()[:200])
        session.add(found)
        session.flush()
    elif found.department_id != owner.id:
        raise Conflict(
            f"Die Sammlung „{found.name}“ gehört schon einer anderen Abteilung.",
            "Bitte der Sammlung einen anderen Namen geben.",
        )
    return found
