"""How can tests have a real Slurm with two nodes, without a service manager or a cluster?

munged, slurmctld and two slurmd run on loopback below one folder: own configuration, key, ports and
state, so that several clusters can run at once and none meets one that is installed on the machine.
Daemons, jobs and client commands all run as an ordinary user: as `nobody` where the tests run as root,
else as whoever runs them. Each slurmd adopts every process of its jobs that loses its parent, so what
belongs to a node is what descends from its slurmd. Only processes that were started here are stopped.
"""

import contextlib
import ctypes
import functools
import os
import pwd
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from signal import SIGKILL, SIGSTOP

REPO = Path(__file__).resolve().parents[2]
NODES = ("n1", "n2")
DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("srun", "sbatch", "squeue", "scancel", "sinfo", "scontrol")
SEARCH = os.environ.get("PATH", os.defpath) + ":/usr/sbin"
PACKAGES = sysconfig.get_path("purelib")
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdSpoolDir={folder}/%n
SlurmdPidFile={folder}/%n.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1
DefMemPerCPU={memory_per_cpu}
KillWait=5
MinJobAge=3600
ReturnToService=2
# A dead node is noticed after about both of these together and some seconds.
SlurmdTimeout=6
MessageTimeout=3
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} {size}
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} {size}
PartitionName=main Nodes=n1,n2 Default=YES
"""


def missing() -> str | None:
    """Why a cluster cannot run here, as a reason to skip tests; None where it can."""
    absent = [name for name in (*DAEMONS, *CLIENTS) if _program(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if _python() is None:
        return f"the user {_account().pw_name} cannot run {sys.executable} or cannot read {REPO}"
    return None


@functools.cache
def _python() -> str | None:
    """A Python of this version that the ordinary user can run, with the packages of this one.

    Root's own may lie in a folder that is closed to others; the system's is taken then.
    """
    for python in (sys.executable, shutil.which(f"python3.{sys.version_info.minor}", path=os.defpath)):
        reads = [python, "-c", "import os, sys, snakemake; os.listdir(sys.argv[1])", REPO]
        with contextlib.suppress(PermissionError, TypeError):
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            if _launch(reads, cwd="/", env={"PYTHONPATH": PACKAGES}, **quiet).wait(timeout=60) == 0:
                return python
    return None


class Cluster:
    """A Slurm of two nodes, n1 and n2, that runs while its `with` block does.

    `folder` is new or empty, is given to the ordinary user and closed to others. That user must be able to
    reach it: as root take one of tempfile.mkdtemp(), for pytest's own are closed. Its path must be short,
    as sockets lie in it. `environment` holds the variables of client commands, and so of jobs;
    `python` is the interpreter to run them with. A job that
    asks for no memory gets a node's share for its processors. One that takes more than it has is killed
    within seconds; without control groups Slurm then says FAILED, not OUT_OF_MEMORY.
    """

    def __init__(self, folder: Path, cpus_per_node: int = 4, memory_mb_per_node: int = 6000):
        self.folder = Path(folder).resolve()
        self.cpus, self.memory = cpus_per_node, memory_mb_per_node
        self.environment = {
            "PATH": f"{self.folder}/bin:{SEARCH}",
            "SLURM_CONF": f"{self.folder}/slurm.conf",
            "HOME": f"{self.folder}/home",
            "TMPDIR": f"{self.folder}/tmp",
            "XDG_CACHE_HOME": f"{self.folder}/home/.cache",
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": PACKAGES,
        }
        self.python = _python()
        self._daemons: dict[str, subprocess.Popen] = {}
        self._clients: list[subprocess.Popen] = []

    def __enter__(self):
        """Start it and wait for both nodes. Raises RuntimeError, with the ends of the logs, if one fails."""
        try:
            self._write()
            files = [f"--{kind}-file={self.folder}/munge.{kind}" for kind in ("key", "pid", "log", "seed")]
            files.append(f"--socket={self.folder}/munge.socket")
            self._daemon("munged", "munged", "--foreground", "--force", *files)
            self._until((self.folder / "munge.socket").exists, "munged has no socket")
            self._daemon("slurmctld", "slurmctld", "-D")
            self.start_node(*NODES)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def run(self, command: list, cwd: Path | None = None, timeout: float = 60) -> subprocess.CompletedProcess:
        """Run a command as the ordinary user; returns its status and texts, whatever the status is.

        Raises subprocess.TimeoutExpired after `timeout` seconds, the command and its children killed.
        """
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with _launch(command, cwd=cwd or self.folder, env=self.environment, **pipes) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except BaseException:
                _kill([process])
                raise
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def popen(self, command: list, cwd: Path | None = None, stdout=None) -> subprocess.Popen:
        """Start a command as the ordinary user in a session of its own; it ends with the cluster at last.

        Its error output goes where `stdout` (a file, subprocess.PIPE or DEVNULL) does. Returns the process.
        """
        outputs = {"stdout": stdout, "stderr": subprocess.STDOUT}
        self._clients.append(_launch(command, cwd=cwd or self.folder, env=self.environment, **outputs))
        return self._clients[-1]

    def folder_for(self, name: str) -> Path:
        """A new folder of the ordinary user. Raises FileExistsError if the name was given out before."""
        path = self.folder / "work" / name
        path.mkdir()
        return _give(path)

    def kill_node(self, name: str) -> None:
        """As a power failure: slurmd and every process of the jobs on that node are killed at once.

        Returns when none of them runs. Slurm is not told: it says RUNNING until it notices, some 12 s
        later, and starts a requeued job elsewhere some 6 s after that.
        """
        _kill([self._daemons.pop(name)])

    def start_node(self, *names: str) -> None:
        """Start the slurmd of nodes and wait until Slurm has them back. Raises RuntimeError if it has not.

        To be called from a thread that lives on: a slurmd ends with the thread that started it.
        """
        began = time.strftime("%Y-%m-%dT%H:%M:%S")
        for name in names:
            self._daemon(name, "slurmd", "-D", "-N", name)
        for name in names:
            self._until(lambda name=name: self._serves(name, began), f"node {name} does not come up")

    def jobs(self) -> list[dict]:
        """Every job the cluster has seen, each once: texts `id`, `state`, `nodes`, `comment`; int `restarts`.

        State and nodes are those of the last attempt. Raises RuntimeError if Slurm does not answer.
        """
        fields = "--Format=JobArrayID:100,State:100,NodeList:100,RestartCnt:100,Comment:5000"
        answer = self.run(["squeue", "--states=all", "--array", "--sort=i", "--noheader", fields])
        if answer.returncode:
            raise RuntimeError(f"squeue: {answer.stderr}")
        jobs = []
        for line in answer.stdout.splitlines():
            job, state, nodes, restarts = (line[at : at + 100].strip() for at in range(0, 400, 100))
            comment = line[400:].strip().replace("(null)", "")
            jobs.append(dict(id=job, state=state, nodes=nodes, restarts=int(restarts), comment=comment))
        return jobs

    def running(self) -> list[dict]:
        """The jobs that Slurm says run now, as in `jobs`."""
        return [job for job in self.jobs() if job["state"] == "RUNNING"]

    def _write(self):
        """Folders, key, configuration, and client commands that find it without any SLURM_ variable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _give(self.folder).chmod(0o700)
        for name in ("bin", "home", "tmp", "state", "work", "log", *NODES):
            (self.folder / name).mkdir()
            _give(self.folder / name)
        _give(self.folder / "munge.key", os.urandom(64).hex()).chmod(0o600)
        with contextlib.ExitStack() as held:
            listeners = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
            ports = [listener.getsockname()[1] for listener in listeners]
        configuration = CONFIGURATION.format(
            folder=self.folder,
            host=socket.gethostname().split(".")[0],
            user=_account().pw_name,
            ports=ports,
            memory_per_cpu=self.memory // self.cpus,
            size=f"CPUs={self.cpus} CoresPerSocket={self.cpus} RealMemory={self.memory}",
        )
        _give(self.folder / "slurm.conf", configuration)
        for name in CLIENTS:
            script = f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {_program(name)} "$@"\n'
            _give(self.folder / "bin" / name, script).chmod(0o755)

    def _daemon(self, name, program, *options):
        """Start a daemon that says what it does in a file of its name in log/.

        It adopts its orphans, and is killed when this process ends without `__exit__`.
        """

        def settle():
            LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            LIBC.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)

        with open(self.folder / "log" / name, "a") as log:
            self._daemons[name] = _launch(
                [_program(program), *options],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=settle,
            )

    def _serves(self, node, since):
        """Whether slurmctld knows the slurmd that was started on a node after `since`, and can use it."""
        words = self.run(["scontrol", "show", "node", node, "--oneliner"]).stdout.split()
        shown = dict(word.split("=", 1) for word in words if "=" in word)
        state = shown.get("State", "DOWN")
        return shown.get("SlurmdStartTime", "") >= since and state in ("IDLE", "MIXED", "ALLOCATED")

    def _until(self, condition, failure, seconds=30):
        """Wait for a condition. Raises RuntimeError with the logs after so long, or once a daemon ended."""
        end = time.monotonic() + seconds
        while not condition():
            ended = [name for name, process in self._daemons.items() if process.poll() is not None]
            if ended or time.monotonic() > end:
                logs = sorted((self.folder / "log").iterdir())
                tails = [f"--- {log.name}\n{log.read_text()[-2000:]}" for log in logs]
                raise RuntimeError("\n".join([f"{failure}; ended: {', '.join(ended) or 'none'}", *tails]))
            time.sleep(0.1)

    def _stop(self):
        """Cancel the jobs, give their processes a moment to end, and kill all that was started here."""
        nodes = [self._daemons[name] for name in NODES if name in self._daemons]
        try:
            if nodes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.run(["scancel", f"--user={_account().pw_name}"], timeout=5)
            end = time.monotonic() + 3
            while len(_family(nodes)) > len(nodes) and time.monotonic() < end:
                time.sleep(0.1)
        finally:
            _kill([*self._clients, *self._daemons.values()])


