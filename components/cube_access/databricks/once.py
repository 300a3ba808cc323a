"""Makes nothing twice: notes what there was before a thing is made, and looks afterwards whether an
answer got lost.

`leftovers.py` says which things are ours. Around each one stand two resources of ours. The first is
in the state before the thing is, so that a run which was cut off is known to the next one. The
second is made once the thing is in the state: it removes what calls of ours made besides, and says
so. A run that ends in between leaves the second to the next `pulumi up`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from cube_access.databricks.leftovers import Found, Kind, Things, leftovers, new_mark
from cube_access.offline import offline
from cube_access.provider.definition import TEXTS, TRUTH, Definition, Property
from cube_access.provider.lifecycle import Failure, Lifecycle, ProviderError, Values
from cube_access.provider.resource import Resource
from cube_access.provider.values import has_unknown

# How long a list may lack what was just made.
WAIT_SECONDS = 30
NOT_UNIQUE = ("app", "principal")
"""Kinds that other people have, too, under whatever name they like."""

PLACE = {
    "kind": Property(description="app, principal, secret or token."),
    "host": Property(
        description="Host name of the account console; for a token, of the workspace."
    ),
    "accountId": Property(description="The account's id."),
    "name": Property(description="Its name; for a token, its comment."),
    "principalId": Property(
        description="For a secret or a token, the SCIM id of the service principal.",
        optional=True,
    ),
}

INTENT = Definition(
    module="databricks",
    name="Intent",
    description="What there was before one thing is made, and the mark that ours is made with. "
    "Changes nothing when it is made.",
    inputs={
        **PLACE,
        "confidential": Property(
            description="For an app, whether it is confidential: a change makes another one.",
            type=TRUTH,
            optional=True,
        ),
    },
    outputs={
        "mark": Property(
            description="Random; no other stack has it. But for a principal's, it says when it was "
            "made, too."
        ),
        "before": Property(description="Ids of those that were there.", type=TEXTS),
    },
)

SETTLED = Definition(
    module="databricks",
    name="Settled",
    description="Exists once one thing is there once. Removes what a call of ours made whose "
    "answer was lost.",
    inputs={
        **PLACE,
        "identifier": Property(description="The id of the one that the stack has."),
        "mark": Property(description="What ours is made with."),
        "before": Property(description="Ids of those that were there before.", type=TEXTS),
    },
    outputs={"removed": Property(description="Ids of those that were removed.", type=TEXTS)},
)


def _things(lifecycle: Lifecycle, values: Values) -> Things:
    return Things(
        kind=values["kind"],
        host=values["host"],
        account_id=values["accountId"],
        name=values["name"],
        principal_id=values.get("principalId") or "",
        sign_in=lifecycle.sign_in,
    )


class IntentLifecycle(Lifecycle):
    """Looks before a thing is made, and once more before it is made anew."""

    definition = INTENT

    def check(self, olds: Values, news: Values) -> list[Failure]:
        """In the preview of the first `up`: says who has the name already. A courtesy, which a
        previewer without rights in the account does without.
        """
        if olds or offline() or has_unknown(news) or news["kind"] not in NOT_UNIQUE:
            return []
        from databricks.sdk.errors.base import DatabricksError

        things = _things(self, news)
        try:
            found = list(things.listed().values())
        except (DatabricksError, ValueError, OSError):
            return []
        for each in found:
            self.voice.warn(
                f"{each.described} is there already. It is not this stack's, and stays as it is: "
                "names are not unique in Databricks, so another one of that name is made. To tell "
                "them apart choose another name; a leftover of an older set-up is removed by "
                f"`{things.command(each.identifier)}`."
            )
        return []

    def create(self, inputs: Values) -> tuple[str, Values]:
        return inputs["kind"], {**inputs, **self._look(inputs)}

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        looked = self._look(news)
        # A principal carries its mark. Of the other kinds a new mark says that this is a new look.
        mark = olds["mark"] if news["kind"] == "principal" else looked["mark"]
        return {**news, **looked, "mark": mark}

    def delete(self, identifier: str, outputs: Values) -> None:
        """The thing itself is gone by now. What has its mark was made by a run that was cut off."""
        if outputs["kind"] not in NOT_UNIQUE:
            return  # gone with the principal
        things = _things(self, outputs)
        for each in things.listed().values():
            if each.mark == outputs["mark"]:
                things.remove(each.identifier)
                self.voice.warn(f"removed {each.described}: an `up` that was cut off had made it.")
            elif outputs["kind"] == "app" and each.identifier not in outputs["before"]:
                self.voice.warn(
                    f"{each.described} stays. If it is of an `up` of this stack that was cut off, "
                    f"remove it: `{things.command(each.identifier)}`."
                )

    def _look(self, inputs: Values) -> Values:
        before = [] if inputs["kind"] == "principal" else sorted(_things(self, inputs).listed())
        return {"mark": new_mark(inputs["kind"]), "before": before}


class SettledLifecycle(Lifecycle):
    """Looks once the thing is in the state, and again when it is another one."""

    definition = SETTLED

    def create(self, inputs: Values) -> tuple[str, Values]:
        return inputs["kind"], {**inputs, "removed": self._settle(inputs, sure=True)}

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        # Without a new look beforehand, what is new may be another label's live credential, or made
        # by hand after ours was lost: it is named, and stays. Only a principal carries its mark.
        sure = news["kind"] == "principal" or olds["mark"] != news["mark"]
        return {**news, "removed": self._settle(news, sure=sure)}

    def _settle(self, inputs: Values, *, sure: bool) -> list[str]:
        things = _things(self, inputs)
        found, own = self._with_own(things, inputs["identifier"])
        removed = []
        for each in leftovers(
            things.kind, found, own=own, mark=inputs["mark"], before=inputs["before"]
        ):
            # One that was made later may be the app of another stack of this name.
            ours = things.kind != "app" or each.soon_after(inputs["mark"])
            if not (sure and ours):
                # Of a credential only the whole state tells whether it is in use.
                how = (
                    f"If it is of an `up` of this stack, remove it: "
                    f"`{things.command(each.identifier)}`."
                    if things.kind == "app"
                    else "It may be another label's, and in use: `cube-access recover` names what "
                    "the stack's state does not hold."
                )
                self.voice.warn(
                    f"{each.described} is there besides {own.identifier}, and stays. {how}"
                )
                continue
            things.remove(each.identifier)
            removed.append(each.identifier)
            self.voice.warn(
                f"removed {each.described}: a call of this stack had made it, and the answer was "
                f"lost. This stack has {inputs['identifier']}."
            )
        return sorted(removed)

    def _with_own(self, things: Things, identifier: str) -> tuple[dict[str, Found], Found]:
        """All, once the list has ours: one that lacks it says nothing about others either."""
        pause = 0.5
        while True:
            found = things.listed()
            if identifier in found:
                return found, found[identifier]
            if pause > WAIT_SECONDS or self.cancelled.wait(pause):
                raise ProviderError(
                    f"Databricks does not list the {things.kind} {identifier} that was just made, "
                    "so that one made twice would not be seen. Nothing is lost: run `pulumi up` "
                    "again; if it was removed by hand, `pulumi up --refresh`."
                )
            pause *= 2


MADE_BY_POST = {
    "databricks:index/customAppIntegration:CustomAppIntegration",
    "databricks:index/oboToken:OboToken",
    "databricks:index/servicePrincipal:ServicePrincipal",
    "databricks:index/servicePrincipalSecret:ServicePrincipalSecret",
}
"""The plugin's types of what can be made twice."""


