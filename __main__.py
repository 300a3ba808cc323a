"""One environment: configuration -> component -> outputs.

Wiring only, and the only reader of the stack's configuration.
"""

from __future__ import annotations

import atexit
import gc
import json
import os

import pulumi

from cube_access import in_parts
from cube_access import settings as stack_settings
from cube_access.component import ending
from cube_access.component.arguments import Asked
from cube_access.component.caller import Caller
from cube_access.plugin.construct import component
from cube_access.settings import SettingsError

encrypted = json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]"))
try:
    settings = stack_settings.load(pulumi.runtime.get_config_env(), pulumi.get_stack(), encrypted)
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

# Nothing else in this program uses the SDK, so it can do without the parts that are not in use.
if settings.warehouse != "external":
    in_parts.find(f"pulumi_{settings.warehouse}")
# A warehouse's SDK makes some hundred thousand objects that stay: without the collector's looks at
# them it loads in four fifths of the time, and a program as short as this one needs none after.
gc.disable()
# Python looks at all of them twice as it ends, collector or not: a third of a second.
atexit.register(gc.freeze)

asked = Asked(
    settings,
    Caller(settings.warehouse, "configuration"),
    hidden=[key.partition(":")[2] for key in encrypted],
)
# Named "cube", not settings.name: a new logical name would make everything anew instead of renaming
# it.
access = component(settings.warehouse)("cube", asked)

pulumi.export("cube_env", access.cube_env)
pulumi.export("cube_py", access.cube_py)
no_app = "none: people sign in with Cube Cloud's own tokens, without an OAuth app"
pulumi.export("cube_oauth_app", access.oauth_app if settings.has_oauth_app else no_app)
pulumi.export("service_account", access.service_account)
nothing = "none: there is nothing to store"
pulumi.export("secret_arn", access.secret_arn.apply(lambda arn: arn or nothing))
pulumi.export("next_steps", access.next_steps.apply(ending.numbered))
ending.tell(access, settings)
