"""Addresses: those that carry codes and tokens, and networks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from cube_access.facts.addresses import is_loopback, unsafe

OWN = "is a loopback or private address: each person's browser finds another machine there"


def url_problem(uri: str) -> str:
    """Why what carries tokens may not go to this address; empty when it may."""
    if problem := unsafe(uri):
        return problem
    parts = urlsplit(uri)
    if odd := re.search(r"[^\w.~:/?@!$&'()+,;=%\[\]-]", uri, re.ASCII):
        # The Snowflake plugin escapes a quote with a backslash, and a backslash not at all.
        return f"has {odd[0]!r}, which no URL has as it is: write it as %XX"
    if problem := _port_problem(parts.netloc):
        return problem
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.hostname or ""):
        return "has no full host name"
    return ""


def redirect_problem(uri: str) -> str:
    """Why codes may not be sent back to this address; empty when they may."""
    if problem := unsafe(uri):
        return problem
    host = urlsplit(uri).hostname or ""
    if ":" in host:
        return "has an IPv6 address: write a host name, which its certificate has, too"
    if is_loopback(host) or _is_private(host):
        return OWN
    return url_problem(uri)


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.IPv4Address(host).is_global
    except ValueError:
        return False


def repeated(uris: Iterable[str]) -> list[str]:
    """Addresses that are there twice, however they are written."""
    seen: set[tuple[str, ...]] = set()
    twice = []
    for uri in uris:
        parts = urlsplit(uri)
        host = parts.netloc.lower().removesuffix(":443")
        same = (parts.scheme, host, parts.path or "/", parts.query)
        if same in seen:
            twice.append(uri)
        seen.add(same)
    return twice


def _port_problem(netloc: str) -> str:
    _, colon, port = netloc.rpartition("]")[2].partition(":")
    if not colon:
        return ""
    if not port:
        return "has a colon without a port: write a port of 1 to 65535, or no colon"
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65_535):
        return f"has the port {port!r}: write one of 1 to 65535"
    return ""


def cidrs_problem(cidrs: Iterable[str]) -> str:
    """Why Snowflake would not take these networks, or not as they are meant; empty if it does."""
    networks: list[ipaddress.IPv4Network] = []
    for cidr in cidrs:
        try:
            network = ipaddress.IPv4Network(cidr)
        except ValueError as error:
            return f"{cidr!r} is not an IPv4 network ({error})"
        if cidr not in (str(network), str(network.network_address)):
            # A netmask, or a length with a zero before it.
            return f"{cidr!r} is not written as Snowflake reads it: write {network}"
        if network in networks:
            return f"{cidr!r} is there twice"
        networks.append(network)
    if any(network.prefixlen == 0 for network in ipaddress.collapse_addresses(networks)):
        return f"{', '.join(cidrs)} is the whole internet: leave the key away for that"
    return ""
