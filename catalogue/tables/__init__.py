"""What is written down, one module per family of nouns. Import tables from here: it registers all of them."""

from catalogue.tables.documents import Chunk, Document, Revision, SignatureBand
from catalogue.tables.feedback import Feedback
from catalogue.tables.glossary import GlossaryEntry
from catalogue.tables.jobs import Job
from catalogue.tables.places import Collection, Department, Tenant
from catalogue.tables.row import Row
from catalogue.tables.vectors import Embedding, Generation

__all__ = [
    "Chunk",
    "Collection",
    "Department",
    "Document",
    "Embedding",
    "Feedback",
    "Generation",
    "GlossaryEntry",
    "Job",
    "Revision",
    "Row",
    "SignatureBand",
    "Tenant",
]
