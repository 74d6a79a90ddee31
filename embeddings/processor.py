"""The processor that this runs on."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Processor:
    """What a program is built for: the architecture, and the instruction sets and other features that Linux lists."""

    machine: str
    name: str
    flags: tuple[str, ...]

    def runs(self, other: Processor) -> bool:
        """Whether what was built for ``other`` finds here everything that it may use."""
        return self.machine == other.machine and set(other.flags) <= set(self.flags)

    @property
    def prefers_eight_bits(self) -> bool:
        """Whether it multiplies whole numbers of 8 bits (VNNI) clearly quicker than bfloat16, which AMX does well."""
        return bool({"avx512_vnni", "avx_vnni"} & set(self.flags)) and "amx_bf16" not in self.flags


def this_processor() -> Processor:
    """The processor of this machine; without flags where the system lists none."""
    known: dict[str, str] = {}
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        known.setdefault(name.strip(), value.strip())
    flags = known.get("flags") or known.get("Features") or ""
    return Processor(platform.machine(), known.get("model name", platform.machine()), tuple(sorted(flags.split())))
