"""Who may use the page, and where it stands: users with hashed passwords from a file, its path, its siblings.

The file of users, named by ``STANDARDISTE_USERS``, has a line ``name:salt:hash`` for each, which
``python -m page.access NAME`` makes. Browsers send the name and password with every request (HTTP Basic, RFC 7617),
so that whoever serves it to a network puts it behind TLS.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEMORY = 1 << 14
"""scrypt's n, with r = 8 and p = 1: 16 MiB and some 50 ms a guess (OWASP's recommendation is of this order)."""


_SIBLING = re.compile(r"http://(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}/?")


class AccessError(Exception):
    """The file of users cannot be used; the message is one sentence with the way out."""


@dataclass(slots=True)
class Access:
    """Who may use the page; ``users`` (name → salt and hash) empty lets everybody in.

    ``root`` is the path that a proxy puts before the page, "" or like "/standardiste"; ``siblings`` are the base
    addresses of all processes that serve it, none for this one alone (``page.siblings``).
    """

    users: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    root: str = ""
    siblings: tuple[str, ...] = ()
    _seen: dict[bytes, str] = field(default_factory=dict)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def may_add(self, host: str) -> bool:
        """Whether articles may be added through the page: by users with a name, or on this machine only."""
        return bool(self.users) or ipaddress.ip_address(host).is_loopback

    def knows(self, authorization: str) -> bool:
        """Whether this header was found right before."""
        return self._digest(authorization) in self._seen

    def _digest(self, authorization: str) -> bytes:
        # Hashing takes its time on purpose; a header that was right is recognised by a digest with a key of its own.
        return hmac.digest(self._key, authorization.encode("utf-8", "replace"), "sha256")

    def user(self, authorization: str) -> str | None:
        """Who sends this header; None for nobody that the file knows."""
        digest = self._digest(authorization)
        if digest in self._seen:
            return self._seen[digest]
        name, password = _credentials(authorization)
        salt, wanted = self.users.get(name, (b"", b""))
        if not hmac.compare_digest(hashed(password, salt), wanted) or name not in self.users:
            return None
        self._seen[digest] = name
        return name


def load_access(environment: Mapping[str, str]) -> Access:
    """Read the file of users, the root path and the siblings that the environment names. Raises ``AccessError``."""
    root = environment.get("STANDARDISTE_ROOT_PATH", "").strip("/")
    named = environment.get("STANDARDISTE_USERS", "")
    siblings = tuple(part.strip() for part in environment.get("STANDARDISTE_SIBLINGS", "").split(",") if part.strip())
    if wrong := [address for address in siblings if not _SIBLING.fullmatch(address)]:
        raise AccessError(f"STANDARDISTE_SIBLINGS holds “{wrong[0]}”: write http://host:port, separated by commas.")
    return Access(read_users(Path(named).expanduser()) if named else {}, f"/{root}" if root else "", siblings)


def read_users(file: Path) -> dict[str, tuple[bytes, bytes]]:
    """Read a file of users; blank lines and those with # in front are passed over. Raises ``AccessError``."""
    users = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise AccessError(f"The file of users {file} cannot be read ({error}): check STANDARDISTE_USERS.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, salt, stored = line.strip().split(":")
            users[name] = bytes.fromhex(salt), bytes.fromhex(stored)
        except ValueError:
            raise AccessError(
                f"Line {number} of {file} is not name:salt:hash: make it with “python -m page.access NAME”."
            ) from None
    if not users:
        raise AccessError(f"The file of users {file} names nobody: add a line with “python -m page.access NAME”.")
    return users


def hashed(password: str, salt: bytes) -> bytes:
    """The password's scrypt hash (RFC 7914), 32 bytes."""
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=MEMORY, r=8, p=1, dklen=32, maxmem=1 << 26)


def user_line(name: str, password: str) -> str:
    """A line for the file of users."""
    salt = secrets.token_bytes(16)
    return f"{name}:{salt.hex()}:{hashed(password, salt).hex()}"


def _credentials(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password


def main() -> int:
    """Ask for a password and print the line for the file of users."""
    import getpass
    import sys

    if len(sys.argv) != 2 or not sys.argv[1] or ":" in sys.argv[1]:
        sys.stderr.write("python -m page.access NAME, where NAME has no colon.\n")
        return 2
    sys.stdout.write(user_line(sys.argv[1], getpass.getpass()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
