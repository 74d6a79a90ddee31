"""How a setting names a store."""

from pathlib import Path

import pytest

from rag.places import Place, parse_place, place_of
from rag.settings import Settings, SettingsError, load_settings

HERE = Path("/index")
WHO = "somebody:s3cret"
POSTGRES = f"postgresql://{WHO}@db.example:5432/articles"


@pytest.mark.parametrize(
    ("store", "records", "place"),
    [
        ("", "", Place(HERE)),
        ("sqlite", "", Place(HERE)),
        ("sqlite:/other", "", Place(Path("/other"))),
        ("milvus:/data/vectors.db", "", Place(HERE / "milvus", "/data/vectors.db")),
        ("milvus://db.example:19530", "", Place(HERE / "milvus", "http://db.example:19530")),
        ("milvus://[::1]:19530/", POSTGRES, Place(HERE / "milvus", "http://[::1]:19530", POSTGRES)),
    ],
)
def test_the_forms_of_a_store(store, records, place):
    assert parse_place(store, records, HERE, "STANDARDISTE_STORE") == place


@pytest.mark.parametrize(
    ("store", "records"),
    [
        ("redis://db:1", ""),
        ("sqlite:", ""),
        (":x", ""),
        ("milvus", ""),
        ("milvus:", ""),
        ("milvus:vectors", ""),
        ("milvus:.db", ""),
        ("milvus://host", ""),
        ("milvus://:19530", ""),
        ("milvus://host:port", ""),
        ("milvus://host:99999", ""),
        ("milvus://host:19530/name", ""),
        (f"milvus://{WHO}@host:19530", ""),
        ("", POSTGRES),
        ("milvus:x.db", f"mysql://{WHO}@host/articles"),
        ("milvus:x.db", f"postgresql://{WHO}@host"),
        ("milvus:x.db", f"postgresql://{WHO}@host:port/articles"),
    ],
)
def test_anything_else_is_refused_in_a_sentence_without_a_password(store, records):
    with pytest.raises(SettingsError, match=r"(names|needs) .*\.$") as caught:
        parse_place(store, records, HERE, "STANDARDISTE_STORE")
    assert "s3cret" not in str(caught.value)


def test_a_place_is_named_without_its_password():
    place = parse_place("milvus://db.example:19530", POSTGRES, HERE, "STANDARDISTE_STORE")
    assert str(place) == "milvus://db.example:19530"
    assert place.records_name == "postgresql://db.example:5432/articles"
    assert "s3cret" not in repr(place)
    assert parse_place(str(place), POSTGRES, HERE, "--to") == place


def test_the_environment_names_the_store():
    settings = load_settings(HERE, {"STANDARDISTE_STORE": "milvus://a:1", "STANDARDISTE_RECORDS": POSTGRES})
    assert place_of(settings) == Place(HERE / "milvus", "http://a:1", POSTGRES)
    assert "s3cret" not in repr(settings)
    with pytest.raises(SettingsError, match="STANDARDISTE_STORE"):
        place_of(Settings(HERE, store="elsewhere"))
