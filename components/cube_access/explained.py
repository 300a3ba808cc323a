"""Errors that a command shows as they are."""


class ExplainedError(Exception):
    """Something cannot be done as asked; the text says why and what to do. Never holds a secret."""
