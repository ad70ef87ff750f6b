"""The command that teaches the shipped model a house's own words."""

from __future__ import annotations

import argparse
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import read_settings
from app.wiring import Archive, open_archive
from catalogue.access import visible_chunks
from catalogue.errors import BadInput
from catalogue.tables import Chunk, Collection, Document, Revision

if TYPE_CHECKING:
    from ingest.own_words import Passage

WORSE_BY = 0.005
"""Units: nDCG@10. Less than this is the chance of a few questions."""


def train(chosen: argparse.Namespace) -> int:
    """Adapt the model, judge it before and after, and keep it only if it is not worse."""
    from quality.train.adapt import adapt, static_folder

    settings = read_settings()
    folder = static_folder(settings.model)
    out: Path = chosen.out or settings.data_dir / "modelle" / chosen.name
    if out.exists():
        raise BadInput(f"„{out}“ gibt es schon.", "Bitte mit --name einen anderen Namen wählen.")
    with closing(open_archive(settings)) as opened:
        passages = passages_of(opened, chosen.from_collection)
    before = quality_of(settings.model, chosen.questions)
    print(f"Lerne aus {len(passages)} Passagen …", flush=True)
    adapt(folder, passages, out)
    after = quality_of(str(out), chosen.questions)
    print(f"nDCG@10 an {chosen.questions}: vorher {before:.3f}, nachher {after:.3f}")
    if after < before - WORSE_BY:
        shutil.rmtree(out)
        print("Das angepasste Modell findet schlechter und wurde verworfen; es bleibt alles, wie es ist.")
        return 1
    print(
        f"Das angepasste Modell liegt in {out.resolve()}.\n"
        "So wird es zum nächsten Index, während der bisherige antwortet:\n"
        f"  STADTWISSEN_MODEL={out.resolve()} stadtwissen reindex\n"
        "Danach den Dienst mit dieser Einstellung neu starten."
    )
    return 0


def passages_of(opened: Archive, collections: list[str]) -> list[Passage]:
    """The shown passages of these collections.

    Raises: BadInput when one of them is unknown, or empty.
    """
    from ingest.own_words import Passage

    columns = (Collection.slug, Revision.title, Document.title, Chunk.headings, Chunk.text)
    statement = visible_chunks(opened.reader, *columns).where(Collection.slug.in_(collections)).order_by(Chunk.id)
    with opened.sessions() as session:
        rows = session.execute(statement).all()
    missing = sorted(set(collections) - {row[0] for row in rows})
    if missing:
        raise BadInput(
            f"In der Sammlung „{missing[0]}“ steht nichts.", "„stadtwissen departments“ zeigt die Sammlungen."
        )
    return [Passage(title or known, tuple(headings), text) for _, title, known, headings, text in rows]


def quality_of(model: str, questions: Path) -> float:
    """Mean nDCG@10 of the product's search on golden questions, the model as it lies in its folder."""
    from indexes.embedder import load_embedder
    from quality.evaluate import evaluate
    from quality.judged import read_set

    judged = evaluate([read_set(questions)], load_embedder(model), learns=False)[0]
    values = judged.values["nDCG@10"].values()
    return sum(values) / max(1, len(values))