def _account():
    """The ordinary user."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _program(name):
    return shutil.which(name, path=SEARCH)


def _launch(command, **options):
    """Start a command as the ordinary user."""
    user = _account()
    if os.geteuid() == 0:
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, start_new_session=True, **options
    )


def _give(path, text=None):
    """Give a path, with a text as its content, to the ordinary user; returns the path."""
    if text is not None:
        path.write_text(text)
    if os.geteuid() == 0:
        os.chown(path, _account().pw_uid, _account().pw_gid)
    return path


def _parents():
    """The parent of every process that is no zombie, by process id."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                parents[int(stat.parent.name)] = int(parent)
    return parents


def _family(processes):
    """The ids of those processes that run still, and of all that descend from them."""
    parents = _parents()
    found = [process.pid for process in processes if process.poll() is None]
    for one in found:
        found += [pid for pid, parent in parents.items() if parent == one]
    return set(found)


def _kill(processes):
    """Kill processes with all that descends from them, frozen first so that none gets away."""
    frozen = set()
    while new := _family(processes) - frozen:
        _send(SIGSTOP, new)
        frozen |= new
    _send(SIGKILL, frozen)
    for process in processes:
        process.wait()
    while frozen & _parents().keys():
        time.sleep(0.01)


def _send(number, pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
