"""What an operator may set: by environment, or in a file for all of it (``STANDARDISTE_CONFIG``, TOML)."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

ENGINES = ("auto", "wheel")


class SettingsError(Exception):
    """A setting cannot be used; the message is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; each ``name`` is read from ``STANDARDISTE_NAME``, else from the settings file.

    ``model`` is a name that ``embeddings.weights`` knows, a GGUF file, "none" (extractive answers only), or, with an
    ``endpoint``, the model's name there ("": its server is asked for it). ``endpoint`` holds the base addresses of
    OpenAI-compatible services, separated by commas; without one the model runs in this process. ``key`` is for all of
    them and is never shown. ``store`` is where the articles are ("" for SQLite in ``index``) and ``records`` the
    database of a Milvus store's texts and notes, with its password (``rag.places`` gives the forms).
    ``ray`` is the address of the Ray cluster that ``index --engine ray`` works on; without one that command uses this
    machine's cores.
    ``engine`` is what serves a local model: "auto" for the native engine where it has been built (``rag.native``), or
    "wheel" for xllamacpp's in any case.
    """

    index: Path
    encoder: str = "e5-small"
    model: str = "qwen2.5-coder-1.5b"
    endpoint: str = ""
    key: str = field(default="", repr=False)
    store: str = ""
    records: str = field(default="", repr=False)
    ray: str = ""
    engine: str = "auto"

    @property
    def uses_model(self) -> bool:
        """Whether a language model is to write the answers."""
        return self.model != "none"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The base addresses in ``endpoint``, each once."""
        return tuple(dict.fromkeys(part.strip() for part in self.endpoint.split(",") if part.strip()))


def default_index() -> Path:
    """The user's data folder for the index."""
    import platformdirs

    return Path(platformdirs.user_data_dir("standardiste", appauthor=False)) / "index"


def load_settings(index: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment over the settings file over the defaults; ``index`` goes before all of them."""
    environment = os.environ if environment is None else environment
    values = _from_file(environment.get("STANDARDISTE_CONFIG"))
    for setting in fields(Settings):
        value = environment.get(f"STANDARDISTE_{setting.name.upper()}")
        if value:
            values[setting.name] = value
    folder = index or (Path(values.pop("index")) if "index" in values else default_index())
    values.pop("index", None)
    if values.get("engine", "auto") not in ENGINES:
        raise SettingsError(f"STANDARDISTE_ENGINE is {' or '.join(ENGINES)}, not “{values['engine']}”.")
    if values.get("endpoint"):
        values.setdefault("model", "")
    return Settings(index=Path(folder).expanduser(), **values)


def _from_file(name: str | None) -> dict[str, str]:
    if not name:
        return {}
    try:
        values = tomllib.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"The settings file {name} cannot be read ({error}): mend it or unset STANDARDISTE_CONFIG."
        ) from error
    known = {setting.name for setting in fields(Settings)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(
            f"The settings file {name} holds an unknown setting “{unknown[0]}”: known are {', '.join(sorted(known))}."
        )
    return {key: str(value) for key, value in values.items()}
