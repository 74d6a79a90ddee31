"""Nobody tries more often than they may, and the counting itself stays small."""

from hypothesis import given
from hypothesis import strategies as st

from page import tries
from page.tries import Tries


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 40)), max_size=60), st.integers(1, 5))
def test_in_no_while_are_there_more_than_allowed(steps, most):
    now, made = 0.0, {"a": [], "b": []}
    counted = Tries(most, 60.0, lambda: now)
    for key, later in steps:
        now += later
        if not counted.wait(key):
            counted.count(key)
            made[key].append(now)
    for times in made.values():
        for first, beyond in zip(times, times[most:], strict=False):
            assert beyond - first >= 60.0


@given(st.integers(1, 5), st.floats(0, 59))
def test_who_waits_as_told_is_let_in(most, later):
    now = 0.0
    counted = Tries(most, 60.0, lambda: now)
    for _ in range(most):
        assert counted.wait("a") == 0
        counted.count("a")
    now += later
    wait = counted.wait("a")
    assert 0 < wait <= 60
    now += wait
    assert counted.wait("a") == 0


def test_many_names_push_the_oldest_out(monkeypatch):
    monkeypatch.setattr(tries, "KNOWN", 3)
    counted = Tries(1, 60.0, lambda: 0.0)
    for key in "abcd":
        counted.count(key)
    assert [bool(counted.wait(key)) for key in "abcd"] == [False, True, True, True]
