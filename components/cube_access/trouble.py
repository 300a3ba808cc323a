"""What kind of trouble an error of a cloud is, and what to do about it.

The clients of three clouds, and the plugins over the engine's wire, say the same few things in a
hundred ways. Owns which is which: a failed sign-in must not be told as a wrong name. Imports none
of the clients: an error is known by the names of its classes, its codes and its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cube_access.facts import snowflake_errors

Kind = Literal["sign-in", "rights", "rate", "transport", "not there", "other"]
Cloud = Literal["Databricks", "Snowflake", "AWS"]

OF_THE_WAY: tuple[Kind, ...] = ("sign-in", "rate", "transport")
"""Trouble on the way to a cloud: it says nothing of what was asked for."""

# By the names of classes, of the error's own or one that it inherits from.
CLASSES: Mapping[Kind, frozenset[str]] = {
    "sign-in": frozenset(
        {
            # databricks-sdk
            "Unauthenticated",
            # botocore
            "ConfigNotFound",
            "CredentialRetrievalError",
            "InvalidRegionError",
            "NoCredentialsError",
            "NoRegionError",
            "PartialCredentialsError",
            "ProfileNotFound",
            "SSOError",
            "TokenRetrievalError",
            "UnauthorizedSSOTokenError",
        }
    ),
    "rights": frozenset({"PermissionDenied", "ForbiddenError"}),
    "rate": frozenset({"TooManyRequests", "RequestLimitExceeded", "ResourceExhausted"}),
    "not there": frozenset({"NotFound"}),
    "transport": frozenset(
        {
            # databricks-sdk
            "DeadlineExceeded",
            "InternalError",
            "TemporarilyUnavailable",
            # botocore
            "ConnectionClosedError",
            "HTTPClientError",
            # snowflake-connector-python
            "BadGatewayError",
            "GatewayTimeoutError",
            "InternalServerError",
            "ServiceUnavailableError",
            # requests, urllib3, and Python's own
            "ConnectionError",
            "HTTPError",
            "RequestException",
            "TimeoutError",
        }
    ),
}
# By AWS's codes; Snowflake's numbers and states are in facts/snowflake_errors.py.
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
CODES: Mapping[Kind, frozenset[str]] = {
    "sign-in": frozenset(
        {
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "NotAuthorized",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        }
    ),
    "rights": frozenset({"AccessDenied", "AccessDeniedException"}),
    "rate": frozenset(
        {
            "RequestLimitExceeded",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        }
    ),
    "transport": frozenset(
        {
            "InternalFailure",
            "InternalServiceError",
            "ServiceUnavailable",
        }
    ),
    "not there": frozenset({"NotFoundException", "ResourceNotFoundException"}),
}
# By words, as the plugins say it; the first that fits counts. An error of the way is looked for
# before a missing name: "not found" stands in many texts.
WORDS: Sequence[tuple[Kind, str]] = (
    ("sign-in", r"more than one authorization method|cannot configure default credentials"),
    ("sign-in", r"default auth:|cannot get access token|has no \w+ profile configured"),
    ("sign-in", r"invalid_client|invalid_grant|unauthori[sz]ed_client|invalid access token"),
    ("sign-in", r"client authentication failed|incorrect username or password|JWT token is inval"),
    ("sign-in", r"failed to authenticate|\b39(01|03|04|43)\d\d\b|\b26000\d\b"),
    ("sign-in", r"not allowed to access snowflake|account is empty|user is empty"),
    ("sign-in", r"\b401\b|unauthenticated|private key (is|was) not|could not parse private key"),
    ("sign-in", r"unable to locate credentials|no aws region|could not be found in .* profile"),
    ("rate", r"\b429\b|too many requests|rate limit|throttl|request_limit_exceeded"),
    ("transport", r"no such host|connection (refused|reset)|server closed|broken pipe|\bEOF\b"),
    ("transport", r"i/o timeout|deadline exceeded|timed? ?out|tls: |x509|network is unreachable"),
    (
        "transport",
        r"proxyconnect|temporarily[ _]unavailable|bad gateway|\b50[0234]\b|context cance",
    ),
    ("rights", r"insufficient privileges|permission[ _]denied|does not have|not authorized to"),
    ("rights", r"\b403\b|forbidden|access control error|not an? (account )?admin"),
    ("rights", snowflake_errors.in_words("rights")),
    ("not there", r"does not exist|not found|cannot find|no such|\b404\b"),
    ("not there", snowflake_errors.in_words("not there")),
)

WHY: Mapping[Kind, str] = {
    "sign-in": "the deployer cannot sign in",
    "rate": "it refuses for now, because too much is asked of it",
    "transport": "it cannot be reached, or does not answer",
    "rights": "the deployer lacks a right",
    "not there": "it is not there, or the deployer cannot see it",
    "other": "it refuses",
}
LATER = "Run the same command again in some minutes."
REACH = (
    "Look at the network between here and there (host name, HTTPS_PROXY, certificates), and run "
    "the same command again."
)
CURES: Mapping[Cloud, Mapping[Kind, str]] = {
    "Databricks": {
        "sign-in": "Set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or "
        "DATABRICKS_CONFIG_PROFILE (docs/accounts.md).",
        "rights": "Give the deployer the right: `cube-access roles` writes what it needs "
        "(docs/accounts.md).",
        "rate": LATER,
        "transport": REACH,
    },
    "Snowflake": {
        "sign-in": "Set SNOWFLAKE_USER and SNOWFLAKE_PRIVATE_KEY with "
        "SNOWFLAKE_AUTHENTICATOR=SNOWFLAKE_JWT, or SNOWFLAKE_PROFILE (docs/accounts.md).",
        "rights": "Give the deployer's role the right: `cube-access roles` writes what it needs "
        "(docs/accounts.md).",
        "rate": LATER,
        "transport": REACH,
    },
    "AWS": {
        "sign-in": "Set AWS_PROFILE (or awsProfile), or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, and AWS_REGION (or awsRegion); `aws sts get-caller-identity` "
        "shows who that is.",
        "rights": "Give the deployer the right: `cube-access roles` writes the policy "
        "(docs/accounts.md).",
        "rate": LATER,
        "transport": REACH,
    },
}
# What a sign-in's own words say more exactly.
SHARPER: Sequence[tuple[str, str]] = (
    (
        r"more than one authorization method",
        "Variables of a second way to sign in stand beside (ARM_*, DATABRICKS_TOKEN, "
        "DATABRICKS_USERNAME): unset them, or say DATABRICKS_AUTH_TYPE=oauth-m2m.",
    ),
    (
        r"not allowed to access snowflake|\b39042[02]\b",
        "A network policy of the account or the user keeps this address out: have it added, or "
        "deploy from one that is let in.",
    ),
    (
        r"JWT token is inval|\b394300\b|\b390144\b",
        "The private key is not that of the user's RSA_PUBLIC_KEY, the user's or account's name "
        "is wrong, or this machine's clock is.",
    ),
    (
        r"expired ?token|token has expired|sso",
        "The session has run out: sign in again, such as by `aws sso login`.",
    ),
    (
        r"config profile|profile .* could not be found",
        "Correct awsProfile or AWS_PROFILE, or write the profile (`aws configure`).",
    ),
    (r"no aws region|specify a region", "Set awsRegion, AWS_REGION, or a region in the profile."),
)


@dataclass(frozen=True)
class Trouble:
    """One error, classified."""

    kind: Kind
    said: str
    """The cloud's own words, in one line."""


