"""`python -m logsource.agent.worker`: one worker process of `agent.workers`. Started by the agent, not by people."""

from __future__ import annotations

import faulthandler
import gc
import sys
from typing import TYPE_CHECKING

from logsource.agent.process import tune_malloc
from logsource.agent.renderers import build_renderers
from logsource.config.model import Config
from logsource.log import setup
from logsource.render.poolserve import serve
from logsource.render.stage import InProcess

if TYPE_CHECKING:
    from logsource.model import JSONValue


def stage_of(config: JSONValue) -> InProcess:
    """Renderers of all sources, from a configuration as `agent.workers` describes it."""
    loaded = Config.model_validate(config)
    setup(loaded.agent.log_level)
    stage = InProcess(
        build_renderers(loaded),
        byte_limit=loaded.collector.byte_limit_post,
        send_limit=loaded.collector.send_limit,
    )
    gc.freeze()
    gc.enable()
    return stage


def main() -> None:
    """Be a worker until the agent hangs up."""
    faulthandler.enable()  # where a crash inside a C extension happened is worth knowing
    tune_malloc()
    serve(sys.argv[1:], stage_of)


if __name__ == "__main__":
    main()
