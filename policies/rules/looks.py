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
    r"((password|passphrase|clientsecret|secretstring|secretvalue|secretdata|secretbinary"
    r"|(api|app|auth|consumer|cookie|hmac|jwt|oauth|session|shared|signing|webhook)secret"
    r"|(private|secret|secretaccess|api|integration|jwt|jwtsigning|master|signing)key"
    r"|(clientkey|privatekey)data|privatekeypem|tokenvalue"
    r"|(access|api|auth|aws|bearer|cube|databricks|deploy|github|grafana|hec|oauth|refresh|sas"
    r"|session|snowflake|splunk)token"
    r"|(basicauth|platform|serviceaccount)credential)s?"
    r"|(db|database|key|cube|mysql|postgres|proxy|redis|smtp|snowflake|sql|user)pass"
    r"|storageaccountkey|pwd|loganalyticsprimarykey|sharingcode|dockerconfigjson)(plaintext)?$"
    r"|^(secret|token|pat|pass)$"
)
# As environment variables are called.
VARIABLES = re.compile(
    r"^[A-Z0-9_]*(TOKEN|SECRET|SECRET_KEY|SECRET_ACCESS_KEY|PASSWORD|PASS|PASSPHRASE|PWD|PRIVATE_KEY"
    r"|API_KEY|JWT_KEY|AZURE_KEY|ACCOUNT_KEY|ENCRYPTION_KEY|SIGNING_KEY|DEPLOY_AUTH|CREDENTIALS)$"
)
# Of what is in a part of its own, the end of its path.
PATHS = re.compile(
    r"(^|[./])(api|auth|client|jwt|private|s3a\.secret|signing)\.(key|token)$"
    r"|^fs\.azure\.account\.key\."
)
# Of what is not one although its name ends so. Google's variable holds a path (a key's JSON in
# its place has a shape):
# https://cloud.google.com/docs/authentication/application-default-credentials#GAC
NOT_NAMES = re.compile(
    r"(existing|password|accesskey|token|username)secretkey$"
    r"|^(allow|disable|enable|forward|has(?!h)|max|min|must|oauthissue|require)|^syncpasswords?$"
    r"|codeinpassword$|public|bypass$|allowcredentials$|^googleapplicationcredentials$"
)
# In a stack's outputs a name is all that tells.
OUTPUTS = re.compile(
    r"(secret|token|pat|pass|credential|(account|encryption|jwt|signing|storage)key)s?$"
)
# Where one is, or whether there is one, or what type it is of, and not what it is: a secret of a
# scope, of a vault, an ARN, a file, a flag.
PLACE = re.compile(
    r"[Tt]rue|[Ff]alse|[Nn]ull|[Nn]one|required|optional|[Ss]tring[!?]?|SecureString"
    r"|arn:[\w-]+:[\w:/+=.@-]+|(op|vault|ssm|awssm|gcpsm|secretref):/{0,2}[\w./#-]+"
    r"|projects/[\w-]+/secrets/[\w/-]+|@Microsoft\.KeyVault\([^()]*\)|ENC\[[^\[\]]*\]"
    r"|/[a-z0-9._-]+(/[a-z0-9._-]+)+|[a-z][a-z-]*(/[a-z][a-z0-9_-]*)+"
    r"|-----BEGIN (?![A-Z ]*PRIVATE)[A-Z0-9 ]+-----[^-]*-----END [A-Z0-9 ]+-----\s*"
)
# A name of lower-case words. `token` and `secret` are often called by one, or by a single word.
CALLED = re.compile(r"[a-z]+([-_/][a-z]+)+")
OFTEN_NAMES = frozenset({"secret", "token", "pat"})
# What a program reads from its environment; with a default of its own it is a value.
READ = (
    r"(?:os\.)?(?:environ\.get|getenv|env)\(['\"][A-Z][A-Z0-9_]*['\"]\)(?: or [A-Z][A-Z0-9_]*)?"
    r"|(?:os\.)?environ\[['\"][A-Z][A-Z0-9_]*['\"]\]|process\.env\.[A-Z][A-Z0-9_]*;?"
)
# What stands for a value that comes from elsewhere when the text is used; in ${NAME:-value} one
# stands already.
STANDS_FOR = re.compile(
    rf"{READ}|"
    r"\$\{(?![^}]*:?-[^}])[^}]*\}|\$\{\{[^{}]*\}\}|\$\([^)]*\)|\$([A-Z_][A-Z0-9_]*|[a-z_]+)"
    r"|\{\{[^{}]*\}\}|<[^<>]*>|%[\w.]+%|%[sd]|\*+|\[secret\]"
)
# In a sentence or a statement: the word, then the value, which has a digit in it; after a colon a
# password may have a hyphen only, and after `is` there are words.
SPELLED_OUT = re.compile(
    r"\b(\w*password|passwd|passphrase|\w*pass|pwd|\w*secret(_2)?|\w*token|api[ _-]?key)\b['\"]?"
    r"\s*(?P<mark>(?:is|[:=])+)\s*['\"]?(?!arn:|\[secret\])(?P<value>(?=[^\s'\"]*[\d-])[^\s'\"]{6,})",
    re.IGNORECASE,
)
# Longer ones are documents: a certificate, a program. A private key has a name or delimiters.
RANDOM = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_=-]{32,200}(?![\w+/=-])")
# Random by nature, and not secret, where they stand: an id, an ARN, an address, a certificate, a
# public key, a checksum, the proof of owning a domain, the name that AWS gives a load balancer.
OPEN = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|arn:[\w-]+:[^\s\"',;]+"
    r"|https?://[^\s\"'<>?]+"
    r"|-----BEGIN (?![A-Z ]*PRIVATE)[A-Z0-9 ]+-----[^-]*-----END [A-Z0-9 ]+-----"
    r"|\b(ssh-\w+|ecdsa-sha2-\w+) [A-Za-z0-9+/=]+|\b(?i:sha(1|256|384|512))[:=-][\w+/=-]+"
    r"|\b[a-z-]{1,40}-verification=\S+|\b(targetgroup|app|net)/[\w-]+/[0-9a-f]{16}\b"
    r"|\"(n|e|x|y|kid|x5t|x5c|(?i:sts:externalid))\"\s*:\s*\[?\s*\"[^\"]*\"|ENC\[[^\[\]]*\]"
)
# The same, by the property's name. What is in base64 is judged by what it says.
PUBLIC = re.compile(
    r"(public|fingerprint|digest|hash|checksum|thumbprint|certificate|cert|crt|etag|arn|id|urn|uri"
    r"|url|version|jwks|jwksjson|base64|userdata|binarydata|encrypteddata)s?\d?$"
)
# In a name with capitals and numbers in it.
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
LEAST_WORD = 3.4
"""Letters, on average, of what is written in words; one random string in a thousand has them."""
SHORT = 7
"""Letters of a secret that is spelled out and is none: `90-day`."""
BITS = 4.4
"""Of entropy in a character: random base64 of this length has more, names and paths have less."""


