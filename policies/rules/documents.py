"""Policy documents of AWS: whom a statement means, and what it covers."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .principals import lets_anybody_in
from .rule import Judged
from .values import SecretText, is_unseen, leaves, marked, peek

HOLDS_A_POLICY = re.compile(r"polic(y|ies)(document|body|text)?$", re.IGNORECASE)

IS_JSON = re.compile(r"\s*[{\[]")
# Keys of a condition that bind a statement to somebody, and operators that do so by being met.
BINDING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
# A path in an organization, which begins with the organization's id.
PATHS = ("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths")
MET = frozenset(
    {
        *("arnequals", "arnlike", "ipaddress", "numericequals"),
        *("stringequals", "stringequalsignorecase", "stringlike"),
    }
)
# True only of what comes through a mount target, in a network of one's own.
BY_MOUNT_TARGET = "elasticfilesystem:accessedviamounttarget"
SHORTEST_PREFIX = 8
"""Of an address range that binds; a wider one, or several that make one, is a part of the world."""
MOST_ADDRESSES = {
    ipaddress.IPv4Network: 2 ** (32 - SHORTEST_PREFIX),
    ipaddress.IPv6Network: 2 ** (128 - 2 * SHORTEST_PREFIX),
}
WILD = re.compile(r"[*?]")
# What a statement is narrowed to: resources with a tag, keys that one service uses.
NARROWING = re.compile(
    r"[\w-]+:(resourcetag/.+|viaservice|encryptioncontext:.+|grantisforawsresource|resourcealiases)"
    r"|ecs:cluster",
    re.IGNORECASE,
)
# In front of a name, in the last part of an ARN; S3 has nothing there.
KINDS_IN_ARN = (
    *("alias/", "cluster/", "cluster:", "db:", "dbgroup:", "dbuser:", "document/", "function:"),
    *("group/", "instance/", "key/", "managed-instance/", "parameter/", "policy/", "role/"),
    *("secret:", "table/", "task/", "user/", "workgroup/"),
)
SOME_NAME = "\0/\0"
"""A pattern that covers it covers every name."""
# Names that have a form: a secret's ends in a hyphen and six letters, a key's is a UUID.
FORMS = {
    "secret:": f"{SOME_NAME}-\0\0\0\0\0\0",
    "key/": "\0\0\0\0\0\0\0\0-\0\0\0\0-\0\0\0\0-\0\0\0\0-\0\0\0\0\0\0\0\0\0\0\0\0",
    "table/": f"{SOME_NAME}/index/\0",
}
# A condition on a bucket or an API says it as well by what it denies, which is always met else.
DENYING = frozenset(
    {"arnnotequals", "arnnotlike", "notipaddress", "stringnotequals", "stringnotlike"}
)


def held(judged: Judged) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each policy document, by the property that holds it; what is not known is said later."""
    for path, key, value in leaves(judged.props):
        if HOLDS_A_POLICY.search(key) and is_unseen(value):
            judged.not_known(path)
    yield from documents(judged.props)


