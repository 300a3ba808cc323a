"""GitHub's expressions, as far as the workflows use them: names, comparisons, !, &&, ||, calls."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

STATUS = ("always", "cancelled", "failure", "success")
NAME = re.compile(r"'[^']*'|[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+|!(?!=)|&&|\|\|")
WORDS = {"!": " not ", "&&": " and ", "||": " or "}


def evaluate(text: str, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> Any:
    """An expression's value. What a context does not have is an empty text, as on GitHub."""

    def python(found: re.Match[str]) -> str:
        token = found[0]
        if token.startswith("'"):
            return repr(token[1:-1])
        return WORDS.get(token, f"look({token!r})")

    def look(name: str) -> Any:
        value: Any = contexts
        for part in name.split("."):
            value = value.get(part, "") if isinstance(value, Mapping) else ""
        return value

    calls: dict[str, Any] = {name: lambda name=name: status[name] for name in STATUS}
    calls |= {"look": look, "fromJSON": json.loads}
    return eval(NAME.sub(python, text).strip(), {"__builtins__": {}}, calls)  # noqa: S307 - our own files


def fill(value: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of a workflow with each `${{ … }}` in it replaced; one that is nothing else keeps its
    type.
    """
    if isinstance(value, Mapping):
        return {key: fill(each, contexts) for key, each in value.items()}
    if isinstance(value, list):
        return [fill(each, contexts) for each in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", value.strip(), re.S)
    if whole and "${{" not in whole[1]:
        return evaluate(whole[1], contexts, {})
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(evaluate(found[1], contexts, {})), value)


def holds(condition: str, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> bool:
    """An `if:`. Without one of the status functions it also asks for success."""
    asked = condition.strip().removeprefix("${{").removesuffix("}}") or "true"
    found = asked == "true" or bool(evaluate(asked, contexts, status))
    if not re.search(rf"\b({'|'.join(STATUS)})\(\)", asked):
        found = found and status["success"]
    return found
