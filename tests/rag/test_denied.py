"""What passes by its words, and no quote says."""

from __future__ import annotations

import pytest

from corpus.article import Span
from embeddings.encoder import load_encoder
from embeddings.reader import load_verifier
from rag.cite import SUPPORTED
from rag.denied import denied
from rag.verify import citer_of_texts

TEXT = (
    "En 2019, Voxia annonçait 4 000 salariés, de quoi rivaliser avec Teleora, numéro un du secteur. L'année suivante, "
    "Voxia a ouvert un plateau à Brest, qui répond aux clients d'un opérateur d'énergie."
)


def test_without_a_verifier_nothing_is_denied(encoder):
    citer = citer_of_texts([TEXT], encoder)
    [support] = citer.support(["Voxia a racheté Teleora."])
    assert support is not None
    assert not denied("Voxia a racheté Teleora.", support, None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("Voxia a racheté Teleora.", False),
        ("Voxia a ouvert un plateau à Brest.", True),
        ("Voxia a fermé son plateau de Brest, faute de clients.", False),
    ],
)
def test_the_real_verifier_denies_another_verb(claim, said):
    encoder = load_encoder()
    [support] = citer_of_texts([TEXT], encoder).support([claim])
    supported = support is not None and support.score >= SUPPORTED
    assert (supported and not denied(claim, support, load_verifier(encoder))) is said
    if support is not None:
        assert support.span in (*support.hit.sentences, Span(0, len(TEXT)))
