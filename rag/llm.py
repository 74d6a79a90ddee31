"""One way to talk to a language model: OpenAI-compatible endpoints, the local one included.

Without an endpoint in the settings, llama.cpp serves the local model on a loopback port, with a key made up for this
run (``rag.local``). Everything that can go wrong comes out as ``ModelUnavailable``.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag.breaker import Breaker
from rag.endpoint import EndpointModel
from rag.fleet import Fleet
from rag.meter import QUIET, Meter
from rag.model import Cut, Failure, LanguageModel, ModelUnavailable
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.local import LocalModel

__all__ = ["Cut", "EndpointModel", "Failure", "LanguageModel", "ModelUnavailable", "open_model"]


def open_model(settings: Settings, meter: Meter = QUIET) -> LanguageModel | None:
    """The model that the settings name; None for "none". Raises ``embeddings.weights.WeightsError`` if not there."""
    if not settings.uses_model:
        return None
    if settings.endpoint:
        return Fleet(endpoints(settings, meter), meter)
    return Breaker(open_local(settings, meter), on_failure=partial(meter.model_failed, "local"))


def open_local(settings: Settings, meter: Meter = QUIET) -> LocalModel:
    """The local model of the settings, not started yet. Raises ``embeddings.weights.WeightsError`` if not there."""
    from embeddings.weights import locate
    from rag.local import LocalModel

    name = Path(settings.model).stem if settings.model.endswith(".gguf") else settings.model
    return LocalModel(locate(settings.model), name, meter, native=settings.engine != "wheel")


def endpoints(settings: Settings, meter: Meter = QUIET) -> list[EndpointModel]:
    """The model at each address of the settings."""
    return [EndpointModel(address, settings.key, settings.model, meter=meter) for address in settings.addresses]
