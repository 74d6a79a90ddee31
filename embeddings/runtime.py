"""OpenVINO, imported without its telemetry."""

from __future__ import annotations

import sys
from types import ModuleType


def import_openvino() -> ModuleType:
    """The ``openvino`` module; every import of it in this project goes through here.

    Importing OpenVINO 2026 also imports its model converter, whose import reports to Google Analytics and writes
    an identifier into the user's home folder unless the user has opted out. We never convert, and OpenVINO
    does without the converter if it cannot be imported, so for that moment it cannot. That also saves 80 ms.
    """
    converter = "openvino.tools.ovc"
    if "openvino" in sys.modules or converter in sys.modules:
        import openvino  # type: ignore[import-untyped]
    else:
        modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
        # None makes Python raise ImportError for it.
        modules[converter] = None
        try:
            import openvino
        finally:
            del modules[converter]
    module: ModuleType = openvino
    return module
