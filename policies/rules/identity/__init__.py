"""Service accounts: what they are, how and from where they sign in, for how long, and who else may
act as one.
"""

from ..rule import Rule
from . import acting, credentials, network, users

RULES: list[Rule] = [*users.RULES, *credentials.RULES, *network.RULES, *acting.RULES]
