"""What AWS takes with a secret: its tags, and who else may read it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from cube_access.facts.principals import lets_anybody_in
from cube_access.facts.tags import OWN_TAGS

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
MAX_TAGS, MAX_KEY, MAX_VALUE = 50, 128, 256
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, with the
# elements that a policy of a resource has.
DOCUMENT = ("Version", "Id", "Statement")
STATEMENT = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")


def tags_problem(tags: Mapping[str, str]) -> str:
    """Why AWS, or this package, cannot have these tags; empty when it can."""
    room = MAX_TAGS - len(OWN_TAGS)
    if len(tags) > room:
        return f"has {len(tags)} tags: AWS has {MAX_TAGS} a secret, {len(OWN_TAGS)} of them ours"
    for key, value in tags.items():
        if not key:
            return "has a tag without a name"
        if key.lower().startswith("aws:"):
            return f"has {key!r}: names that begin with aws: are AWS's own"
        if key in OWN_TAGS:
            return f"has {key!r}, by which cube-access knows its own secret: choose another name"
        for text, limit in ((key, MAX_KEY), (value, MAX_VALUE)):
            if len(text) > limit:
                return f"has {text[:40]!r}… of {len(text)} characters: AWS takes {limit}"
            if odd := next((each for each in text if not _fits(each)), ""):
                return (
                    f"has {odd!r} in the tag {key!r}: AWS takes letters, digits, spaces and "
                    "_.:/=+-@"
                )
    return ""


def _fits(character: str) -> bool:
    return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LNZ"


def policy_problem(policy: Mapping[str, Any]) -> str:
    """What is wrong with a secret's resource policy, or whom it lets in; empty if nothing is.

    The elements are taken as AWS writes them only: how it reads another spelling is not for us to
    guess, and a policy that is read wrongly lets everybody in.
    """
    if not policy:
        return ""
    if problem := _strange(policy, DOCUMENT, "the policy"):
        return problem
    statements = policy.get("Statement")
    listed = [statements] if isinstance(statements, Mapping) else statements
    if (
        not isinstance(listed, list)
        or not listed
        or not all(isinstance(each, Mapping) for each in listed)
    ):
        return "has no Statement that is an object or a list of objects"
    return next((found for each in listed if (found := _statement_problem(each))), "")


def _statement_problem(statement: Mapping[str, Any]) -> str:
    if problem := _strange(statement, STATEMENT, "a statement"):
        return problem
    effect, principal = statement.get("Effect"), statement.get("Principal")
    if effect not in ("Allow", "Deny"):
        return f"has the Effect {effect!r}: write Allow or Deny"
    if "NotPrincipal" in statement:
        if lets_anybody_in(statement):
            return 'allows everybody (NotPrincipal): name who may read the secret in "Principal"'
        principal = principal or statement["NotPrincipal"]
    if not principal:
        return "has a statement without a Principal: name whom it is for"
    if isinstance(principal, Mapping):
        if problem := _strange(principal, PRINCIPALS, "a Principal"):
            return problem
        names = [n for each in principal.values() for n in (each if _is_list(each) else [each])]
    else:
        names = [principal]
        if principal != "*":
            return f"has the Principal {principal!r}: write a map, such as AWS: an ARN"
    for name in names:
        if not isinstance(name, str):
            return f"has the Principal {name!r}, which is no text: put it in quotes"
        if lets_anybody_in({"Effect": effect, "Principal": name}):
            return f'allows everybody (Principal "{name}"): name who may read the secret'
    return ""


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _strange(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> str:
    right = {each.lower(): each for each in known}
    for key in given:
        if key not in known:
            meant = right.get(key.lower())
            cure = f"write {meant}" if meant else f"there is {', '.join(known)}"
            return f"has {key!r} in {where}: {cure}"
    return ""
