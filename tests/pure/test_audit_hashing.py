"""The audit's text has one written form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audit.hashing import canonical, digest

_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(st.dictionaries(st.text(), _plain))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert canonical(value) == canonical(dict(reversed(list(value.items()))))


def test_a_float_is_refused_at_any_depth() -> None:
    with pytest.raises(TypeError, match="float"):
        canonical({"a": [{"b": 0.1}]})


def test_the_digest_is_the_sha256_of_the_text_in_utf8() -> None:
    assert digest("ព្រៃ") == "018effc879bf8864a99250c01a222d4bd864030ff1192f3c28228c5c73bfbbb7"
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
