"""A new environment's configuration of the policy pack, and what one demands of the settings.

Starts from a file of `policies/starts`. How a rule judges is the pack's own affair: only which
rules an environment has made mandatory is read here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatch
from typing import Any

from cube_access.init.errors import InitError

LIKES = ("production", "development")
DEVELOPMENT = frozenset({"dev", "development", "local", "sandbox", "test"})
# Which setting a rule asks for, where that is one that a new environment leaves away.
DEMANDS = {
    "secretKmsKeyId": "secret-stores-encrypted",
    "allowedCidrs": "service-users-network-policy",
    "oauthNetworkPolicy": "oauth-network-policy",
}
REDIRECTS = "oauth-redirects-known"
Config = dict[str, Any]


def like(stack: str) -> str:
    """The starting point of a new environment, if nothing is said: production's, unless the
    stack's name has a word for development in it.
    """
    words = re.split(r"[^a-z0-9]+", stack.lower())
    return "development" if DEVELOPMENT.intersection(words) else "production"


def read(text: str, name: str) -> Config:
    """Raises:
    InitError: it is no configuration of a policy pack.
    """
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise InitError(f"{name} is not JSON ({error}).") from None
    if not isinstance(config, dict):
        raise InitError(f"{name} is no policy configuration: it is no map of rules.")
    return config


def derived(config: Config, names: Collection[str], hosts: Collection[str]) -> Config:
    """The configuration of a new environment, from a starting point.

    Exceptions are not taken over: each names a resource of the other environment. Nor is a pattern
    of other environments' names that this one's own name matches.

    Args:
        names: the new environment's own.
        hosts: where the new one's OAuth redirects go. One that the other does not know is added,
            where it knows any.
    """
    made = dict(config)
    if isinstance(listing := made.get("exceptions-listed"), dict):
        made["exceptions-listed"] = {**listing, "exceptions": []}
    if known := _limit(config, REDIRECTS, "hosts"):
        made[REDIRECTS] = {
            **made[REDIRECTS],
            "hosts": [*known, *unknown_hosts(config, hosts)],
        }
    if foreign := _limit(made, "environments-apart", "foreign"):
        own = {each.lower().replace("-", mark) for each in names for mark in "-_"}
        made["environments-apart"] = {
            **made["environments-apart"],
            "foreign": [
                each for each in foreign if not any(fnmatch(name, each.lower()) for name in own)
            ],
        }
    return made


def unknown_hosts(config: Config, hosts: Collection[str]) -> list[str]:
    """Those that the rule about redirects does not know; none where it knows no host at all. Hosts
    are compared as the rule compares them, which is not by case.
    """
    known = [f"{each}".lower() for each in _limit(config, REDIRECTS, "hosts")]
    return [each for each in hosts if known and not any(fnmatch(each.lower(), k) for k in known)]


def without_the_host(config: Config) -> str:
    """What a preview does about a redirect to a host that is not known; empty: nothing."""
    level = _level(config, REDIRECTS)
    if level == "disabled":
        return ""
    return "each preview warns" if level == "advisory" else "the preview stops"


def text(config: Config) -> str:
    """A rule a line, as the files that are there."""
    lines = [f"  {json.dumps(rule)}: {json.dumps(said)}" for rule, said in config.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def demanded(config: Config) -> Mapping[str, str]:
    """Settings that `up` with the pack does not pass without, and the rule that says so."""
    exceptions = _limit(config, "exceptions-listed", "exceptions")
    excepted = {each.get("rule") for each in exceptions if isinstance(each, dict)}
    return {
        setting: rule
        for setting, rule in DEMANDS.items()
        if _level(config, rule) == "mandatory" and rule not in excepted
    }


def _level(config: Config, rule: str) -> Any:
    """As it is written, of the rule or of all; None where the rule's own holds."""
    for said in (config.get(rule), config.get("all")):
        level = said.get("enforcementLevel") if isinstance(said, dict) else said
        if level is not None:
            return level
    return None


def _limit(config: Config, rule: str, name: str) -> list[Any]:
    said = config.get(rule)
    found = said.get(name) if isinstance(said, dict) else None
    return found if isinstance(found, list) else []
