"""A shell that a reader types lines into: what one line exports, the next one has."""

from __future__ import annotations

import os
import pty
import re
import selectors
import subprocess
from collections.abc import Mapping
from pathlib import Path

# A question at the end of what was said so far: its key, and what else stands before the colon. The
# engine's own questions look otherwise: it reads what is typed from standard input, too.
QUESTION = re.compile(r"^(\w+)(?: [(\[][^\n]*)?: \Z", re.MULTILINE)
TIMEOUT = 120


class Shell:
    def __init__(self, folder: Path, environment: Mapping[str, str], kept: Path) -> None:
        """Args:
        kept: the file that holds what was exported so far.
        """
        self.folder, self.environment, self._kept = folder, dict(environment), kept

    def _command(self, line: str) -> list[str]:
        before = f". {self._kept}\n" if self._kept.exists() else ""
        script = f"{before}{line}\nexport -p > {self._kept}"
        return ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]

    def type(self, line: str, *, said: str = "", folder: Path | None = None, code: int = 0) -> str:
        """Runs a line, with what is typed into it besides.

        Raises:
            AssertionError: it ended with another code.
        """
        done = subprocess.run(
            self._command(line),
            cwd=folder or self.folder,
            env=self.environment,
            input=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"$ {line}\nended with {done.returncode}\n{done.stdout}"
        return done.stdout

    def converse(self, line: str, answers: Mapping[str, str]) -> str:
        """Runs a line on a terminal, and answers its questions; what is not named, by Enter."""
        ours, theirs = pty.openpty()
        running = subprocess.Popen(
            self._command(line),
            cwd=self.folder,
            env={**self.environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        told, answered = "", 0
        said = selectors.DefaultSelector()  # select() takes no descriptor over 1,023
        said.register(ours, selectors.EVENT_READ)
        try:
            while said.select(TIMEOUT):
                told += os.read(ours, 65_536).decode(errors="replace").replace("\r", "")
                if asked := QUESTION.search(told, answered):
                    answered = len(told)
                    os.write(ours, f"{answers.get(asked[1], '')}\n".encode())
            running.kill()
        except OSError:  # the other side has closed it: the line has ended
            pass
        finally:
            said.close()
            os.close(ours)
        code = running.wait(TIMEOUT)
        assert code == 0, f"$ {line}\n{told}"
        return told
