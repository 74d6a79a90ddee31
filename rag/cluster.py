"""A connection to Ray: to the cluster that the settings name, or to one of this machine's own cores.

Errors::

    ClusterError            Ray is missing, its cluster cannot be reached, or its nodes cannot do the work
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from rag.settings import Settings
    from rag.stages import Stages

OBJECTS = 512 << 20
"""Bytes of shared memory for what stands between two stages; what is more than that goes to disk."""
_LONGEST_FOLDER = 40
"""Characters: Ray puts 60 more behind it for its sockets, whose names may have 107."""
_ANYWHERE = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Times that an address is tried, half a minute each.
    "RAY_NUM_REDIS_GET_RETRIES": "2",
}
_PLACE = re.compile(r"\bip=([^\s,)]+)")
"""In the heading of what Ray reports of a task that raised."""
_QUIET = {"log_to_driver": False, "configure_logging": False, "logging_level": logging.ERROR}


class ClusterError(Exception):
    """The cluster cannot do the work; the message is one sentence with the way out."""


@contextmanager
def stages_on_ray(settings: Settings, encoder: Encoder) -> Iterator[Stages]:
    """The stages of indexing on the Ray cluster ``settings.ray``, or on one of this machine's cores.

    ``encoder`` is the one that the store was opened with. Raises ``ClusterError``.
    """
    with connected(settings.ray) as ray:
        from rag.ray_stages import OnRay
        from rag.ray_work import Recipe, identity_of

        yield OnRay(ray, Recipe(settings.encoder), identity_of(encoder))


@contextmanager
def connected(address: str = "", cores: int = 0) -> Iterator[Any]:
    """The module ``ray``, connected to the cluster at ``address`` as long as the context lasts.

    Without an address a cluster is started on this machine with ``cores`` workers (0: one a core), and stopped at the
    end: it listens on the loopback interface alone, to those who know its secret, without dashboard and usage reports,
    and leaves no file. Raises ``ClusterError``.
    """
    if address:
        _require_listener(address)
    with _environment({**_ANYWHERE, **({} if address else _private())}):
        try:
            import ray
        except ImportError as error:
            raise ClusterError(
                f"Indexing on Ray needs packages that are not installed ({error}): run “pip install -c "
                "constraints.txt -e '.[cluster]'” in Standardiste's environment."
            ) from error
        with _joined(ray, address) if address else _started(ray, cores or len(os.sched_getaffinity(0))):
            yield ray


def explained(error: Exception) -> Exception:
    """What ``ray.get`` raised, as an error that names the node and the way out."""
    cause, place = getattr(error, "cause", None), _PLACE.search(str(error))
    where = f"The node {place[1]}" if place else "A node"
    kinds = {kind.__name__ for kind in type(cause).__mro__}
    if kinds & {"WeightsError", "PackedFileError"}:
        return ClusterError(f"{where} of the Ray cluster lacks the encoder's weights: {cause}")
    missing = next((line for line in f"{error}\n{cause}".splitlines() if "No module named" in line), "")
    if missing or "ImportError" in kinds:
        return ClusterError(
            f"{where} of the Ray cluster has not what the work needs ({missing or cause}): install the same "
            "Standardiste there, with the same packages."
        )
    if isinstance(cause, Exception) and "RayError" not in kinds:
        return cause
    if type(error).__name__ == "GetTimeoutError":
        return ClusterError("The Ray cluster does not start its encoders: look after its nodes, or do without them.")
    return ClusterError(
        f"The Ray cluster lost the work again and again ({type(error).__name__}): look after its nodes and run the "
        "command again; what was stored is kept."
    )


def _private() -> dict[str, str]:
    """The environment of a cluster of this command's own, read when Ray is imported."""
    return {
        # Ray's name for "may have nodes on other machines"; without them it listens on the loopback interface.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        # Given here, or Ray keeps one for all its clusters in the user's home.
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": os.environ.get("RAY_AUTH_TOKEN") or _secret(),
    }


@lru_cache(maxsize=1)
def _secret() -> str:
    """One a process: Ray reads it once."""
    return secrets.token_hex(32)


def _require_listener(address: str) -> None:
    """Refuse an address at once where nobody listens: Ray would try for a quarter of an hour."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__


def _unreachable(address: str, reason: str) -> ClusterError:
    return ClusterError(
        f"The Ray cluster {address} cannot be joined from this machine ({reason}): check that it runs, that this "
        "machine is one of its nodes and has its token, and STANDARDISTE_RAY; without it this machine's cores alone do "
        "the work."
    )


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _joined(ray: Any, address: str) -> Iterator[None]:  # noqa: ANN401 - an optional module
    try:
        ray.init(address=address, **_QUIET)
    except Exception as error:  # Ray raises a dozen kinds for a cluster that is not there, or not for us.
        ray.shutdown()
        raise _unreachable(address, _first_line(error)) from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _started(ray: Any, cores: int) -> Iterator[None]:  # noqa: ANN401
    parent = tempfile.gettempdir() if len(tempfile.gettempdir()) <= _LONGEST_FOLDER else "/tmp"
    with tempfile.TemporaryDirectory(prefix="ray-", dir=parent, ignore_cleanup_errors=True) as folder:
        try:
            ray.init(
                address="local",
                num_cpus=cores,
                object_store_memory=OBJECTS,
                include_dashboard=False,
                _temp_dir=folder,
                **_QUIET,
            )
        except Exception as error:
            ray.shutdown()
            raise ClusterError(
                f"Ray cannot be started on this machine ({_first_line(error)}): index without --engine ray."
            ) from error
        try:
            yield
        finally:
            ray.shutdown()
