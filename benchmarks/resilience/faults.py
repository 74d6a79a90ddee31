"""Faults at an exact write, flush or rename of this process, SQLite's own included.

SQLite writes from C: the table of functions through which it reaches the disk (its VFS, https://sqlite.org/vfs.html) is
changed in memory, by way of ctypes. Python's own writes are caught by replacing functions of ``os``.
"""

from __future__ import annotations

import ctypes
import errno
import io
import os
import signal
from pathlib import Path
from typing import Any, Literal

Kind = Literal["none", "kill", "torn", "full"]

_SLOTS = 19
"""Of a table of file methods, version 3: its version, then 18 functions."""
_WRITE, _TRUNCATE, _SYNC = 3, 4, 5
_FULL = 13
"""SQLITE_FULL."""
_Pointer = ctypes.c_void_p
_Open = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, _Pointer, ctypes.c_int, _Pointer)
_Delete = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, ctypes.c_int)
_Write = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, ctypes.c_int, ctypes.c_int64)
_Truncate = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_int)


class Impossible(Exception):
    """SQLite is no library of its own here, whose functions could be reached."""


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", _Pointer),
        ("name", ctypes.c_char_p),
        ("data", _Pointer),
        ("open", _Open),
        ("delete", _Delete),
    )


class _File(io.FileIO):
    """A file that Python writes."""

    def __init__(self, handle: int, mode: str, faults: Faults) -> None:
        super().__init__(handle, mode)
        self._faults = faults

    def write(self, content: Any) -> int:  # noqa: ANN401
        """Write, unless the disk is full; or half of it, before the end."""
        due, faults = self._faults.due(), self._faults
        if faults.is_full() or (due and faults.kind == "torn"):
            super().write(content[: len(content) // 2])
            if due and faults.kind == "torn":
                faults.die()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = super().write(content)
        if due:
            faults.die()
        return written


class Faults:
    """Counts the steps (writes, flushes, truncations, renames, deletions) of this process; acts at one of them.

    "kill": SIGKILL after step ``at``; "torn": after half of it, if it is a write; "full": the disk is full from that
    step on. Steps count from 1. Once installed, it stays for the life of the process.
    """

    def __init__(self, kind: Kind, at: int) -> None:
        self.kind, self.at = kind, at
        self.steps = 0
        self._kept: list[Any] = []
        self._methods: dict[int, Any] = {}

    def install(self) -> None:
        """Catch every step from now on. Raises ``Impossible``."""
        self._catch_python()
        self._catch_sqlite()

    def due(self) -> bool:
        """Count a step; whether it is the one to act at."""
        self.steps += 1
        return self.kind != "none" and self.steps == self.at

    def is_full(self) -> bool:
        """Whether nothing more can be written."""
        return self.kind == "full" and self.steps >= self.at

    @staticmethod
    def die() -> None:
        """End at once, without any cleaning up."""
        os.kill(os.getpid(), signal.SIGKILL)

    # Python -------------------------------------------------------------------------------------------------------

    def _catch_python(self) -> None:
        patched: Any = os
        for name in ("fsync", "replace", "link"):
            setattr(patched, name, self._caught(getattr(os, name)))
        plain = patched.fdopen

        def fdopen(handle: int, mode: str = "r", *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            return _File(handle, mode, self) if mode == "wb" else plain(handle, mode, *arguments, **options)

        patched.fdopen = fdopen

    def _caught(self, function: Any) -> Any:  # noqa: ANN401 - whatever os has
        def step(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            due = self.due()
            if self.is_full():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            result = function(*arguments, **options)
            if due:
                self.die()
            return result

        return step

    # SQLite -------------------------------------------------------------------------------------------------------

    def _catch_sqlite(self) -> None:
        library = ctypes.CDLL(_library())
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        vfs = library.sqlite3_vfs_find(None).contents
        plain_open, plain_delete = (
            kind(ctypes.cast(function, _Pointer).value or 0)
            for kind, function in ((_Open, vfs.open), (_Delete, vfs.delete))
        )

        def opened(table: int, name: int, file: int, flags: int, out: int) -> int:
            code = int(plain_open(table, name, file, flags, out))
            methods = _Pointer.from_address(file)
            if code == 0 and methods.value:
                methods.value = self._replaced(int(methods.value))
            return code

        def deleted(table: int, name: int, flush: int) -> int:
            due = self.due()
            code = int(plain_delete(table, name, flush))
            if due and self.kind != "full":
                self.die()
            return code

        vfs.open, vfs.delete = _Open(opened), _Delete(deleted)
        self._kept += [vfs.open, vfs.delete, plain_open, plain_delete, opened, deleted]

    def _replaced(self, methods: int) -> int:
        """The address of a copy of a table of file methods, with ours in it."""
        if methods not in self._methods:
            table = (_Pointer * _SLOTS).from_buffer_copy((_Pointer * _SLOTS).from_address(methods))
            write, truncate, sync = (
                kind(table[slot] or 0) for kind, slot in ((_Write, _WRITE), (_Truncate, _TRUNCATE), (_Sync, _SYNC))
            )

            def written(file: int, content: int, size: int, offset: int) -> int:
                due = self.due()
                if self.is_full():
                    return _FULL
                if due and self.kind == "torn":
                    write(file, content, size // 2, offset)
                    self.die()
                return self._after(due, write(file, content, size, offset))

            ours = (
                _Write(written),
                _Truncate(lambda file, size: self._after(self.due(), truncate(file, size))),
                _Sync(lambda file, flags: self._after(self.due(), sync(file, flags))),
            )
            for slot, function in zip((_WRITE, _TRUNCATE, _SYNC), ours, strict=True):
                table[slot] = ctypes.cast(function, _Pointer).value
            self._kept += [write, truncate, sync, *ours]
            self._methods[methods] = table
        return ctypes.addressof(self._methods[methods])

    def _after(self, due: bool, code: int) -> int:
        if due and self.kind != "full":
            self.die()
        return code


def _library() -> str:
    import sqlite3  # noqa: F401 - loads the library

    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    except OSError:
        maps = []
    for line in maps:
        if "libsqlite3" in line:
            return line.split(maxsplit=5)[-1]
    raise Impossible("SQLite is not a library that can be reached on this system.")