def when_it_fails(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """A transformation: a creation that fails says what that may have left, and what goes on."""
    if args.type_ not in MADE_BY_POST:
        return None

    def say(failed: pulumi.ErrorHookArgs) -> bool:
        if failed.failed_operation == "create":
            pulumi.log.warn(
                f"making {failed.name} failed; Databricks may have made it all the same. Run "
                "`pulumi up` again: it removes what is there twice. `cube-access recover --stack "
                f"{pulumi.get_stack()}` names what is left."
            )
        return False  # not once more: the next one would be a second

    hooks = pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{args.name}-failed", say)])
    more = pulumi.ResourceOptions(hooks=hooks)
    return pulumi.ResourceTransformationResult(
        args.props, pulumi.ResourceOptions.merge(args.opts, more)
    )


class Intent(Resource):
    definition = INTENT


class Settled(Resource):
    definition = SETTLED


@dataclass(frozen=True, kw_only=True)
class Once:
    """Stands around one thing.

    Args:
        name: of the thing's resource.
        kind: what it is.
        host: of the account console; for a token, of the workspace.
        called: the thing's name; for a token, its comment.
        principal_id: whose secret or token; None for the other kinds.
        confidential: of an app.
        parent: of the thing's resource.
    """

    name: str
    kind: Kind
    host: pulumi.Input[str]
    account_id: pulumi.Input[str]
    called: pulumi.Input[str]
    parent: pulumi.Resource
    principal_id: pulumi.Input[str] | None = None
    confidential: bool | None = None

    def _place(self) -> dict[str, pulumi.Input[str]]:
        place = {
            "kind": self.kind,
            "host": self.host,
            "accountId": self.account_id,
            "name": self.called,
        }
        return place if self.principal_id is None else {**place, "principalId": self.principal_id}

    def intent(self, depends_on: Sequence[pulumi.Resource] = ()) -> Intent:
        """Before the thing, which depends on it."""
        more = {} if self.confidential is None else {"confidential": self.confidential}
        return Intent(
            f"{self.name}-intent",
            {**self._place(), **more},
            pulumi.ResourceOptions(parent=self.parent, depends_on=list(depends_on)),
        )

    def settled(
        self, intent: Intent, thing: pulumi.Resource, identifier: pulumi.Input[str]
    ) -> Settled:
        """After the thing.

        Args:
            identifier: the thing's id in Databricks.
        """
        properties = {
            **self._place(),
            "identifier": identifier,
            "mark": intent.output("mark"),
            "before": intent.output("before"),
        }
        return Settled(
            f"{self.name}-settled",
            properties,
            pulumi.ResourceOptions(parent=self.parent, depends_on=[intent, thing]),
        )
