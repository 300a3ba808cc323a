"""Why an environment is not begun."""

from cube_access.explained import ExplainedError


class InitError(ExplainedError):
    """The files cannot be made as asked. Neither of them was written."""
