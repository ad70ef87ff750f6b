"""ZIP packages (OOXML, ODF) without the moment of their making in them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(members: dict[str, bytes], stored: frozenset[str] = frozenset()) -> bytes:
    """Zip `members` in the order given; those in `stored` are left uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def settle(package: bytes, issued: datetime) -> bytes:
    """Zip an OOXML package again with fixed times, inside and out."""
    stamp = issued.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    core = members["docProps/core.xml"]
    members["docProps/core.xml"] = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", stamp, core)
    return pack(members)
