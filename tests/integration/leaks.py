"""Everything that an environment's life leaves to read, and the search for secrets in it."""

from __future__ import annotations

import json
import re
from typing import Any

from tools.stacks import Stack

# docs/secrets.md warns of these: at --debug the plugins tell what they set, and at -v=9 the engine
# what it says to plugins and the plugins' bridge what it was told and answered (`Terraform input`,
# `Terraform output`; sent in batches, so what a plugin logs as it ends may be lost). Nothing else
# may.
OTHERS_OWN = re.compile(
    r"\[TRACE\] set secret|(Unmarshaling|Marshaling) property for RPC|Terraform (input|output):? "
)

LOGS = ("--logtostderr", "--logflow", "-v=9")


def life(stack: Stack, wrong: dict[str, Any], right: dict[str, Any]) -> dict[str, str]:
    """What is printed, logged and stored by a preview, an up, a refresh, a failed up (with `wrong`
    settings) and a rotation (with the `right` ones).
    """
    texts: dict[str, str] = {}
    texts["preview"] = stack.pulumi("preview", "--diff").output
    texts["debug output of up"] = stack.up("--debug").output
    texts["log of refresh"] = stack.pulumi("refresh", "--yes", "--skip-preview", *LOGS).output
    stack.set(**wrong)
    texts["log of a failed up"] = stack.up(*LOGS).output
    stack.set(**right)
    texts["preview of a rotation"] = stack.pulumi("preview", "--diff").output
    texts["log of a rotation"] = stack.up(*LOGS).output
    texts |= kept(stack)
    assert "debug: " in texts["debug output of up"]
    assert '"v":9' in texts["log of a rotation"]
    return texts


def another(stack: Stack) -> dict[str, str]:
    """The same of an `up` and a refresh, once the settings ask for another kind of credential."""
    texts = {
        "log of up": stack.up("--debug", *LOGS).output,
        "log of refresh": stack.pulumi("refresh", "--yes", "--skip-preview", *LOGS).output,
    }
    assert "debug: " in texts["log of up"]
    assert '"v":9' in texts["log of refresh"]
    return texts | kept(stack)


def kept(stack: Stack) -> dict[str, str]:
    return {
        "exported state": stack.export(),
        "outputs": stack.must("stack", "output", "--json").output,
        "history": stack.must("stack", "history", "--json").output,
        "state on disk": "".join(
            path.read_text(errors="replace") for path in stack.backend.rglob("*") if path.is_file()
        ),
    }


def nothing_readable(texts: dict[str, str], secrets: dict[str, str]) -> None:
    loud = {where for where in texts if "log" in where} | {"debug output of up"}
    for what, secret in secrets.items():
        # As itself, as it stands inside a JSON text, and there again.
        once = json.dumps(secret)[1:-1]
        for form in {secret, once, json.dumps(once)[1:-1]}:
            lines = form.splitlines()
            # Of a text of several lines one line in the middle is enough.
            part = lines[len(lines) // 2] if len(lines) > 1 else form
            found = [
                f"{where}: {line[:200]}"
                for where, text in texts.items()
                for line in text.splitlines()
                if part in line and not (where in loud and OTHERS_OWN.search(line))
            ]
            assert not found, f"the {what} is readable in {found}"
