"""What is secret is marked as one: in state, in previews and in outputs it is then encrypted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pulumi_policy import Secret
from pulumi_policy.proxy import _is_unknown

from .. import grants, sql
from ..kinds import SECRET, STACK, STATEMENTS, kind_of
from ..looks import OFTEN_NAMES, bears_credential, is_place, is_secret_output, shape, spelled_out
from ..rule import CRITICAL, Judged, Report, ReportOn, Rule, Stack
from ..values import SecretText, leaves
from . import nested

# People read these, in the warehouse and in every list.
TEXTS = frozenset(
    {
        "annotations",
        "comment",
        "description",
        "displayname",
        "label",
        "labels",
        "name",
        "querytag",
        "tags",
        "tagsall",
        "title",
    }
)
# Names of securables, in these.
SECURABLES = frozenset({"databricks.grant", "databricks.grants"})
ABOUT = "https://www.pulumi.com/docs/iac/concepts/secrets/"
RESULTS = "queryresults"
# What is said about a credential: how long it lasts, or where it is.
ABOUT_ONE = re.compile(r"validity|lifetime|expir|ttl|runtimeEnvironmentSecrets", re.IGNORECASE)
# Of a secret in a store, what is in it.
VALUES = frozenset(
    {(SECRET, "value"), ("databricks.secret", "stringValue"), ("databricks.secretuc", "value")}
)
ENCRYPTED = "encryptedData"
# Most values: too short to be a credential that is told by its looks, and without a sign between a
# name and a value.
PLAIN = re.compile(r"(?!AKIA|ASIA)[\w.-]{0,31}")
# Of Kubernetes' secrets from outside: how the secret calls it.
KEY_OF_A_SECRET = "secretKey"  # noqa: S105 - the name of a property


@lru_cache(maxsize=4096)  # the same paths come with each resource of a type
def _is_text(path: str) -> bool:
    """Also what is in a text: a tag has a name of its own."""
    parts = path.lower().replace("_", "").split(".")
    return any(part.split("[")[0] in TEXTS or part.startswith("customtags") for part in parts)


def _credentials(kind: str, props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where one stands without a mark, and what tells."""
    all_of_it = leaves(props)
    for path, name in nested.pairs(props) if nested.has_pairs(all_of_it) else ():
        if not _is_text(path):
            yield path, f"it is the value of {name}"
    for path, key, value in all_of_it:
        if not isinstance(value, str) or isinstance(value, SecretText) or not value:
            continue
        if kind in SECURABLES and key == "secret":
            continue
        if _is_text(path) or is_place(value) or ENCRYPTED in path:
            continue
        if _is_named(kind, path, key, value):
            yield path, "its name says that it holds a credential"
        elif words := _held(kind, key, value) or _held(kind, "", nested.decoded(value, path)):
            yield path, words


def _is_named(kind: str, path: str, key: str, value: str) -> bool:
    if ABOUT_ONE.search(path) or (kind.startswith("kubernetes.") and key == KEY_OF_A_SECRET):
        return False
    if kind == STACK:
        return is_secret_output(key, value)
    return (kind, path) in VALUES or bears_credential(nested.end_of(path, key))


def _held(kind: str, key: str, value: str) -> str:
    """What a text has in it; empty if nothing."""
    if PLAIN.fullmatch(value):
        return ""
    if words := shape(value, key):
        return f"it holds what looks like {words}"
    if kind in STATEMENTS and (words := _in_statement(value)):
        return f"it holds {words}"
    if name := nested.in_text(value):
        return f"it gives {name} a value"
    if key == "credentials" and (words := spelled_out(value)):
        return f"it holds {words}"
    return ""


def _in_statement(text: str) -> str:
    """One that is not recognised is refused for that."""
    return "" if isinstance(sql.read(text), sql.NotKnown) else spelled_out(text)


