"""What the tests of verify share."""

from __future__ import annotations

from collections.abc import Sequence

from cube_access.verify.findings import Line


def findings(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.verdict in ("extra", "lack", "unseen")]
