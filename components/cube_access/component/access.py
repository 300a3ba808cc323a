"""What the components for every warehouse do alike: the secret, the guards, and what Cube gets.

Owns the outputs and their names. What is made in a warehouse is the component's of that warehouse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pydantic.alias_generators import to_camel

from cube_access.aws import first
from cube_access.aws.secret_store import Secret, SecretArgs
from cube_access.component import options
from cube_access.component.arguments import Asked
from cube_access.component.caller import Caller, Kind
from cube_access.component.guard import ALL_THE_SAME, Guard
from cube_access.component.reader import Reader, by_arg
from cube_access.component.shapes import AccessArgs
from cube_access.cube import cube_py, env
from cube_access.cube.connection import NO_OAUTH_APP, Connection
from cube_access.declared import declaration
from cube_access.offline import offline
from cube_access.provider.resource import Provider
from cube_access.provider.sdk import children, hand_down, stack_name
from cube_access.settings import Settings

S = TypeVar("S", bound=Settings)


class Access(pulumi.ComponentResource, Generic[S]):
    """Base of the components: everything that Cube's access to one warehouse takes."""

    cube_env: pulumi.Output[Mapping[str, str]]
    """Cube's environment variables. Secret."""
    cube_py: pulumi.Output[str]
    """The text of cube.py."""
    oauth_app: Mapping[str, pulumi.Output[Any]]
    """The fields of Cube Cloud's OAuth-app form: name, auth_url, token_url, client_id,
    client_secret (secret; empty for a public client), scopes and redirect_uri. All are empty where
    people need no such app, because Cube Cloud signs their tokens itself.
    """
    service_account: Mapping[str, pulumi.Output[Any]]
    """name, id, privileges (one and its securable a line) and credential_expires (RFC 3339, or a
    sentence).
    """
    secret_arn: pulumi.Output[str]
    """Of the service account's secret in AWS Secrets Manager; empty where nothing is stored."""
    next_steps: pulumi.Output[Sequence[str]]
    """What is left for people to do."""
    declaration: pulumi.Output[Mapping[str, Any]]
    """What was asked for, with the defaults filled in; secrets by name only."""

    KIND: ClassVar[Kind]
    ARGS: ClassVar[type[AccessArgs]]

    def __init__(
        self,
        name: str,
        args: AccessArgs | Asked[S],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        kind = type(self).__name__
        if isinstance(args, Asked):
            asked = args
        elif isinstance(args, self.ARGS):
            asked = Reader(self.ARGS, Caller(self.KIND, "python"), name).read(by_arg(args))
        else:
            raise TypeError(f"{kind} takes {self.ARGS.__name__}, not {type(args).__name__}")
        self._asked, self._settings, self._say = asked, asked.settings, asked.caller.say
        self._name = name
        self._made: list[pulumi.Resource] = []
        given = options.checked(
            opts,
            component=f"{kind} {name}",
            protect=asked.settings.protect,
            signs_in=bool(asked.sign_in),
            made=self._made.append,
        )
        given = pulumi.ResourceOptions.merge(
            given, pulumi.ResourceOptions(transformations=[self._around, self._stored_first])
        )
        super().__init__(f"cube-access:index:{kind}", name, None, given)
        self._child = pulumi.ResourceOptions(parent=self)
        if options.PACKAGE not in options.providers(given):
            hand_down(self, Provider(f"{name}-own", self._own_sign_in(), self._child))
        self._ready = _ready(opts)
        connection = self._connect()
        secret = self._store(connection)
        self._guard()
        self._give(connection, secret)

    def _around(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """What stands around a resource that the component makes; None: nothing."""
        return None

    def _stored_first(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """A transformation: no service account whose credential AWS would not store."""
        if args.type_ not in first.TYPES or not self._settings.stores_credential:
            return None
        secret = {to_camel(key): value for key, value in self._secret_in_advance().items()}
        more = first.asked_first(args.name, secret, self)
        return pulumi.ResourceTransformationResult(
            args.props, pulumi.ResourceOptions.merge(args.opts, more)
        )

    def _own_sign_in(self) -> dict[str, pulumi.Input[str]]:
        """How our own plugin signs in, by its configuration; empty: as the environment says."""
        return {}

    def _connect(self) -> Connection:
        """Makes what is to be in the warehouse; gives what Cube needs to know of it."""
        raise NotImplementedError

    def _secret_in_advance(self) -> dict[str, Any]:
        """Of the secret, what is known before there is a credential."""
        settings, asked = self._settings, self._asked
        return {
            "name": asked.text("secret_name"),
            "owner": stack_name(),
            "kms_key_id": asked.text("secret_kms_key_id"),
            "adopt": settings.adopt_secret,
            "region": settings.aws_region,
            "profile": settings.aws_profile,
        }

    def _store(self, connection: Connection) -> Secret | None:
        if connection.stored_secret is None:
            return None
        settings, asked = self._settings, self._asked
        return Secret(
            f"{self._name}-secret",
            SecretArgs(
                **self._secret_in_advance(),
                value=connection.stored_secret,
                type=connection.stored_secret_type,
                description=f"Service account {settings.name} of Cube, written by cube-access",
                service_account=connection.service_account_key,
                tags=asked.values("tags"),
                policy=settings.secret_policy,
                recovery_days=settings.secret_recovery_days,
                on_destroy=settings.secret_on_destroy,
            ),
            self._child,
        )

    def _guard(self) -> None:
        """The first thing that a destroy meets."""
        Guard(
            f"{self._name}-guard",
            what="this environment",
            protect=self._settings.protect,
            remedy=self._say(ALL_THE_SAME),
            opts=pulumi.ResourceOptions(
                parent=self, protect=self._settings.protect, depends_on=list(self._made)
            ),
        )

    def _give(self, connection: Connection, secret: Secret | None) -> None:
        settings, app = self._settings, connection.oauth_app
        others = settings.other_data_sources
        # The SDK's types do not say that a dictionary of Outputs may be one Output.
        variables: Any = env.environment(
            connection, data_source=settings.data_source, others=others
        )
        self.cube_env = pulumi.Output.secret(variables)
        text = cube_py.render(
            connection.driver,
            source=settings.source_name,
            fallback=settings.fallback,
            data_source=settings.data_source,
            others=others,
            hooks=cube_py.read_hooks(settings.cube_hooks),
            credential=connection.credential,
            people="cube-cloud" if app is None else "oauth-app",
        )
        self.cube_py = pulumi.Output.from_input(text)
        form = app or NO_OAUTH_APP
        self.oauth_app = _outputs(
            name=form.name,
            auth_url=form.auth_url,
            token_url=form.token_url,
            client_id=form.client_id,
            client_secret=form.client_secret,
            scopes=list(form.scopes),
            redirect_uri=form.redirect_uris[0],
        )
        self.service_account = _outputs(
            name=connection.service_account_name,
            id=connection.service_account_id,
            privileges=list(connection.privileges),
            credential_expires=connection.credential_expires,
        )
        self.secret_arn = secret.arn if secret else pulumi.Output.from_input("")
        self.next_steps = pulumi.Output.from_input(self._steps(connection))
        self.declaration = self._asked.declared(declaration)
        self.register_outputs(outputs(self))

    def _steps(self, connection: Connection) -> Any:
        called = self._asked.caller.output
        form = [
            "Cube Cloud > Admin > Integrations > OAuth apps: create one with the fields of "
            f"{called('oauth_app')}.",
            f"Name its key under userCredentials {self._settings.source_name}.",
        ]
        files = (
            f"Set {called('cube_env')} as the deployment's environment variables, and deploy "
            f"{called('cube_py')} as cube.py (`cube-access env` and `cube-access cube-py` write "
            "both to files)."
        )
        if connection.oauth_app is None:
            return [files, *connection.steps]
        authorize = "Each person presses Authorize once in Cube Cloud."
        return [*form, files, *connection.steps, authorize]

    def _unconfigured(self) -> dict[str, Any]:
        """For a provider's inputs: offline, one that is not known, so that the engine leaves the
        provider alone at preview.
        """
        return {"profile": pulumi.UNKNOWN} if offline() else {}


def outputs(access: Access[Any]) -> dict[str, Any]:
    """What a component gives, as its state and YAML have it."""
    return {
        "cubeEnv": access.cube_env,
        "cubePy": access.cube_py,
        "oauthApp": {to_camel(key): value for key, value in access.oauth_app.items()},
        "serviceAccount": {to_camel(key): value for key, value in access.service_account.items()},
        "secretArn": access.secret_arn,
        "nextSteps": access.next_steps,
        "declaration": access.declaration,
    }


def _outputs(**values: Any) -> dict[str, pulumi.Output[Any]]:
    return {key: pulumi.Output.from_input(value) for key, value in values.items()}


def _ready(opts: pulumi.ResourceOptions | None) -> pulumi.Output[Any]:
    """Known once what `depends_on` names is there, and so can be looked up."""
    given: Any = opts.depends_on if opts else None

    def ids(found: Any) -> pulumi.Output[Any]:
        every = found if isinstance(found, list | tuple) else [found]
        return pulumi.Output.all(*(each for one in every for each in _ids(one)))

    return pulumi.Output.from_input(given or []).apply(ids)


def _ids(resource: pulumi.Resource) -> list[pulumi.Output[str]]:
    """Of a resource, or of all that a component has made."""
    if isinstance(resource, pulumi.CustomResource):
        return [resource.id]
    return [each for child in children(resource) for each in _ids(child)] or [resource.urn]
