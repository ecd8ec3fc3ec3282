"""Python with the libraries' imports made once: each script of a job is run in a process forked off it.

Imports are most of what a small job takes. `interpreter` makes a program to be named as Python: it passes a
script to this process, with its folder, environment and streams, and leaves anything else to Python itself.
Runs that start Snakemake by its own command, as tests of clusters and of determinism do, know nothing of it.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path

# What scripts import, but for the workflow itself, of which there may be several.
LIBRARIES = (
    *("allel", "jinja2", "jsonschema", "matplotlib.pyplot", "msprime", "numba", "openpyxl", "pandas"),
    *("pyarrow.parquet", "pysam", "scipy.optimize", "scipy.stats", "seaborn", "snakemake.iocontainers"),
    *("snakemake.logging", "stdpopsim", "yaml"),
)
PROGRAM = """#!{python} -ISs
import json, os, socket, sys
python, server = {python!r}, {server!r}
if len(sys.argv) != 2 or not sys.argv[1].endswith(".py"):
    os.execv(python, [python, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(server)
    request = json.dumps([sys.argv[1], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
    connection.sendall(request)
    status = connection.recv(4)
sys.exit(int(status) if status else 137)
"""


def interpreter(folder: Path) -> Path:
    """A program in an empty folder that runs scripts as Python does, once what it needs has been started."""
    server, program = folder / "scripts.socket", folder / "python"
    program.write_text(PROGRAM.format(python=sys.executable, server=str(server)))
    program.chmod(0o755)
    # It ends with this process, which holds the other end of its input.
    started = subprocess.Popen(
        [sys.executable, __file__, server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout.readline() == "ready\n"
    return program


def serve(address: str) -> None:
    """Answer requests until standard input ends."""
    for library in LIBRARIES:
        importlib.import_module(library)
    # Nor is the collector to touch it.
    gc.collect()
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ, "request")
    selector.register(sys.stdin, selectors.EVENT_READ, "end")
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data == "end":
                return
            if key.data == "request":
                connection = listening.accept()[0]
                script = received(connection)
                child = os.fork()
                if child == 0:
                    # Only its own connection is of its concern, and not even that.
                    for open_one in [listening, connection, selector]:
                        open_one.close()
                    leave(run, *script)
                for stream in script[-1]:
                    os.close(stream)
                selector.register(os.pidfd_open(child), selectors.EVENT_READ, (child, connection))
                selector.register(connection, selectors.EVENT_READ, child)
            elif isinstance(key.data, int):
                # Whoever waited for it has been killed.
                selector.unregister(key.fileobj)
                os.kill(key.data, signal.SIGTERM)
            else:
                child, connection = key.data
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                selector.unregister(key.fileobj)
                os.close(key.fileobj)
                with contextlib.suppress(KeyError):
                    selector.unregister(connection)
                with contextlib.suppress(BrokenPipeError):
                    connection.sendall(str(status if status >= 0 else 128 - status).encode())
                connection.close()


def received(connection):
    """A script, its folder, its environment, and the numbers of its streams."""
    head, streams, _, _ = socket.recv_fds(connection, 8, 3)
    size, text = int.from_bytes(head, "big"), b""
    while len(text) < size:
        text += connection.recv(size - len(text))
    return *json.loads(text), streams


def run(script, folder, environment, streams):
    """What `python script` does, in this process."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = [script]
    sys.path[0] = str(Path(script).parent)
    sys.path[1:1] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    runpy.run_path(script, run_name="__main__")


def leave(function, *arguments):
    """Call a function and end this process as Python ends, but leave its memory as it is.

    To take apart what a forked process shares takes longer than most scripts.
    """
    status = 1
    try:
        function(*arguments)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1])
