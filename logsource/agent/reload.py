"""Which keys of a new configuration a running agent can use. How it comes into use: see `takeover.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.config.model import Config

FIXED = (
    ("agent", "state_dir"),
    ("agent", "track_group"),
    ("agent", "workers"),
    ("outbox",),
    ("web",),
    ("collector", "concurrency"),
    ("collector", "linger"),
)
"""Keys that only a restart changes: they are part of what is open or running."""


def needs_restart(old: Config, new: Config) -> list[str]:
    """Changed keys that a running agent cannot take over, as `section.key`."""
    return [".".join(path) for path in FIXED if _value(old, path) != _value(new, path)]


def effective(old: Config, new: Config) -> Config:
    """The new configuration with the fixed keys of the old one."""
    sections: dict[str, dict[str, object]] = {}
    whole: dict[str, object] = {}
    for path in FIXED:
        if len(path) == 1:
            whole[path[0]] = _value(old, path)
        else:
            sections.setdefault(path[0], {})[path[1]] = _value(old, path)
    for section, keys in sections.items():
        whole[section] = getattr(new, section).model_copy(update=keys)
    return new.model_copy(update=whole)


def _value(config: Config, path: tuple[str, ...]) -> object:
    value: object = config
    for name in path:
        value = getattr(value, name)
    return value
