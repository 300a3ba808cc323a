"""OAuth integrations: where tokens go, how long they live, which roles they carry."""

from ..rule import Rule
from . import addresses, clients, roles

RULES: list[Rule] = [*addresses.RULES, *clients.RULES, *roles.RULES]