def documents(props: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each policy document, as an object or as text, by the path of what holds it: of a template of
    CloudFormation the one in its text.
    """

    def below(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if isinstance(value, str):
            if IS_JSON.match(value) and not isinstance(read := read_json(value), str):
                yield from below(read, path)
        elif isinstance(value, Mapping):
            if "Statement" in list(value):
                yield path, value
                return
            for key in value:
                yield from below(peek(value, key), f"{path}.{key}".lstrip("."))
        elif isinstance(value, Sequence):
            for index in range(len(value)):
                yield from below(peek(value, index), f"{path}[{index}]")

    yield from below(props, "")


def read_json(text: str) -> Any:
    """What the text of a document has; None if it is no JSON. Of a secret one each text is one."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return marked(document) if isinstance(text, SecretText) else document


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document.get("Statement") or ()
    each = [found] if isinstance(found, Mapping) else list(found)
    return [statement for statement in each if isinstance(statement, Mapping)]


def is_public(statement: Mapping[str, Any], others: Sequence[Mapping[str, Any]] = ()) -> bool:
    """Whether it allows something to everybody.

    Args:
        others: of the same document: one can deny it to all but some.
    """
    if not lets_anybody_in(statement) or _is_bound(statement):
        return False
    return not any(_denies_the_rest(each, statement) for each in others)


def _denies_the_rest(other: Mapping[str, Any], allowing: Mapping[str, Any]) -> bool:
    """Whether it denies what another allows to everybody but those that a condition names."""
    if other.get("Effect") != "Deny" or "*" not in many(_everyone(other.get("Principal"))):
        return False
    for part in ("Action", "Resource"):
        denied, allowed = many(other.get(part)), many(allowing.get(part))
        if not all(any(matches(each, one) for each in denied) for one in allowed or ["*"]):
            return False
    said = list(conditions(other))
    return bool(said) and all(
        operator in DENYING and key in BINDING and _names(key, values)
        for operator, key, values in said
    )


def _everyone(principal: Any) -> Any:
    return principal.get("AWS") if isinstance(principal, Mapping) else principal


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Each condition that must be met: the operator and the key in small letters, and the values.
    All must be; of the values one is enough. One that compares a key with itself is always met.
    """
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            said = many(values)
            if f"${{{key}}}".lower() not in [each.lower() for each in said]:
                yield operator.lower().removeprefix("foranyvalue:"), key.lower(), said


def _is_bound(statement: Mapping[str, Any]) -> bool:
    """Whether a condition names whose requests are meant: all must be met, so one is enough."""
    for operator, key, values in conditions(statement):
        if operator == "bool" and key == BY_MOUNT_TARGET and _is_true(values):
            return True
        if operator in MET and key in BINDING and _names(key, values):
            return True
    return False


def _names(key: str, values: list[str]) -> bool:
    """Whether the values of a binding key are somebody, and not everybody."""
    if key == "aws:sourceip":
        return _is_small(values)
    if key in PATHS:
        return all(not WILD.search(each.partition("/")[0]) for each in values)
    return bool(values) and all(names_one(each) for each in values)


def _is_true(values: list[str]) -> bool:
    return {each.lower() for each in values} == {"true"}


def _is_small(addresses: list[str]) -> bool:
    """Together: two halves of the internet are all of it."""
    try:
        networks = [ipaddress.ip_network("".join(each), strict=False) for each in addresses]
    except ValueError:
        return False
    for kind, most in MOST_ADDRESSES.items():
        some: list[Any] = [each for each in networks if isinstance(each, kind)]
        if sum(each.num_addresses for each in ipaddress.collapse_addresses(some)) > most:
            return False
    return bool(networks)


def names_one(value: str) -> bool:
    """Whether it is of one account: of an ARN the account's number says so, or where there is none,
    as in a bucket's, the name's beginning.
    """
    if "${aws:principal" in value.lower():
        return False  # of everybody their own
    parts = value.split(":", 5)
    if parts[:3:2] == ["arn", "s3"] and len(parts) > 5:
        # The world has one bucket of a name, and its ARN no account.
        return not WILD.search(parts[5].partition("/")[0])
    if parts[0] != "arn" or len(parts) < 6:
        return not WILD.search(value)
    if parts[4]:
        return not WILD.search(parts[4])
    return not WILD.search(re.split("[/:]", parts[5])[0])


def matches(pattern: str, text: str) -> bool:
    """As IAM compares: a star is any number of characters, a question mark one."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return bool(re.fullmatch(expression, text, re.IGNORECASE | re.DOTALL))


def is_every(resource: str, service: str) -> bool:
    """Whether a pattern of resources covers every one that a service has in an account."""
    parts = resource.split(":", 5)
    if service != "*" and len(parts) > 2 and not matches(parts[2], service):
        return False
    if len(parts) < 6:  # a star alone, or arn:aws:s3:*
        return matches(parts[-1], SOME_NAME)
    kinds = ("", "accesspoint/") if parts[2].lower() == "s3" else ("", *KINDS_IN_ARN)
    names = [f"{kind}{name}" for kind in kinds for name in (SOME_NAME, FORMS.get(kind, ""))]
    return any(matches(parts[5], name) for name in names if name not in kinds)


def is_narrowed(statement: Mapping[str, Any]) -> bool:
    """Whether a condition says which resources are meant, whatever the pattern is."""
    return any(
        NARROWING.fullmatch(key) and _narrows(operator, key, values)
        for operator, key, values in conditions(statement)
    )


def _narrows(operator: str, key: str, values: list[str]) -> bool:
    if operator == "bool":
        return _is_true(values)
    if key == "kms:viaservice" and any(WILD.search(each.partition(".")[0]) for each in values):
        return False  # the service is what stands before the first dot
    return operator in MET and not any(matches(value, SOME_NAME) for value in values)


def many(values: Any) -> list[str]:
    """One, or each of a list. A number is as good as its text: an account's is often written so."""
    if values is None:
        return []
    if isinstance(values, Sequence) and not isinstance(values, str):
        return [each for value in values for each in many(value)]
    if isinstance(values, float):
        return [f"{values:.0f}"]
    return [values if isinstance(values, str) else str(values)]
