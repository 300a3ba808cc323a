"""What the report cannot do."""


class ReportError(Exception):
    """No report can be made; the text says why and what to do. Never holds a secret."""
