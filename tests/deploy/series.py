"""Which series exist, and which of them an expression in PromQL asks for."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from logsource.metrics import Metrics
from logsource.series import PREFIX, SERIES

OF_PROMETHEUS = {"up", "ALERTS"}
"""Series that Prometheus itself makes."""
OF_SCRAPING = {"job", "instance"}
"""Labels that Prometheus puts on every series it scrapes."""

_NAME = re.compile(r"(?<![\w:$])([a-zA-Z_:][\w:]*)")
_NO_SERIES = re.compile(
    r'"[^"]*"|\{[^}]*\}|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\[[^]]*\]'
)
_WORDS = {"and", "or", "unless", "offset", "bool"}


def known():
    """Every sample name a scrape may show → its labels."""
    names = {}
    for series in SERIES:
        labels = set(series.labels)
        names[PREFIX + series.name] = labels
        if series.kind == "histogram":
            names[PREFIX + series.name + "_bucket"] = labels | {"le"}
            names[PREFIX + series.name + "_sum"] = names[PREFIX + series.name + "_count"] = labels
    for family in text_string_to_metric_families(Metrics().render().decode()):
        for sample in family.samples:  # the process's own: CPU, memory, start time
            names.setdefault(sample.name, set(sample.labels))
    return names


def names_in(expression):
    """Series that an expression asks for; functions are told by their bracket."""
    bare = _NO_SERIES.sub(" ", expression)
    return {
        match[1]
        for match in _NAME.finditer(bare)
        if match[1] not in _WORDS
        and not bare[match.end() :].lstrip().startswith("(")
        and match[1] not in _AGGREGATIONS
    }


_AGGREGATIONS = {"sum", "max", "min", "count", "avg"}
"""They may have their bracket after `by (…)`, which was taken out."""


def matchers_in(expression):
    """(series, label) of every matcher in braces."""
    for name, inside in re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", expression):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside):
            yield name, label


def grouping_in(expression):
    """Labels that the expression groups by or joins on."""
    for inside in re.findall(r"\b(?:by|on|without)\s*\(([^)]*)\)", expression):
        yield from (label.strip() for label in inside.split(","))
