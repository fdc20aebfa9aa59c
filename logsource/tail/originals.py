"""Files that are being made of another one, which will do as long as it is there.

Whether it is there is asked by name; on the file system of another machine, of the server itself.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from logsource.tail.content import OPEN_FLAGS
from logsource.tail.magic import EXTENSIONS
from logsource.tail.siblings import TEMPORARY, family_of, unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.tail.siblings import Sibling

_BEING_MADE = re.compile(r"/@[0-9a-f]{24}\.[st]$")
"""What svlogd's processor makes of `.u`: `.t`, which becomes `.s`."""
_GIVEN_UP = re.compile(rf"\.(?:{'|'.join(EXTENSIONS)})-[0-9]{{8,}}\.backup$")


def _nobody() -> None:
    """Tell nobody."""


def has_original(sibling: Sibling, moved: Callable[[], None] = _nobody) -> bool:
    """Whether this is `X.gz` while `X` is still there: it is being compressed, and the original will do.

    An archive that a killed logrotate left has another name: its original was compressed once more. The kubelet compresses
    to `X.1.tmp`, and Docker unpacks `X.1.gz` to `X.1.gz.tmp` for whoever asks for logs. `moved` is called when a file
    server has no answer: then nothing may be concluded from it, and the original is believed to be there.
    """
    if _GIVEN_UP.search(sibling.path):
        return True
    remote = sibling.locator.device < 0
    return any(
        _is_there_now(path, moved) if remote else os.path.exists(path) for path in originals(sibling.path)
    )


def originals(path: str) -> list[str]:
    """What a file may be made of right now, by its name."""
    if _BEING_MADE.search(path):
        return [f"{path[:-1]}u"]
    found = []
    made_of = path.removesuffix(TEMPORARY)
    if made_of != path and family_of(made_of) != made_of:
        found.append(made_of)
        path = made_of
    stem, _, extension = path.rpartition(".")
    return [*found, stem] if extension in EXTENSIONS else found


def _is_there_now(path: str, moved: Callable[[], None]) -> bool:
    """Whether there is such a file on another machine: a stat may tell of the past, and who opens it asks."""
    try:
        os.close(os.open(path, OPEN_FLAGS))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        unanswered(error, moved)
    return True
