"""The errors of the Databricks API, as the emulated services raise them.

Owns status, code and message; how they look on the wire is `web.py`'s.
"""

from typing import Any

PAGE = 100


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class OAuthError(Exception):
    """RFC 6749 section 5.2; the description names what to change."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code, self.description, self.status = code, description, status


def missing(message: str, code: str = "RESOURCE_DOES_NOT_EXIST") -> ApiError:
    return ApiError(404, code, message)


def denied(message: str) -> ApiError:
    return ApiError(403, "PERMISSION_DENIED", message)


def invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_PARAMETER_VALUE", message)


def page(
    items: list[dict[str, Any]], key: str, size: str | None, token: str | None
) -> dict[str, Any]:
    """One page of a list; without a size everything, as the plugin's unpaged reads expect. A size
    of 0 leaves it to the service.
    """
    if (size and not size.isdigit()) or (token and not token.isdigit()):
        raise invalid(f"page_size={size}, page_token={token}: not a page of this list")
    start = int(token or 0)
    end = start + (int(size) or PAGE if size else len(items))
    answer: dict[str, Any] = {key: items[start:end]}
    if end < len(items):
        answer["next_page_token"] = str(end)
    return answer
