"""Who may see what is served: an address with a secret token, the names of this machine, and chosen origins."""

import hmac
import ipaddress
import re
import secrets
import socket
from collections.abc import Sequence

from alive_cli.errors import InputError

LOOPBACK = "127.0.0.1"
"""A server listens on this address alone unless the user names another, so that no other machine reaches it."""
WILDCARDS = ("0.0.0.0", "::")
"""With these hosts a server listens on all addresses of the machine."""
TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9_-]{8,128}")
"""A token consists of characters that addresses may hold, and of so many that nobody guesses it."""
ORIGIN = re.compile(r"null|([a-z][a-z0-9+.-]*)://([a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
"""An origin is a scheme, a host and perhaps a port; pages from files have the origin `null`."""
DEFAULT_PORTS = {"http": 80, "https": 443}
"""Browsers leave out these ports."""


class Guard:
    """Decides about each request by its address and headers."""

    def __init__(self, token: str | None = None, host: str = LOOPBACK, origins: Sequence[str] = ()) -> None:
        """Let in those who know the token.

        Args:
            token: a random one by default.
            host: the host that the server listens on.
            origins: the origins of pages that may use the server, beside its own.

        Raises:
            InputError: the token or an origin is malformed.
        """
        if token is not None and not TOKEN_CHARACTERS.fullmatch(token):
            raise InputError("A token has 8 to 128 letters, digits, - and _; leave out --token for a random one.")
        for origin in origins:
            if _normal(origin) is None:
                raise InputError(f"{origin!r} is no origin; give one as http://localhost:8000.")
        self.token = token or secrets.token_urlsafe(16)
        self._origins = {_normal(origin) for origin in origins}
        self._names: set[str] = set()
        self._any_address = False
        self.listen_on(host)

    def listen_on(self, host: str) -> None:
        """Let in those who use this host, too: the server listens on it.

        Args:
            host: a name, an address, or a wildcard, which stands for all addresses of the machine.
        """
        self._names.add(host.lower())
        if host in (LOOPBACK, "localhost", *WILDCARDS):
            self._names |= {LOOPBACK, "localhost"}
        if host in WILDCARDS:
            self._any_address = True
            self._names.add(socket.gethostname().lower())

    def path(self, address: str) -> str | None:
        """The path after the token, or None if the token is wrong."""
        _, key, path = [*address.split("/", 2), "", ""][:3]
        # The time of a comparison must not tell how much of a token is right.
        return path if hmac.compare_digest(key.encode(), self.token.encode()) else None

    def allows(self, host: str, port: int, origin: str | None) -> bool:
        """Whether a request may come in with the headers Host and Origin. Programs have no origin.

        Any other name of this machine could be DNS rebinding by a page of another site.
        """
        if not self._is_own(host.lower(), port):
            return False
        return origin is None or _normal(origin) == (_normal(f"http://{host}") or "") or self.has_chosen(origin)

    def has_chosen(self, origin: str | None) -> bool:
        """Whether the user has named an origin, so that its pages may read what is served."""
        return origin is not None and _normal(origin) in self._origins

    def _is_own(self, host: str, port: int) -> bool:
        name, separator, number = host.rpartition(":")
        if not separator or number != str(port):
            name = host if port == 80 else ""
        name = name.removeprefix("[").removesuffix("]")
        return bool(name) and (name in self._names or (self._any_address and _is_address(name)))


def _normal(origin: str) -> str | None:
    """An origin as browsers write it: in lower case, and without the port of its scheme. None if it is malformed."""
    match = ORIGIN.fullmatch(origin.lower())
    if match is None or match[1] is None:
        return match and match[0]
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" + ("" if port is None or int(port) == DEFAULT_PORTS.get(scheme) else f":{int(port)}")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
