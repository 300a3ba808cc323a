"""The audit's files: JSON, HTML and SARIF."""

from __future__ import annotations

import json
from pathlib import Path

from cube_access.audit import page, sarif
from cube_access.audit.model import Audit, AuditError


def as_json(audit: Audit) -> str:
    return json.dumps(audit.document(), indent=2, ensure_ascii=False) + "\n"


def write(audit: Audit, folder: Path) -> list[Path]:
    """The three files, called after the stack.

    Raises:
        AuditError: they cannot be written there.
    """
    name = audit.stack.replace("/", "-")
    texts = {
        "json": as_json(audit),
        "html": page.render(audit),
        "sarif": json.dumps(sarif.document(audit), indent=2, ensure_ascii=False) + "\n",
    }
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            files.append(folder / f"{name}.{suffix}")
            files[-1].write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise AuditError(f"--output {folder}: {error.strerror}: {error.filename}") from None
    return files
