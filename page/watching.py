"""Whether figures are kept: the setting, without importing what keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from page.metrics import Metrics

SHORTEST_TOKEN = 16


class MetricsError(Exception):
    """Figures were asked for and cannot be kept; the message is one sentence with the way out."""


def load_metrics(environment: Mapping[str, str]) -> Metrics | None:
    """The figures that ``STANDARDISTE_METRICS`` asks for; None without it. Raises ``MetricsError``."""
    token = environment.get("STANDARDISTE_METRICS", "").strip()
    if not token:
        return None
    if len(token) < SHORTEST_TOKEN or not token.isascii() or any(letter.isspace() for letter in token):
        raise MetricsError(
            f"STANDARDISTE_METRICS must be a token of at least {SHORTEST_TOKEN} letters and digits: make one with "
            "“python -c 'import secrets; print(secrets.token_hex(16))'”."
        )
    try:
        from page.metrics import Metrics
    except ImportError as error:
        raise MetricsError(
            "STANDARDISTE_METRICS needs prometheus-client: install “standardiste[cluster]”, or unset it."
        ) from error
    return Metrics(token)
