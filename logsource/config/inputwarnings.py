"""What is allowed for an input that is no file, but probably not meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.config.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.config.model import SourceConfig

    Place = tuple[str | int, ...]


def input_warnings(index: int, source: SourceConfig) -> Iterator[tuple[Place, str, str]]:
    """Warnings about one source: place, what, hint."""
    for number, text in enumerate(source.listen):
        address = parse_address(text)
        place: Place = ("sources", index, "listen", number)
        if not address.is_loopback and not (address.scheme == "tls" and source.tls and source.tls.ca):
            hint = "syslog knows no password: let a firewall admit your senders only, or listen on 127.0.0.1"
            yield place, f"source {source.name}: {text} can be reached from other machines", hint
        folder = Path(address.path).parent
        if address.path and not folder.is_dir():
            hint = f"the agent does not make it: install -d {folder}"
            yield place, f"source {source.name}: there is no directory {folder}", hint
        elif address.path and not os.access(folder, os.W_OK | os.X_OK):
            hint = "a socket is made there; let the agent's user write to it"
            yield place, f"source {source.name}: {folder} cannot be written", hint
    for key, named in (
        (("cert", source.tls.cert), ("key", source.tls.key), ("ca", source.tls.ca)) if source.tls else ()
    ):
        if named is not None and not os.access(named, os.R_OK):
            hint = "let the agent's user read it"
            yield ("sources", index, "tls", key), f"source {source.name}: {named} cannot be read", hint
    folder_of_journals = source.journal_directory
    if folder_of_journals is not None and not os.access(folder_of_journals, os.R_OK | os.X_OK):
        hint = "mount it there, and put the agent's user into the group systemd-journal"
        place = ("sources", index, "journal_directory")
        yield place, f"source {source.name}: {folder_of_journals} cannot be read", hint
    if source.type == "journald" and not os.access(source.journalctl, os.X_OK):
        place = ("sources", index, "journalctl")
        hint = "install systemd's journalctl, or name the program that reads the journal"
        yield place, f"source {source.name}: {source.journalctl} cannot be run", hint
