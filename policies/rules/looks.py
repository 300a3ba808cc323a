"""What looks like a credential: by the name of its property, by a well-known beginning, or because
nobody writes such a string by hand. Says where, and never what.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache

from .shapes import SHAPES

NAMES = re.compile(
    r"(password|passphrase|privatekey|privatekeypem|clientsecret|secretstring|secretvalue"
    r"|secretdata|secretkey|secretbinary|sharedsecret|authsecret|apikey|integrationkey|masterkey|tokenvalue"
    r"|(access|api|auth|aws|bearer|databricks|grafana|oauth|refresh|sas)token"
    r"|(basicauth|platform|serviceaccount)credentials?)(plaintext)?$|^(secret|token|pat)$"
)
# As environment variables are called.
VARIABLES = re.compile(
    r"^[A-Z0-9_]*(TOKEN|SECRET|SECRET_KEY|SECRET_ACCESS_KEY|PASSWORD|PASS|PASSPHRASE|PWD|PRIVATE_KEY"
    r"|API_KEY|JWT_KEY|CREDENTIALS)$"
)
# Of what is not one although its name ends so. Google's variable holds a path (a key's JSON in
# its place has a shape):
# https://cloud.google.com/docs/authentication/application-default-credentials#GAC
NOT_NAMES = re.compile(
    r"^(must|require|min|max|allow)|public|allowcredentials$|^googleapplicationcredentials$"
)
# Where one is, or whether there is one, and not what it is: a secret of a Databricks scope, an ARN,
# a flag.
PLACE = re.compile(
    r"[Tt]rue|[Ff]alse|"
    r"\{\{(secrets/|resolve:)[^{}]+\}\}|arn:[\w-]+:[\w:/+=.@-]+|(op|vault|ssm)://?[\w./-]+"
)
# In a sentence or a statement: the word, then the value, which has a digit in it.
SPELLED_OUT = re.compile(
    r"\b(password|passwd|passphrase|pwd|\w*secret(_2)?|\w*token|api[ _-]?key)\b['\"]?"
    r"\s*(?:is|[:=])+\s*['\"]?(?!arn:|\[secret\])(?=[^\s'\"]*[\d-])[^\s'\"]{6,}",
    re.IGNORECASE,
)
# Longer ones are documents: a certificate, a program. A private key has a name or delimiters.
RANDOM = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_=-]{32,200}(?![\w+/=-])")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Random by nature, and not secret.
PUBLIC = re.compile(
    r"(public|fingerprint|digest|hash|thumbprint|certificate|etag|arn|id|urn|uri|url|version"
    r"|jwksjson|contentbase64)s?\d?$"
)
BITS = 4.4
"""Of entropy in a character: random base64 of this length has more, names and paths have less."""


def _normal(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


@lru_cache(maxsize=4096)  # the same names come with each resource of a type
def bears_credential(key: str) -> bool:
    """Whether a property of this name holds one."""
    name = _normal(key)
    named = NAMES.search(name) or VARIABLES.search(key)
    return bool(named) and not NOT_NAMES.search(name)


def shape(value: str, key: str = "") -> str:
    """What a value looks like, in words; empty if it looks like no credential."""
    for words, pattern in SHAPES.items():
        if pattern.search(value):
            return words
    name = _normal(key)
    if "public" not in name and not PUBLIC.search(name):
        for match in RANDOM.finditer(UUID.sub("", value)):
            if _is_random(match[0]):
                return "a random string"
    return ""


def _is_random(text: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(test(letter) for letter in text) for test in kinds):
        return False
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return bits >= BITS


def spelled_out(value: str) -> str:
    """What a text gives away by name, in words; empty if nothing."""
    found = SPELLED_OUT.search(value)
    return f"a value for {found[1].lower()!r}" if found else ""


def is_place(value: str) -> bool:
    """Whether it only says where a credential is, or whether there is one."""
    return bool(PLACE.fullmatch(value))
