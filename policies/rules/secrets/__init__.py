"""Secrets are marked, kept out of texts, and kept in a store that can be trusted."""

from ..rule import Rule
from . import marks, stores

RULES: list[Rule] = [*marks.RULES, *stores.RULES]
