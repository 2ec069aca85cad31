"""Spark servers for the tests: on loopback, with their own logs, ended by their process ids.

The server's side, pyspark with Java, lives in a virtual environment of its own, because pyspark
and pyspark-client are the same module. CAREBENCH_SPARK_PYTHON names that environment's python.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STARTS_WITHIN = 180  # seconds, on a machine that does much else
ENDS_WITHIN = 60
PR_SET_PDEATHSIG = 1  # linux/prctl.h
HOST = "127.0.0.1"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
SOON_READY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # for many short queries, then the end


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    python = os.environ.get("CAREBENCH_SPARK_PYTHON", "")
    if os.name != "posix":
        return "Spark's servers are started by shell scripts"
    if not importlib.util.find_spec("pyspark"):
        return "pyspark-client is not installed (the extra `spark`)"
    if not python:
        return "CAREBENCH_SPARK_PYTHON does not name the python of an environment with pyspark"
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        return "there is no java"
    ours, theirs = importlib.metadata.version("pyspark-client"), _server()[1]
    return "" if ours == theirs else f"pyspark-client is {ours}, the server's pyspark {theirs}"


@contextlib.contextmanager
def local(work: Path) -> Iterator[str]:
    """The address of a server that computes in two threads of its own process."""
    with _connect_server(work, "local[2]") as address:
        yield address


@contextlib.contextmanager
def cluster(work: Path) -> Iterator[str]:
    """The address of a server that computes on a master's two workers, a process each."""
    port = _free_port()
    master = f"spark://{HOST}:{port}"
    listening = ["--host", HOST, "--webui-port", "0"]
    worker = [WORKER, *listening, "--cores", "1", "--memory", "512m"]
    with contextlib.ExitStack() as running:
        start = [MASTER, *listening, "--port", str(port)]
        running.enter_context(_process(work, "master", "spark-class", start, port))
        for name in ("worker1", "worker2"):
            start = [*worker, "--work-dir", str(work / name), master]
            running.enter_context(_process(work, name, "spark-class", start))
        address = running.enter_context(
            _connect_server(
                work,
                master,
                {
                    "spark.executor.memory": "512m",
                    "spark.executor.cores": "1",
                    # A query waits until both have come, or one alone would do all the work.
                    "spark.cores.max": "2",
                    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
                },
            )
        )
        yield address


@contextlib.contextmanager
def _connect_server(work: Path, master: str, more: dict[str, str] | None = None) -> Iterator[str]:
    port = _free_port()
    settings = {
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.driver.extraJavaOptions": SOON_READY,
        "spark.executor.extraJavaOptions": SOON_READY,
        "spark.ui.enabled": "false",
        "spark.log.level": "WARN",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(work / "warehouse"),
        **(more or {}),
    }
    start = ["--class", CONNECT, "--master", master, "--driver-memory", "768m"]
    for name, value in settings.items():
        start += ["--conf", f"{name}={value}"]
    with _process(work, "connect", "spark-submit", [*start, "spark-internal"], port):
        yield f"sc://{HOST}:{port}"


@contextlib.contextmanager
def _process(
    work: Path, name: str, script: str, arguments: list[str], port: int | None = None
) -> Iterator[None]:
    """A process of Spark while it is needed, from when it listens on its port."""
    home, log = Path(_server()[0]), work / f"{name}.log"
    scratch = work / f"{name}-scratch"
    scratch.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SPARK_", "PYSPARK_"))}
    environment = {
        **kept,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(scratch),
    }
    if script == "spark-class":  # the master and the workers compute nothing themselves
        environment |= {"SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": SOON_READY}
    with log.open("w") as written:
        process = subprocess.Popen(
            [str(home / "bin" / script), *arguments],
            env=environment, cwd=work, stdin=subprocess.DEVNULL, stdout=written,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_end_with_the_tests,
        )  # fmt: skip
    try:
        if port is not None:
            _wait_for(port, process, log)
        yield
    finally:
        _end(process)


def _end_with_the_tests() -> None:
    """On Linux, have a process told to end when the one that started it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here, and then whatever it started itself."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(ENDS_WITHIN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(ENDS_WITHIN)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.2)
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"Spark did not start within {STARTS_WITHIN} seconds. It said: {said}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def _server() -> tuple[str, str]:
    """Where the server's pyspark is, and its version."""
    code = "import pyspark; print(pyspark.__path__[0]); print(pyspark.__version__)"
    python = os.environ["CAREBENCH_SPARK_PYTHON"]
    said = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    home, version = said.stdout.split("\n")[:2]
    return home, version
