"""What Snowflake's errors mean, by their numbers and SQLSTATEs.

Read by whoever meets one: components, doctor, verify and the plugin must not tell a failed sign-in
as a wrong name. Imports no client: an error is what the connector's errors have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Kind = Literal["sign-in", "rights", "rate", "transport", "not there"]

# "Does not exist or not authorized": of what is in schemas, and of others. It says either.
STATES: Mapping[str, Kind] = {"42S02": "not there", "02000": "not there", "42501": "rights"}
NUMBERS: Mapping[int, Kind] = {
    2003: "not there",
    2043: "not there",
    3001: "rights",
    # User or password, locked, disabled, a key's token, an expired one, OAuth, a network policy, an
    # account without a name.
    **dict.fromkeys(
        (
            *(251005, 390100, 390101, 390102, 390111, 390114, 390144),
            *(390302, 390303, 390318, 390420, 390422, 394300, 394304),
        ),
        "sign-in",
    ),
    # The connector's own, of the way: 290000 and the HTTP status is one of them.
    **dict.fromkeys((250002, 250003, 251001, 251011), "transport"),
    290429: "rate",
}
Reason = Literal["missing", "denied", "throttled", "sign-in", "transport", "cancelled", "other"]
REASONS: Mapping[Kind, Reason] = {
    "not there": "missing",
    "rate": "throttled",
    "rights": "denied",
    "sign-in": "sign-in",
    "transport": "transport",
}
"""What the plugin's own errors call it, which have no number any more."""
_KINDS: Mapping[str, Kind] = {reason: kind for kind, reason in REASONS.items()}


def kind_of(error: Any) -> Kind | None:
    """What an error of the connector's or of our plugin's is; None if neither state, number nor
    reason says so.
    """
    number, state = getattr(error, "errno", None), getattr(error, "sqlstate", None)
    reason = getattr(error, "reason", None)
    found = STATES.get(str(state or "")) or (_KINDS.get(reason) if type(reason) is str else None)
    return found or (NUMBERS.get(number) if isinstance(number, int) else None)


def in_words(kind: Kind) -> str:
    """The expression by which a text with one of the states is known, as the plugins tell it."""
    return rf"\b({'|'.join(state for state, each in STATES.items() if each == kind)})\b"


def is_refusal(error: Any) -> bool:
    """Whether it is refused for want of rights, or not there for who asks."""
    return kind_of(error) in ("rights", "not there")


def said(error: Any) -> list[str]:
    """The lines of what Snowflake says; those before the last name the kind of error. The
    connector's texts have neither key nor token.
    """
    text = str(getattr(error, "raw_msg", "") or getattr(error, "msg", "") or error)
    return [line for each in text.splitlines() if (line := each.strip())]
