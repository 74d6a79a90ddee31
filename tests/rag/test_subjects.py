"""Figures that a sentence tells of somebody else."""

from __future__ import annotations

import pytest

from rag.subjects import told_of_another

TWO = "Voxia, fondée en 1999, comptait 750 agents à Metz ; Rami en comptait 500, dont 40 à Brest."
SPREAD = "Fondée en 2001, Voxia emploie 900 personnes, alors que Rami en emploie 300."


@pytest.mark.parametrize(
    ("claimed", "counted", "sentence", "expected"),
    [
        pytest.param({"voxia"}, {"500"}, TWO, True, id="the other's"),
        pytest.param({"voxia"}, {"40"}, TWO, True, id="the other's, a clause later"),
        pytest.param({"rami"}, {"750"}, TWO, True, id="the first one's, whose name begins the sentence"),
        pytest.param({"voxia"}, {"750", "1999"}, TWO, False, id="its own"),
        pytest.param({"rami"}, {"500"}, TWO, False, id="its own, after a semicolon"),
        pytest.param({"rami", "voxia"}, {"500", "750"}, TWO, False, id="both of both"),
        pytest.param({"rami"}, {"900"}, SPREAD, True, id="before « alors que »"),
        pytest.param({"voxia"}, {"2001"}, SPREAD, False, id="before any name"),
        pytest.param({"altéo"}, {"300"}, SPREAD, False, id="of a name that is not there"),
        pytest.param(set(), {"300"}, SPREAD, False, id="of no name"),
        pytest.param({"voxia"}, set(), SPREAD, False, id="no figure"),
        pytest.param({"voxia"}, {"7"}, "", False, id="nothing"),
    ],
)
def test_a_figure_belongs_to_the_name_that_its_clause_begins_with(
    claimed: set[str], counted: set[str], sentence: str, expected: bool
) -> None:
    assert told_of_another(claimed, counted, sentence, "fr", {"voxia", "rami"}) is expected


def test_a_capital_at_the_beginning_is_no_name_by_itself() -> None:
    sentence = "Vingt agents sont partis, dont 3 à Metz, Rami en a repris 12."
    assert not told_of_another({"rami"}, {"3"}, sentence, "fr", set())
    assert told_of_another({"rami"}, {"3"}, sentence.replace("Vingt agents", "Voxia"), "fr", {"voxia"})
