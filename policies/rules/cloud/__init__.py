"""AWS: who is named in a policy document, and what it lets them do. A document is judged wherever
one stands, whatever the type of the resource is called.
"""

from ..rule import Rule
from . import actions, everybody

RULES: list[Rule] = [*everybody.RULES, *actions.RULES]
