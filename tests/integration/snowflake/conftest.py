"""The configuration of the tests' environments on Snowflake."""

from __future__ import annotations

from typing import Any

import pytest

from tools.stacks import example


@pytest.fixture(scope="session")
def base_config() -> dict[str, Any]:
    return example("sandbox-snowflake")
