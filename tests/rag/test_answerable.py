"""The premise is looked for only where it could tip the decision."""

from hypothesis import given
from hypothesis import strategies as st

from rag.answerable import SIGNALS, probability, threshold, undecided

VALUES = st.lists(st.floats(-1, 1), min_size=len(SIGNALS), max_size=len(SIGNALS))


@given(VALUES, st.tuples(st.floats(-1, 1), st.floats(-1, 1)))
def test_where_it_is_decided_no_premise_tips_it(values: list[float], premises: tuple[float, float]) -> None:
    without, with_it = probability([*values[:-2], 0.0, 0.0]), probability([*values[:-2], *premises])
    if not undecided(values):
        assert (without >= threshold()) == (with_it >= threshold())
    if not undecided(values, with_model=True):
        assert (without >= threshold()) == (with_it >= threshold())
        assert (without >= threshold(True)) == (with_it >= threshold(True))


def test_some_are_undecided() -> None:
    """On the way from nothing found to everything found, the premise decides somewhere and not everywhere."""
    way = [undecided([step / 100] * (len(SIGNALS) - 2) + [0.0, 0.0]) for step in range(101)]
    assert any(way)
    assert not all(way)
