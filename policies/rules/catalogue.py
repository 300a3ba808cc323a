"""Every rule, in the order of docs/policies.md."""

from . import cloud, hygiene, identity, oauth, privileges, run, secrets
from .rule import Rule

RULES: list[Rule] = [
    *privileges.RULES,
    *oauth.RULES,
    *identity.RULES,
    *secrets.RULES,
    *cloud.RULES,
    *hygiene.RULES,
    *run.RULES,
]
