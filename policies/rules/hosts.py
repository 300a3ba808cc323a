# A copy, by `make docs`, of cube-access's own
# components/cube_access/facts/addresses.py: change it there.

"""What makes an address unsafe for codes and tokens, whoever it belongs to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

# https://www.rfc-editor.org/rfc/rfc6761#section-6.3
_LOOPBACK = re.compile(r"(.*\.)?(localhost|localdomain)\.?")
# What no host name has, browsers take for the end of one: https://a.example\.b.example
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")
# https://url.spec.whatwg.org/#ends-in-a-number-checker: a browser reads it as a number.
_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")


def unsafe(uri: str, schemes: Collection[str] = ("https",)) -> str:
    """Why what is sent to this address could reach another one, or be read on the way; empty when
    it is exact. Never has a part of the address.

    Args:
        schemes: that are safe there.
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return "is not a URL"
    if parts.scheme not in schemes:
        return "is not https: codes and tokens could be read on the way"
    if "*" in uri:
        return "has a wildcard: any matching page could collect tokens"
    if "#" in uri or parts.username is not None or "@" in parts.netloc:
        return "has a fragment or a user name: it is no exact address"
    if host and (not _HOST.fullmatch(host) or _is_strange_number(host)):
        return "has a host that browsers read as another address"
    return "" if host else "has no host name"


def is_loopback(host: str) -> bool:
    """Whether it is the machine itself, by name or by number."""
    if _LOOPBACK.fullmatch(host):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_strange_number(host: str) -> bool:
    """An IPv4 address in another form than four numbers."""
    if not _NUMBER.fullmatch(host):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False
