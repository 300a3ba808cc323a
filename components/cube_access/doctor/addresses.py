"""Where people are sent back to: whether these names lead anywhere, for everybody."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies

from cube_access.doctor.lines import Line, do, note, ok, unseen
from cube_access.settings import Settings


def lines(settings: Settings) -> Iterator[Line]:
    for uri in settings.redirect_uris:
        yield _redirect(uri)


def _redirect(uri: str) -> Line:
    about, parts = "redirect", urlsplit(uri)
    host, port = str(parts.hostname), parts.port or 443
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        if getproxies().get("https"):
            return note(about, f"{uri}: {host} is resolved by a proxy here, and was not looked at")
        return unseen(about, f"{uri}: {host} cannot be resolved from here ({error.strerror})")
    found = sorted({str(each[4][0]) for each in answers})
    loops = [each for each in found if ipaddress.ip_address(each.partition("%")[0]).is_loopback]
    if loops:
        return do(about, f"{uri}: {host} is {', '.join(loops)}, each person's own machine")
    return ok(about, f"{uri}: {host} leads somewhere; compare it with what Cube Cloud shows")
