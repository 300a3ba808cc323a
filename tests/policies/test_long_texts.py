"""A long text is looked through in a time that grows with its length: an object in a bucket can
have a megabyte, and nobody waits an hour for a preview.
"""

from __future__ import annotations

import base64
import gzip
import time

import pytest

from policies.rules import looks
from policies.rules.secrets import nested
from policies.rules.secrets.nested import MOST_UNPACKED

OFTEN = 200_000
MOST_SECONDS = 20
"""A hundred times what one takes; one whose time grows with the square would take hours."""
TEXTS = [
    *("://a", "://a:b ", "user=a ", "a-", ";", "--a-", 'a="', "basic ", "A=", "A", "password "),
    *("a\n", "a:", "[", "${", "arn:aws:", "secret: ", "ENV A ", "QUFB", "eyJaaaaaaaaa.", "?sig="),
]


def test_a_little_text_that_unpacks_to_much() -> None:
    packed = base64.b64encode(gzip.compress(b"A" * (MOST_UNPACKED * 4))).decode()
    assert len(nested.decoded(packed, "userData")) == MOST_UNPACKED
    many = "".join(f"a{n}: &a{n} [{', '.join(['*a' + str(n - 1)] * 9)}]\n" for n in range(1, 30))
    assert nested.in_text(f"a0: &a0 [x]\n{many}password: planted\n") == "password"


@pytest.mark.parametrize("part", TEXTS)
def test_a_text_that_repeats_itself(part: str) -> None:
    before = time.monotonic()
    for text in (part * OFTEN, f"A_B: x{part * OFTEN}y", f"[a]\na = x{' ' * OFTEN}y"):
        looks.shape(text)
        looks.spelled_out(text)
        nested.in_text(text)
    assert time.monotonic() - before < MOST_SECONDS
