"""Somebody outside who signs tokens, and whom Snowflake knows by its keys."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import Sandbox


class IdentityProvider:
    def __init__(self, sandbox: Sandbox, issuer: str, keys_url: str, **claims: Any) -> None:
        self._issuer, self._claims = issuer, claims
        self._key = rsa.generate_private_key(65_537, 2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        known = {"keys": [{**public, "kid": "k1", "use": "sig"}]}
        sandbox.snowflake.credentials.external.keys[keys_url] = known

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        given = {"iss": self._issuer, "iat": now, "exp": now + 300, **self._claims, **claims}
        return jwt.encode(given, self._key, "RS256", {"kid": "k1"})
