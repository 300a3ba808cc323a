"""What tests of several folders do: sign in as a person, load cube.py, look at the journal.

The stack that they do it with is `tools/stacks.py`'s.
"""

from __future__ import annotations

import runpy
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox import Sandbox


def nothing_unknown(sandbox: Sandbox) -> None:
    unknown = [f"{each.method} {each.host}{each.path}" for each in sandbox.journal.unknown]
    assert not unknown, f"the sandbox does not emulate: {unknown}"


def driver_factory(
    outputs: dict[str, Any], patch: pytest.MonkeyPatch, folder: Path
) -> Callable[[Any], dict[str, Any]]:
    """The stack's cube.py, loaded as Cube loads it and with its environment around it."""
    found: dict[str, Callable[[Any], Any]] = {}
    module = types.ModuleType("cube")
    module.config = lambda name: lambda function: found.setdefault(name, function)  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "cube", module)
    for name, value in outputs["cube_env"].items():
        patch.setenv(name, value)
    (folder / "cube.py").write_text(outputs["cube_py"])
    runpy.run_path(str(folder / "cube.py"))
    return found["driver_factory"]


def authorize(outputs: dict[str, Any], person: str, **changes: str) -> dict[str, Any]:
    """The form's fields, used as Cube Cloud would: authorize, consent, exchange."""
    app = outputs["cube_oauth_app"]
    query = {
        "client_id": app["client_id"],
        "redirect_uri": app["redirect_uri"],
        "response_type": "code",
        "scope": " ".join(app["scopes"]),
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "state": "s",
        "login_hint": person,
        **changes,
    }
    sent = {key: value for key, value in query.items() if value}
    consent = requests.get(app["auth_url"], params=sent, allow_redirects=False, timeout=10)
    if consent.status_code != 302:
        return {"error": consent.text}
    reply = {k: v[0] for k, v in parse_qs(urlsplit(consent.headers["Location"]).query).items()}
    if "code" not in reply:
        return dict(reply)
    # The verifier is RFC 7636's own example, of which the challenge above is made.
    form = {
        "grant_type": "authorization_code",
        "code": reply["code"],
        "redirect_uri": app["redirect_uri"],
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    return exchange(outputs, form)


def exchange(outputs: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
    app = outputs["cube_oauth_app"]
    login = (app["client_id"], app["client_secret"])
    return dict(requests.post(app["token_url"], data=form, auth=login, timeout=10).json())
