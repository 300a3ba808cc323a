"""Whether an app or a principal of this stack's is there twice.

Owns what the deployer's lists of the account say of that. What makes a thing ours is
`cube_access.databricks.leftovers`' to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cube_access import stack as stacks
from cube_access.databricks.leftovers import MARKED, Things
from cube_access.databricks.once import INTENT, NOT_UNIQUE, SETTLED
from cube_access.provider.lifecycle import SignIn
from cube_access.verify.databricks.client import Step
from cube_access.verify.findings import DEPLOYER, REFRESH, Line, Verdict
from cube_access.verify.looks import line

APP = "databricks:index/customAppIntegration:CustomAppIntegration"
"""Of one that is in the state `app.py` says whether it is there."""


def not_listed(kind: str, identifier: str) -> str:
    cut = ": people cannot sign in" if kind == "app" else ""
    return f"the {kind} {identifier} is not listed in the account{cut}"


def doubles(states: Sequence[stacks.State], step: Step) -> Iterator[Line]:
    """As the account lists them.

    Args:
        states: the component's resources.

    Raises:
        DatabricksError: the deployer cannot look.
    """
    own = {
        each["outputs"]["kind"]: str(each["outputs"]["identifier"])
        for each in states
        if each["type"] == SETTLED.token
    }
    for intent in states:
        if intent["type"] != INTENT.token or intent["outputs"]["kind"] not in NOT_UNIQUE:
            continue
        outputs = intent["outputs"]
        things = Things(
            kind=outputs["kind"],
            host=outputs["host"],
            account_id=outputs["accountId"],
            name=outputs["name"],
            principal_id="",
            sign_in=SignIn(),
        )
        step(f"whether the {things.kind} is there twice")
        found = things.listed()
        ours = own.get(things.kind, "")
        told = things.kind == "app" and any(each["type"] == APP for each in states)
        if ours not in found and not told:
            yield line("lack", not_listed(things.kind, ours), DEPLOYER, REFRESH)
        others = [each for each in found.values() if each.identifier != ours]
        for each in others:
            marked = each.mark == outputs["mark"]
            # Of principals it was not noted which were there; another stack's has a mark.
            new = (
                not each.mark.startswith(MARKED)
                if things.kind == "principal"
                else each.identifier not in outputs["before"]
            )
            verdict: Verdict = "extra" if marked or new else "note"
            why = ", with this stack's mark" if marked else ", of the same name"
            if verdict == "extra" and not marked:
                why += ": people and grants may mean the wrong one, unless another set-up has it"
            command = things.command(each.identifier) if verdict == "extra" else ""
            what = f"{each.described} is there besides ours{why}"
            yield line(verdict, what, DEPLOYER, command)
        if ours in found and not others:
            yield line("ok", f"one {things.kind} has the name {things.name}", DEPLOYER)
