"""OAuth integrations: where tokens go, how long they live, which roles they carry."""

from ..rule import Rule
from . import addresses, clients, issuers, roles

RULES: list[Rule] = [
    *addresses.RULES,
    *issuers.RULES,
    *clients.RULES,
    *roles.RULES,
]
