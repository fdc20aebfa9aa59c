"""A configuration as it may be shown: every secret replaced, defaults filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from logsource.config.shape import as_written

if TYPE_CHECKING:
    from logsource.config.load import Loaded
    from logsource.model import JSONValue

MASK = "********"


def mask_url(url: str) -> str:
    """The URL without user name and password."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"{MASK}@{parts.netloc.rpartition('@')[2]}"))


def masked(loaded: Loaded) -> JSONValue:
    """The configuration with its defaults, as a person would write it.

    Masked are all values of `collector.headers`, user name and password inside `collector.url`, keys of hash
    filters, and every value that came from the environment (shown as the reference that stands in the file).
    """
    tree = as_written(loaded.config)
    for path, reference in loaded.document.secret.items():
        _put(tree, path, reference)
    collector = tree["collector"]
    if ("collector", "url") not in loaded.document.secret:
        collector["url"] = mask_url(collector["url"])
    for name in collector["headers"]:
        if ("collector", "headers", name) not in loaded.document.secret:
            collector["headers"][name] = MASK
    for source_index, source in enumerate(tree["sources"]):
        for index, step in enumerate(source["filters"]):
            place = ("sources", source_index, "filters", index, "hash", "key")
            if "hash" in step and place not in loaded.document.secret:
                step["hash"]["key"] = MASK
    return tree


def _put(tree: JSONValue, path: tuple[str | int, ...], value: str) -> None:
    for part in path[:-1]:
        tree = tree[part]
    tree[path[-1]] = value
