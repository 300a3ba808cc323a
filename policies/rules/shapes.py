# A copy, by `make docs`, of cube-access's own
# components/cube_access/facts/credentials.py: change it there.

"""What a credential looks like: exactly, to accuse it, and more widely, to hide it.

The policy pack accuses by the exact shape, so that a name is no finding; what the report shows is
cleaned by the wide one, which also takes a credential that was cut off.
"""

from __future__ import annotations

import re

_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
# The same in base64, as a kubeconfig has it.
_KEY64 = (
    r"LS0tLS1CRUdJTi(?:BQUklWQVRFI|BSU0EgUFJJVkFURS|BFQyBQUklWQVRF|BFTkNSWVBURUQgUFJJVkFUR"
    r"|BPUEVOU1NIIFBSSVZBVEUg)"
)
# What a template puts a credential in for later: ${NAME}, $(NAME), $NAME, {{ name }}, <name>, ***.
_LATER = r"\$\{|\$\(|\$[A-Za-z_]+\b|\{\{|\{\w*\}|<|%[sw(]|\*\*\*"
_NAMED = (
    r"(?i:pwd|password|passwd|private_key_file_pwd|priv_key_file_pwd|auth_accesstoken"
    r"|oauth2secret|oauth2clientsecret|accountkey|sharedaccesskey)"
)
_BARE = r"[^\s,;()\"']{1,200}"
# In words: the exact shape, and the wide one, which has the whole credential in it.
_SHAPES = {
    "a private key": (
        rf"{_KEY}|{_KEY64}",
        rf"{_KEY}(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)|{_KEY64}[A-Za-z0-9+/=]*",
    ),
    "a Databricks token": (r"\bdapi[0-9a-f]{32}(-\d+)?\b", r"\bdapi[0-9a-f]{8,}(-\d+)?\b"),
    "a Databricks OAuth secret": (r"\bdose[0-9a-f]{32}\b", r"\bdose[0-9a-f]{8,}\b"),
    "an AWS access key": (r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", r"\b(AKIA|ASIA)[A-Z0-9]{12,}\b"),
    "a signed token": (
        r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}",
        r"\beyJ[\w-]{8,}\.[\w.-]+",
    ),
    "a GitHub token": (
        r"\b(gh[opsu]_[A-Za-z0-9]{36}|github_pat_\w{22,})",
        r"\b(gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_\w{16,})",
    ),
    "a Pulumi access token": (r"\bpul-[0-9a-f]{40}\b", r"\bpul-[0-9a-f]{16,}\b"),
    # A colon and digits before a slash are a port.
    "a password in a URL": (
        rf"://[^/\s:@\"']{{0,200}}:(?!\d+/|{_LATER})[^\s@\"'<>]{{1,200}}@(?!sha256:)",
        r"(?<=://)[^/\s:@]*:(?!\d+/)[^\s@]+(?=@)",
    ),
    "a password in a connection string": (
        rf"(?:[;?&]|\b(?:host|user|dbname)={_BARE}(?:\s+\w+={_BARE}){{0,20}}?\s)\s*{_NAMED}="
        rf"(?!{_LATER})[^;&\s]{{3,}}",
        rf"(?<=[;?&\s]){_NAMED}=[^;&\s]+",
    ),
    "a password in a header": (
        _HEADER := r"\b(?i:basic|bearer) (?=[A-Za-z+/._~-]*[0-9=])[\w+/.~-]{12,}=*(?![\w{$])",
        _HEADER,
    ),
    "a signed address": (
        r"hooks\.slack\.com/services/\w+/\w+/\w{16,}|[?&](token|sig|X-Amz-Signature)=[\w%+/=-]{16,}",
        r"hooks\.slack\.com/services/[\w/]+|(?<=[?&])(token|sig|X-Amz-Signature)=[\w%+/=-]{8,}",
    ),
}
SHAPES = {words: re.compile(exact) for words, (exact, _) in _SHAPES.items()}
"""What is one, in words."""
_HIDDEN = re.compile("|".join(wide for _, wide in _SHAPES.values()))


def hidden(text: str, instead: str) -> str:
    """The text without what looks like a credential."""
    return _HIDDEN.sub(lambda _: instead, text)
