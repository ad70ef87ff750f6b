"""What a parser's process imports before the first file: loaded once in the fork server, shared by every child."""

from __future__ import annotations

import os

# Read when numpy is imported, so set before: a child reads one file at a time on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from indexes.embedder import SHIPPED, model_folder
from indexes.static import token_counter
from ingest import cut
from ingest.parse import dispatch, mail, office, offline, pdf, picture, sheets

__all__ = ["cut", "dispatch", "mail", "office", "pdf", "picture", "sheets"]

offline.prepare()
office.preload()
if shipped := model_folder(SHIPPED[0]):
    token_counter(shipped)
