"""Service accounts: what they are, how and from where they sign in, for how long."""

from ..rule import Rule
from . import credentials, network, users

RULES: list[Rule] = [*users.RULES, *credentials.RULES, *network.RULES]
