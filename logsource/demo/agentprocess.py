"""The agent of the demo: the real command in a process of its own, asked for its status over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from logsource.web.asking import ask_status

if TYPE_CHECKING:
    from pathlib import Path


_BOOT = """
import ctypes, os, signal, sys
sys.path[:] = {paths!r}
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != {parent}:
    sys.exit("the demo is gone")
from logsource.cli.main import main
main()
"""
"""PR_SET_PDEATHSIG (prctl(2)): the agent ends when the demo is killed, in whatever way. In a session of its own, no
signal from the terminal would reach it."""


class AgentProcess:
    """`logsource run -c CONFIG`; its log goes to `log`. To be made by the main thread, whose end ends the agent."""

    def __init__(self, config: Path, *, listen: str, log: Path) -> None:
        """`listen` is what the configuration says of `web.listen`."""
        self._listen = listen
        self._log = log.open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [
                sys.executable,
                "-c",
                _BOOT.format(paths=[path for path in sys.path if path], parent=os.getpid()),
                *("run", "-c", str(config)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for the demo; it stops the agent in its own time
        )

    @property
    def running(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    def status(self) -> dict[str, Any] | None:
        """Its `/status`, or None while it does not answer."""
        return ask_status(self._listen)

    def kill(self) -> None:
        """End it now, if it still runs; idempotent."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def stop(self, seconds: float) -> bool:
        """SIGTERM, and wait for its orderly end; True if it came."""
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        finally:
            self._log.close()
        return True
