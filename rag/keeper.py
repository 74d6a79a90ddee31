"""Runs llama.cpp's server for as long as whoever started it lives: ``python keeper.py COMMAND…``.

Standard input is a pipe that its owner holds open: at its end, however the owner died, the server is killed. The first
and only line of standard output is the server's address, once the model is loaded. This is a process of its own because
a signal at the parent's death (``PR_SET_PDEATHSIG``) comes when the thread that started the server ends; here the
thread that starts it is the main one. It imports nothing of the project.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import threading

LISTENING = re.compile(rb"listening on (http://127\.0\.0\.1:\d+)")
PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run the command until it or the owner ends; returns its exit code, 128 and the signal's number for a signal."""
    with subprocess.Popen(
        sys.argv[1:],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_end_with_keeper,  # noqa: PLW1509 - there is one thread yet
    ) as server:
        threading.Thread(target=_end_with_owner, args=(server,), daemon=True).start()
        # To the end: a server whose output nobody reads would come to a stop.
        for line in server.stdout or ():
            if found := LISTENING.search(line):
                with contextlib.suppress(OSError):
                    os.write(1, found.group(1) + b"\n")
        code = server.wait()
    return code if code >= 0 else 128 - code


def _end_with_keeper() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with_owner(server: subprocess.Popen[bytes]) -> None:
    while os.read(0, 64):
        continue
    server.kill()


if __name__ == "__main__":
    sys.exit(main())