def _normal(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


@lru_cache(maxsize=4096)  # the same names come with each resource of a type
def bears_credential(key: str) -> bool:
    """Whether a property or a variable of this name holds one. Of a path its last part tells, or
    its end: `jwt.key`, `/cube/db_pass`.
    """
    last = re.split(r"[./:]", key)[-1]
    name = _normal(last)
    named = NAMES.search(name) or VARIABLES.search(last) or PATHS.search(_normal(key))
    return bool(named) and not NOT_NAMES.search(name)


def is_secret_output(key: str, value: str) -> bool:
    """Whether a stack's output of this name holds one, and not the name of one."""
    name = _normal(key)
    named = bears_credential(key) or (OUTPUTS.search(name) and not NOT_NAMES.search(name))
    return bool(named) and not (name in OFTEN_NAMES and CALLED.fullmatch(value))


def shape(value: str, key: str = "") -> str:
    """What a value looks like, in words; empty if it looks like no credential."""
    for words, pattern in SHAPES.items():
        if pattern.search(value):
            return words
    name = _normal(key)
    if "public" not in name and not PUBLIC.search(name):
        for match in RANDOM.finditer(OPEN.sub("", value)):
            if _is_random(match[0]):
                return "a random string"
    return ""


def _is_random(text: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(test(letter) for letter in text) for test in kinds):
        return False
    words = WORD.findall(text)
    if sum(map(len, words)) >= LEAST_WORD * len(words):
        return False  # a path or a name
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return bits >= BITS


def spelled_out(value: str) -> str:
    """What a text gives away by name, in words; empty if nothing."""
    for found in SPELLED_OUT.finditer(value):
        # A secret is often called by its name, in words with hyphens; a password is not.
        named, value = found[1].lower(), found["value"]
        password = named.endswith(("password", "pass", "pwd"))
        told = re.search(r"\d", value) and (password or len(value) > SHORT)
        told = told or (password and "is" not in found["mark"].lower())
        if told and not is_place(found["value"]):
            return f"a value for {named!r}"
    return ""


def is_place(value: str) -> bool:
    """Whether it only says where a credential is, or whether there is one, or stands for one."""
    return bool(PLACE.fullmatch(value) or STANDS_FOR.fullmatch(value))
