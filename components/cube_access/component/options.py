"""Which resource options a component takes, and what becomes of each.

An option that would do nothing is refused: silence would be taken for consent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi

from cube_access.component.arguments import ArgsError

HONOURED = {
    "parent": "what the component is shown under, and inherits from",
    "depends_on": "nothing is made or looked up before these are there",
    "protect": "true: on everything that is made, the grants too; needs the arg protect, which "
    "guards people's sign-in, to be true as well",
    "aliases": "for a component that is called otherwise or has moved; give it the old arg name, "
    "too, because its default follows the component's",
    "retain_on_delete": "on everything that is made",
    "custom_timeouts": "on everything that is made",
    "hooks": "for the component itself, which is registered before anything is made",
    "transformations": "for the component and what is made",
    "transforms": "for the component and what is made",
    "providers": "one of cube-access, for a component without sign_in",
    "provider": "as providers",
}
"""What each does here."""

_ONE_BY_ONE = "say it for one resource, by a transformation on the component"
REFUSED = {
    "additional_secret_outputs": "what is secret is marked so already; wrap an output in "
    "Output.secret to hide more",
    "delete_before_replace": f"each resource has the order that it needs; {_ONE_BY_ONE}",
    "deleted_with": f"what is made is in two clouds, and nothing takes all of it; {_ONE_BY_ONE}",
    "env_var_mappings": "it is for a provider; a component signs in by sign_in",
    "hide_diffs": f"a component has no diff; {_ONE_BY_ONE}",
    "id": "a component cannot be read; make it, or use the outputs of the stack that has it",
    "ignore_changes": f"a component has no properties that change; {_ONE_BY_ONE}",
    "import_": f"a component is not imported; {_ONE_BY_ONE} with import_",
    "plugin_download_url": "the component comes with the installed package",
    "replace_on_changes": f"a component is not replaced; {_ONE_BY_ONE}",
    "replace_with": f"a component is not replaced; {_ONE_BY_ONE}",
    "replacement_trigger": "a component is not replaced; to renew a credential append to "
    "credential_versions",
    "state_migrations": "the package has none yet",
    "urn": "a component cannot be read; make it, or use the outputs of the stack that has it",
    "version": "the component comes with the installed package, whose version counts",
}
"""Why not, and what to do instead."""

PACKAGE = "cube-access"


def checked(
    opts: pulumi.ResourceOptions | None,
    *,
    component: str,
    protect: bool,
    signs_in: bool,
    made: Callable[[pulumi.CustomResource], object],
) -> pulumi.ResourceOptions:
    """The options for the component, so that those which are meant for what it makes get there.

    Args:
        protect: the arg.
        signs_in: whether the args say who does.
        made: called with each resource that the component makes.

    Raises:
        ArgsError: an option that is not honoured.
    """
    given = opts or pulumi.ResourceOptions()
    problems = [
        f"the option {name} is not for a component: {why}"
        for name, why in REFUSED.items()
        if getattr(given, name) is not None
    ]
    if given.protect is not None and given.protect is not protect:
        problems.append(
            f"the option protect is {given.protect}, and the arg protect is {protect}: set the arg "
            "to the same, or leave the option away"
        )
    given_providers = providers(given)
    problems += [
        f"the option providers has one of {package}: the component makes its own, for more than "
        "one place or role; say who signs in by sign_in"
        for package in given_providers
        if package != PACKAGE
    ]
    if PACKAGE in given_providers and signs_in:
        problems.append(
            "the option providers has one of cube-access, and sign_in is there: use one"
        )
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        raise ArgsError(f"{component} cannot be made; nothing was changed:{lines}")
    return pulumi.ResourceOptions.merge(
        given, pulumi.ResourceOptions(transformations=[_to_all(given, made)])
    )


def providers(opts: pulumi.ResourceOptions) -> list[str]:
    """The packages that the options have a provider of."""
    given: Any = opts.providers or []
    every = list(given.values()) if isinstance(given, dict) else list(given)
    return [each.package for each in (*every, *([opts.provider] if opts.provider else []))]


def _to_all(
    given: pulumi.ResourceOptions, made: Callable[[pulumi.CustomResource], object]
) -> pulumi.ResourceTransformation:
    """Hands options to what is made: the engine does that for parent, protect and aliases only."""

    def hand_on(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not isinstance(args.resource, pulumi.CustomResource):
            return None
        made(args.resource)
        more = pulumi.ResourceOptions(depends_on=given.depends_on)
        if args.opts.retain_on_delete is None:
            more.retain_on_delete = given.retain_on_delete
        if args.opts.custom_timeouts is None:
            more.custom_timeouts = given.custom_timeouts
        return pulumi.ResourceTransformationResult(
            args.props, pulumi.ResourceOptions.merge(args.opts, more)
        )

    return hand_on
