"""What the report cannot do."""

from cube_access.explained import ExplainedError


class ReportError(ExplainedError):
    """No report can be made; the text says why and what to do. Never holds a secret."""