def trouble(error: BaseException, asked: str = "") -> Trouble:
    """Which kind an error is. Its text is the client's: a caller with secrets hides them.

    Args:
        asked: the name that was asked for. It may be in the text, and says nothing of the kind.
    """
    return Trouble(_kind(error, asked), _reason(error))


def _kind(error: BaseException, asked: str) -> Kind:
    text = str(error)
    if asked:
        # As a whole word only: a name "1" is no part of a status 401.
        text = re.sub(rf"(?<!\w){re.escape(asked)}(?!\w)", " ", text, flags=re.IGNORECASE)
    if known := snowflake_errors.kind_of(error):
        return known
    code = _code(error)
    for kind, codes in CODES.items():
        if code in codes:
            return kind
    # A class like ConnectionError may stand for a refused sign-in: words first for those.
    words = next((kind for kind, found in WORDS if re.search(found, text, re.IGNORECASE)), None)
    names = {each.__name__ for each in type(error).__mro__}
    for kind, classes in CLASSES.items():
        if names & classes:
            return words if kind == "transport" and words in OF_THE_WAY else kind
    return words or "other"


def _code(error: BaseException) -> str:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore
        return str((response.get("Error") or {}).get("Code", ""))
    return ""


def _reason(error: BaseException) -> str:
    """The last line: of a plugin's refusal, those before it are about the plugin."""
    lines = [" ".join(line.strip(" *\t").split()) for line in str(error).splitlines()]
    return next((line for line in reversed(lines) if line), type(error).__name__)


def cure(cloud: Cloud, found: Trouble) -> str:
    """What to do, in one sentence; empty where only the cloud's own words can say it."""
    if found.kind == "sign-in":
        for words, sharper in SHARPER:
            if re.search(words, found.said, re.IGNORECASE):
                return sharper
    return CURES[cloud].get(found.kind, "")


def told(cloud: Cloud, found: Trouble, what: str = "") -> str:
    """One line: what cannot be done, why, the cloud's own words, and what to do.

    Args:
        what: was asked for.
    """
    why = WHY[found.kind]
    subject = f"{cloud}: {why}" if found.kind in OF_THE_WAY or not what else f"{what}: {why}"
    said = found.said.rstrip(".")
    return f"{subject} ({said}). {cure(cloud, found)}".rstrip()


def explained(
    cloud: Cloud,
    found: Sequence[tuple[str, Trouble]],
    *,
    not_there: str,
    nothing_changed: bool,
) -> str:
    """One text for all that went wrong when several things were asked for.

    Args:
        found: what was asked for, each with its trouble.
        not_there: what to do about names that are not there.
        nothing_changed: whether that is known.
    """
    end = " Nothing was changed." if nothing_changed else ""
    way = {each for _, each in found if each.kind in OF_THE_WAY}
    if way:
        # Said once, however many questions met it; what the others answered proves little then.
        first = min(way, key=lambda each: OF_THE_WAY.index(each.kind))
        return f"{told(cloud, first)}{end}"
    names = [(what, each) for what, each in found if each.kind == "not there"]
    others = [(what, each) for what, each in found if each.kind != "not there"]
    parts = []
    if others:
        lines = "".join(f"\n  - {what}: {each.said}" for what, each in others)
        cures = dict.fromkeys(cure(cloud, each) for _, each in others)
        parts.append(f"{cloud} refuses the deployer:{lines}\n  " + " ".join(filter(None, cures)))
    if names:
        lines = "".join(f"\n  - {what}: {each.said}" for what, each in names)
        parts.append(
            f"the configuration names what the deployer cannot see in {cloud}:{lines}\n  "
            f"{not_there}"
        )
    return "\n".join(part.rstrip() for part in parts) + end