def _secrets_marked(judged: Judged, report: Report) -> None:
    for path, reason in _credentials(judged.kind, judged.props):
        report(f"{path} is no Pulumi secret, and {reason}: the state would hold it in plain text.")
    if judged.kind in STATEMENTS:
        secret = {name.replace("_", "").lower() for name in judged.opts.additional_secret_outputs}
        said = [said for key, said in grants.statements(judged) if key == "query"]
        if RESULTS not in secret and any(
            isinstance(s, sql.Looks) and s.shows_secrets for s in said
        ):
            report(
                "queryResults is not in additional_secret_outputs, and the query shows client "
                "secrets."
            )


def mark_secrets(kind: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    paths = {path for path, _ in _credentials(kind, _without_secrets(inputs))}
    return _marked(inputs, "", paths) if paths else None


def _without_secrets(value: Any) -> Any:
    """As `_credentials` reads it: what has a mark, or is not known, is left out."""
    if isinstance(value, dict):
        return {key: _without_secrets(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inside) for inside in value]
    return None if isinstance(value, Secret) or _is_unknown(value) else value


def _marked(value: Any, path: str, paths: set[str]) -> Any:
    if isinstance(value, dict):
        dot = f"{path}." if path else ""
        return {key: _marked(inside, f"{dot}{key}", paths) for key, inside in value.items()}
    if isinstance(value, list):
        return [_marked(inside, f"{path}[{i}]", paths) for i, inside in enumerate(value)]
    return Secret(value) if path in paths else value


def _not_in_text(judged: Judged, report: Report) -> None:
    all_of_it = leaves(judged.props)
    for path, name in nested.pairs(judged.props) if nested.has_pairs(all_of_it) else ():
        if _is_text(path):
            report(f"{path} is the value of {name}, where everybody can read it.")
    found = [each for each in all_of_it if _is_text(each[0])]
    for path, key, value in [*found, ("the resource's own name", "", judged.name)]:
        if isinstance(value, str) and (words := _given_away(key, value)):
            report(f"{path} holds what looks like {words}, where everybody can read it.")


def _given_away(key: str, value: str) -> str:
    """What a text that everybody reads gives away, in words; empty if nothing."""
    if not PLAIN.fullmatch(value):
        if words := shape(value) or spelled_out(value):
            return words
        if name := nested.in_text(value):
            return f"a value for {name}"
    named = bears_credential(key) and key.lower() not in OFTEN_NAMES
    if named and value and not isinstance(value, SecretText) and not is_place(value):
        return f"a value for {key}"
    return ""


def _outputs_secret(stack: Stack, report: ReportOn) -> None:
    for resource in stack.resources:
        if kind_of(resource.resource_type) == STACK:
            for path, reason in _credentials(STACK, resource.props):
                report(f"The stack output {path} is no secret, and {reason}.", resource.urn)


RULES = [
    Rule(
        name="secrets-marked",
        description="What holds a credential is a Pulumi secret.",
        why="Without the mark it stands in the state, and in every preview, in plain text.",
        fix="Wrap it in pulumi.Output.secret, or name it in additional_secret_outputs.",
        url=ABOUT,
        severity=CRITICAL,
        check=_secrets_marked,
        remedy=mark_secrets,
        references=[("NIST 800-53", "IA-5(7)")],
    ),
    Rule(
        name="secrets-not-in-text",
        description="No credential stands in a name, a tag, a comment or a description.",
        why="Names and comments are read by everybody, and no mark hides them there.",
        fix="Take it out, and rotate the credential: it has been seen.",
        url=ABOUT,
        severity=CRITICAL,
        check=_not_in_text,
        references=[("NIST 800-53", "IA-5(7)")],
    ),
    Rule(
        name="outputs-secret",
        description="A stack output that holds a credential is a secret.",
        why="Plain outputs are printed by every `up`, and land in pull requests.",
        fix="Export pulumi.Output.secret(…), or where the secret is stored.",
        url=ABOUT,
        severity=CRITICAL,
        kinds=frozenset({STACK}),
        stack_check=_outputs_secret,
        references=[("NIST 800-53", "IA-5(7)")],
    ),
]
