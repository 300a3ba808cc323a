"""Key pairs for signing in, made by us: the private key is in the secret store and in the stack's
encrypted state, nowhere else.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult

from cube_access.dynamic import Provider, Resource

KEY_BITS = 2048  # the least that Snowflake takes, and what its own guide makes


class _KeyPairProvider(Provider):
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        # Imported here: a preview that makes no key need not pay for it.
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            # Cube's driver needs the passphrase in every connection, a person's included.
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        # Snowflake keeps the key without its delimiters.
        body = "".join(public.decode().splitlines()[1:-1])
        keys = {"private_key": private.decode(), "public_key": body, "public_pem": public.decode()}
        return CreateResult("key-pair", {**props, **keys})


class KeyPair(Resource, module="snowflake", name="KeyPair"):
    """An RSA key pair that never changes. A new one is a new resource, so that the old one can stay
    valid next to it.
    """

    private_key: pulumi.Output[str]
    """PKCS #8, PEM, not encrypted. Secret."""
    public_key: pulumi.Output[str]
    """As Snowflake keeps it: base64 without delimiters and line breaks."""
    public_pem: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        options = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["private_key"])
        )
        properties = {"private_key": None, "public_key": None, "public_pem": None}
        super().__init__(_KeyPairProvider(), name, properties, options)
