"""Hosts and addresses that mean everybody's."""

from __future__ import annotations

import re

ANYWHERE = frozenset({"0.0.0.0", "0.0.0.0/0", "*"})  # noqa: S104 - no address to listen on
# A star before what a registry sells names under (*.com, *.co.uk), or a service gives to everybody.
# Under the words that are left out nobody can have a name on the internet.
PRIVATE = "internal|local|corp|lan|home"
SHARED = (
    r"([\w-]+\.)*(amazonaws\.com|core\.windows\.net|on\.aws)|azurewebsites\.net|cloudfront\.net"
    r"|github\.io|herokuapp\.com|netlify\.app|ngrok(-free)?\.(app|dev|io)|pages\.dev"
    r"|r2\.(cloudflarestorage\.com|dev)|run\.app|vercel\.app|web\.app|workers\.dev"
)
EVERY_NAME = re.compile(
    rf"\*\.?(?!({PRIVATE})\.?$)(((co|com|org|net|gov|ac|edu)\.)?[a-z]{{2,}}|{SHARED})\.?",
    re.IGNORECASE,
)


def is_anywhere(address: str) -> bool:
    """Whether whoever likes can have an address that it means."""
    host = re.sub(r":\d+(-\d+)?$", "", address.strip())
    return host in ANYWHERE or bool(EVERY_NAME.fullmatch(host))
