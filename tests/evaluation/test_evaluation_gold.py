import json

import pytest

from evaluation.gold import GoldError, GoldQuestion, load_gold


def write(folder, *lines):
    path = folder / "gold.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_missing_fields_get_their_defaults_and_unknown_ones_are_kept(tmp_path):
    path = write(tmp_path, '{"id": "a", "question": "Qui ?", "note": 3}', "", '{"id": "b", "question": "Où ?"}')
    first, second = load_gold(path)
    assert first == GoldQuestion(id="a", question="Qui ?", extra={"note": 3})
    assert second.id == "b"
    assert first.to_json()["note"] == 3
    assert first.to_json()["facts"] == []


def test_a_whole_line_comes_back_as_it_was(tmp_path):
    line = {
        "id": "a",
        "kind": "follow-up",
        "question": "Et\u2028lui ?",
        "language": "en",
        "answerable": True,
        "articles": ["x"],
        "evidence": ["mot"],
        "facts": [["8", "huit"]],
        "history": [{"role": "user", "content": "Qui ?"}],
    }
    [question] = load_gold(write(tmp_path, json.dumps(line, ensure_ascii=False)))
    assert question.to_json() == line


def test_a_byte_order_mark_is_no_error(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "a", "question": "Qui ?"}')
    assert load_gold(path)[0].id == "a"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param('{"id": "a", ', "line 2 is not valid JSON", id="broken JSON"),
        pytest.param("[1]", "line 2 is not a JSON object", id="a list"),
        pytest.param('{"question": "Qui ?"}', '"id" must be a text', id="no id"),
        pytest.param('{"id": "a", "question": " "}', '"question" must be a text', id="blank question"),
        pytest.param('{"id": "first", "question": "?"}', "was used on line 1", id="an id twice"),
        pytest.param('{"id": "a", "question": "?", "answerable": 1}', "true or false", id="answerable 1"),
        pytest.param('{"id": "a", "question": "?", "articles": "x"}', "list of texts", id="articles no list"),
        pytest.param('{"id": "a", "question": "?", "facts": ["x"]}', "list of lists", id="flat facts"),
        pytest.param('{"id": "a", "question": "?", "facts": [[]]}', "list of lists", id="a fact without alternative"),
        pytest.param(
            '{"id": "a", "question": "?", "history": [{"role": "system"}]}', '"history" must', id="forged role"
        ),
        pytest.param("[" * 100_000, "line 2 is not valid JSON", id="nested beyond reason"),
    ],
)
def test_a_wrong_line_is_one_sentence_with_its_number(tmp_path, line, said):
    path = write(tmp_path, '{"id": "first", "question": "Qui ?"}', line)
    with pytest.raises(GoldError, match="line 2") as caught:
        load_gold(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_used(tmp_path):
    with pytest.raises(GoldError, match="There is no gold file"):
        load_gold(tmp_path / "none.jsonl")
    with pytest.raises(GoldError, match="holds no question"):
        load_gold(write(tmp_path, "", "  "))
    with pytest.raises(GoldError, match="cannot be read"):
        load_gold(tmp_path)
    (tmp_path / "latin.jsonl").write_bytes('{"id": "é"}'.encode("latin-1"))
    with pytest.raises(GoldError, match="not UTF-8"):
        load_gold(tmp_path / "latin.jsonl")
