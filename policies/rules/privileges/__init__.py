"""Who may do what: grants, roles, access lists, compute."""

from ..rule import Rule
from . import admins, apps, code, granting, lists, outside, owners, published, sets, statements, use

RULES: list[Rule] = [
    *granting.RULES,
    *lists.RULES,
    *admins.RULES,
    *use.RULES,
    *apps.RULES,
    *statements.RULES,
    *sets.RULES,
    *owners.RULES,
    *outside.RULES,
    *published.RULES,
    *code.RULES,
]
