"""Key pairs for signing in, made by us: the private key is in the secret store and in the stack's
encrypted state, nowhere else.
"""

from __future__ import annotations

import pulumi

from cube_access.provider.definition import Definition, Property
from cube_access.provider.lifecycle import Lifecycle, Values
from cube_access.provider.resource import Resource

KEY_BITS = 2048  # the least that Snowflake takes, and what its own guide makes


DEFINITION = Definition(
    module="snowflake",
    name="KeyPair",
    description="An RSA key pair that never changes; a new one is a new resource.",
    inputs={},
    outputs={
        "privateKey": Property(description="PKCS #8, PEM, not encrypted.", secret=True),
        "publicKey": Property(description="As Snowflake keeps it: base64 without delimiters."),
        "publicPem": Property(description="The public key as PEM."),
    },
    kept=frozenset({"privateKey", "publicKey", "publicPem"}),
)


class KeyPairLifecycle(Lifecycle):
    """Makes the keys once; nothing of them is anywhere else."""

    definition = DEFINITION

    def create(self, inputs: Values) -> tuple[str, Values]:
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
        keys = {"privateKey": private.decode(), "publicKey": body, "publicPem": public.decode()}
        return "key-pair", keys


class KeyPair(Resource):
    """An RSA key pair that never changes. A new one is a new resource, so that the old one can stay
    valid next to it.
    """

    definition = DEFINITION

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, {}, opts)

    @property
    def private_key(self) -> pulumi.Output[str]:
        """PKCS #8, PEM, not encrypted. Secret."""
        return self.output("privateKey")

    @property
    def public_key(self) -> pulumi.Output[str]:
        """As Snowflake keeps it: base64 without delimiters and line breaks."""
        return self.output("publicKey")

    @property
    def public_pem(self) -> pulumi.Output[str]:
        return self.output("publicPem")
