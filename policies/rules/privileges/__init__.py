"""Who may do what: grants, roles, access lists, compute."""

from ..rule import Rule
from . import admins, granting, lists, sets, statements, use

RULES: list[Rule] = [
    *granting.RULES,
    *lists.RULES,
    *admins.RULES,
    *use.RULES,
    *statements.RULES,
    *sets.RULES,
]
