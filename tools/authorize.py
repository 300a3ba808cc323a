"""A person who authorizes Cube at the sandbox, as Cube Cloud has it done: consent, exchange."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests


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
