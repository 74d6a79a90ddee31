"""The default encoder with its real weights: the compiled path and the SentenceTransformer agree."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embeddings.encoder import Encoder, load_encoder, load_sentence_transformer
from embeddings.weights import WeightsError, fetch

pytestmark = pytest.mark.slow

TEXTS = {
    "a question": "À qui le SECA a-t-il été revendu ?",
    "a passage": "Le marché des centres de contacts externalisés a progressé de 4,5 % en 2012, à 2 milliards €.",
    "empty": "",
    "one character": "é",
    "one token": "a",
    "only spaces": "   \t  ",
    "only newlines": "\n\n\r\n",
    "spaces at both ends": "  appel  entrant   ",
    "line breaks within": "Premier titre\n\nUn paragraphe.\nUn autre\u00a0: voilà\u202f!",
    "typographic apostrophes": "L’agent n’a qu’à dire « d’accord… » – aujourd’hui",
    "straight apostrophes": "L'agent n'a qu'à dire d'accord",
    "emoji": "Le client est content 😀👍🏽 👨‍👩‍👧‍👦 🇫🇷",
    "Arabic": "مركز الاتصال يعمل على مدار الساعة",
    "Spanish": "¿Cuántos teléfonos recibe el centro de atención al señor Núñez?",
    "Chinese": "呼叫中心每天处理数千个电话。",
    "Hindi and Thai": "कॉल सेंटर ศูนย์บริการลูกค้า",
    "digits": "01 23 45 67 89 — 3,14159 × 10⁻⁶ ½ ①",
    "code": "def f(x: int) -> int:\n    return {'a': [x ** 2, None]}[\"a\"][0]  # noqa",
    "an address": "https://www.example.com/a/b?c=d&e=%20f#g",
    "special tokens spelt out": "<s> un </s> <mask> deux <pad> <unk>",
    "decomposed accents and ligatures": "e\u0301tude de l\u2019oe\u0301il \ufb01nal ～ ﷺ",
    "invisible characters": "\u200b\u00ad\ufeffa\u200d\u0000b\u0007",
    "an unknown letter": "🈻 \U0001f9ff ꙮ",
    "2,000 characters without a space": "x" * 2000,
    "2,000 different ones without a space": "".join(chr(0x61 + n * n % 26) for n in range(2000)),
    "just within the window": "a " * 508,
    "just beyond it": "a " * 509,
    "far beyond it": "Le téléconseiller répond au client avec courtoisie. " * 100,
}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    fetch("e5-small", progress=False)
    return load_encoder()


def test_the_two_paths_agree_on_every_text(encoder: Encoder) -> None:
    real = load_sentence_transformer("e5-small")
    texts = list(TEXTS.values())
    for ours, theirs in [
        (encoder.encode_queries(texts), real.encode(texts, prompt_name="query")),
        (encoder.encode_queries(texts), real.encode_query(texts)),
        (encoder.encode_passages(texts), real.encode(texts, prompt_name="passage")),
        (encoder.encode_passages(texts), real.encode_document(texts)),
    ]:
        cosines = dict(zip(TEXTS, (ours * theirs).sum(1).tolist(), strict=True))
        assert {text: cosine for text, cosine in cosines.items() if cosine < 0.999} == {}
    counted = [len(real.tokenizer("passage: " + text, truncation=False)["input_ids"]) for text in texts]
    assert [encoder.count_tokens(text) for text in texts] == counted


def test_similar_texts_are_nearer_than_others_across_languages(encoder: Encoder) -> None:
    question = encoder.encode_queries(["How many people work in French call centers?"])
    passages = encoder.encode_passages(
        ["Les centres d’appels emploient 260 000 personnes en France.", "Il pleuvra demain sur la Bretagne."]
    )
    near, far = (question @ passages.T)[0]
    assert near > far + 0.03


def test_the_name_tells_the_weights(encoder: Encoder) -> None:
    assert encoder.name == "e5-small:1571fc98"
    assert (encoder.dimension, encoder.window) == (384, 512)


def test_a_question_needs_none_of_the_heavy_libraries_and_reports_to_nobody(tmp_path: Path) -> None:
    fetch("e5-small", progress=False)
    from embeddings.weights import cache_folder

    script = (
        "import sys; from embeddings.encoder import load_encoder; load_encoder().encode_queries(['Qui ?']);"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"HOME": str(tmp_path), "STANDARDISTE_CACHE": str(cache_folder())},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    unwanted = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "scipy", "openvino_telemetry"}
    assert unwanted.isdisjoint(done.stdout.split())
    assert {"openvino", "tokenizers"} <= set(done.stdout.split())
    # OpenVINO's telemetry would leave its identifier here.
    assert list(tmp_path.iterdir()) == []


def test_any_sentence_transformer_folder_is_an_encoder(encoder: Encoder) -> None:
    folder = fetch("e5-small", progress=False)
    other = load_encoder(str(folder))
    assert other.name.startswith("e5-small:")
    assert other.name != encoder.name
    texts = list(TEXTS.values())[:8]
    assert (other.encode_queries(texts) * encoder.encode_queries(texts)).sum(1).min() > 0.999
    assert (other.encode_passages(texts) * encoder.encode_passages(texts)).sum(1).min() > 0.999
    assert [other.count_tokens(text) for text in texts] == [encoder.count_tokens(text) for text in texts]
    assert (other.dimension, other.window) == (384, 512)
    assert other.encode_passages([]).shape == (0, 384)


def test_the_small_tokenizers_cut_real_text_as_the_whole_one_does(encoder: Encoder) -> None:
    from tokenizers import Tokenizer

    whole = Tokenizer.from_file(str(fetch("e5-small", progress=False) / "tokenizer.json"))
    articles = sorted((Path(__file__).parents[2] / "corpus" / "articles").glob("*.md"))
    texts = [*TEXTS.values(), *(path.read_text(encoding="utf-8") for path in articles)]
    assert [encoder.count_tokens(text) for text in texts] == [
        len(whole.encode("passage: " + text).ids) for text in texts
    ]


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not a SentenceTransformer"):
        load_encoder(str(tmp_path))


def test_a_question_says_the_same_alone_and_among_others(encoder: Encoder) -> None:
    texts = list(TEXTS.values())
    together = encoder.encode_queries(texts)
    alone = np.concatenate([encoder.encode_queries([text]) for text in texts])
    assert (together * alone).sum(1).min() > 0.9995
