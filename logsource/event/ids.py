"""Event ids that are a function of the line's position: the same line has the same id for ever.

Layout of the UUID (version 8, RFC 9562: vendor-defined content):

    dddddddd-dddd-8ddd-vddd-oooooooooooo

d: 72 bits of a digest of (file id, epoch); v: the variant nibble; o: the byte offset, 48 bits, so files
up to 256 TiB. Two lines of one file never collide, two files do with probability 2^-72.
"""

from __future__ import annotations

from hashlib import blake2b

MAX_OFFSET = 2**48 - 1


def eid_prefix(file_id: str, epoch: int) -> str:
    """First 24 characters of the event ids of a file, up to and with the last hyphen."""
    digest = blake2b(f"{file_id}:{epoch}".encode(), digest_size=10, person=b"logsource.eid").hexdigest()
    variant = "89ab"[int(digest[18], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-8{digest[12:15]}-{variant}{digest[15:18]}-"


def event_id(prefix: str, offset: int) -> str:
    """The id of the record that starts at byte `offset`."""
    return f"{prefix}{offset & MAX_OFFSET:012x}"
