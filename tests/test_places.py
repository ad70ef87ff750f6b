from __future__ import annotations

import pytest

from catalogue.connection import Sessions
from catalogue.errors import BadInput, Conflict, NotFound
from catalogue.places import ensure_collection, slugify, tenant_id_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Bürgerbüro & Wahlen", "buergerbuero-wahlen"), ("Straße", "strasse"), ("  IT 2 ", "it-2"), ("Café", "cafe")],
)
def test_names_become_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_a_name_without_letters_is_refused() -> None:
    with pytest.raises(BadInput, match="taugt nicht"):
        slugify("§§§")


def test_the_same_names_find_the_same_collection(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first = ensure_collection(session, 1, "Bürgerbüro", "Handbuch")
        again = ensure_collection(session, 1, "buergerbuero", "HANDBUCH")
        assert (first.id, first.name) == (again.id, "Handbuch")


def test_a_collection_is_not_taken_from_another_department(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ensure_collection(session, 1, "Bauamt", "Handbuch")
        with pytest.raises(Conflict, match="anderen Abteilung"):
            ensure_collection(session, 1, "Kämmerei", "Handbuch")


def test_an_unknown_municipality_names_the_setting(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(NotFound, match="STADTWISSEN_TENANT"):
        tenant_id_of(session, "atlantis")
