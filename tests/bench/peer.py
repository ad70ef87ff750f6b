"""The same passages, vectors and questions through another search library: `peer.py NAME FOLDER`, in a venv of its own.

The folder holds passages.jsonl, vectors.npy, questions.npy, judged.npy; written are the rows found for the questions
that are timed and for those that are judged, and printed is what it took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

LIMIT = 100
BATCH = 5_000

Search = Callable[[Any], list[int]]


def resident_mb() -> int:
    """Resident memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


def chroma(texts: list[str], vectors: Any, folder: Path) -> Search:
    """Chroma, kept on disk."""
    import chromadb

    collection = chromadb.PersistentClient(path=str(folder / "chroma")).create_collection(
        "bench", metadata={"hnsw:space": "cosine"}
    )
    for start in range(0, len(texts), BATCH):
        part = slice(start, start + BATCH)
        ids = [str(number) for number in range(start, min(start + BATCH, len(texts)))]
        collection.add(ids=ids, embeddings=vectors[part], documents=texts[part])
    return lambda vector: [
        int(found) for found in collection.query(query_embeddings=[vector], n_results=LIMIT)["ids"][0]
    ]


def txtai(texts: list[str], vectors: Any, folder: Path) -> Search:
    """A txtai index with the texts beside it; the vectors are handed over as they are."""
    from txtai import Embeddings

    waiting = [vectors]

    def transform(items: list[Any]) -> Any:
        if isinstance(items[0], np.ndarray):
            return np.stack(items)
        done, waiting[0] = waiting[0][: len(items)], waiting[0][len(items) :]
        return done

    index = Embeddings({"method": "external", "transform": transform, "content": True})
    index.index((number, text, None) for number, text in enumerate(texts))
    index.save(str(folder / "txtai"))
    return lambda vector: [int(number) for number, _ in index.ann.search(np.stack([vector]), LIMIT)[0]]


def haystack_documents(texts: list[str], vectors: Any) -> Iterator[list[Any]]:
    """The passages as Haystack's documents, some at a time."""
    from haystack import Document

    for start in range(0, len(texts), BATCH):
        yield [
            Document(id=str(start + place), content=text, embedding=vectors[start + place].tolist())
            for place, text in enumerate(texts[start : start + BATCH])
        ]


def haystack_memory(texts: list[str], vectors: Any, _folder: Path) -> Search:
    """Haystack's store in memory."""
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    for documents in haystack_documents(texts, vectors):
        store.write_documents(documents)
    return lambda vector: [int(one.id) for one in store.embedding_retrieval(vector.tolist(), top_k=LIMIT)]


def haystack_faiss(texts: list[str], vectors: Any, folder: Path) -> Search:
    """Haystack's store around FAISS, with the index it chooses; distance and cosine order unit vectors alike."""
    from haystack_integrations.document_stores.faiss import FAISSDocumentStore

    store = FAISSDocumentStore(embedding_dim=vectors.shape[1])
    for documents in haystack_documents(texts, vectors):
        store.write_documents(documents)
    store.save(folder / "haystack")
    return lambda vector: [int(one.id) for one in store.search(vector.tolist(), top_k=LIMIT)]


PEERS = {
    "Chroma": chroma,
    "txtai": txtai,
    "Haystack (Speicher)": haystack_memory,
    "Haystack (FAISS)": haystack_faiss,
}


def main(name: str, folder: str) -> None:
    """Build, ask every question once, and print figures; the rows found go to a file.

    Units: `mb` is what became resident while building and answering the questions that are timed.
    """
    base = Path(folder)
    texts = [json.loads(line)["text"] for line in (base / "passages.jsonl").open(encoding="utf-8")]
    vectors, questions = np.load(base / "vectors.npy"), np.load(base / "questions.npy")
    before_mb, started_s = resident_mb(), time.perf_counter()
    processor_s = time.process_time()
    search = PEERS[name](texts, vectors, base)
    built_s, processor_s = time.perf_counter() - started_s, time.process_time() - processor_s
    search(questions[0])
    taken, found = [], []
    for vector in questions:
        begun_s = time.perf_counter()
        found.append(search(vector))
        taken.append(1000 * (time.perf_counter() - begun_s))
    grown_mb = resident_mb() - before_mb
    p50, p95 = np.percentile(taken, [50, 95])
    judged = [search(vector) for vector in np.load(base / "judged.npy")]
    (base / f"{name}.json").write_text(json.dumps({"timed": found, "judged": judged}))
    figures = {"build_s": built_s, "build_processor_s": processor_s, "p50": p50, "p95": p95}
    print(json.dumps({key: round(float(one), 2) for key, one in figures.items()} | {"mb": grown_mb}))


if __name__ == "__main__":
    main(*sys.argv[1:])
