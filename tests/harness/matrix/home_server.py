"""Runs Synapse in a folder until its standard input ends.

A test that ends without stopping it, by whatever signal, takes the server and its folder with it: the pipe closes.
"""

import os
import shutil
import sys
import threading

from synapse.app import homeserver


def end_with(folder: str) -> None:
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


folder = sys.argv.pop(1)
threading.Thread(target=end_with, args=[folder], daemon=True).start()
homeserver.main()
