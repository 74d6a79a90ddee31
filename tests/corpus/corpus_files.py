"""Small files of each format, made by hand."""

from __future__ import annotations

from pathlib import Path

from corpus_samples import FIRST, SECOND, THIRD

PAGE = f"""<!DOCTYPE html><html lang="fr-FR"><head><meta charset="utf-8">
<title>Armorine rapatrie ses appels | Relation Pro</title>
<meta property="og:title" content="Armorine rapatrie ses appels">
<meta property="og:site_name" content="Relation Pro"><meta name="author" content="Claire Vasseur">
<meta property="article:published_time" content="2019-03-12T10:00:00+01:00">
<link rel="canonical" href="https://relation-pro.example/armorine"></head><body>
<header><nav><ul><li><a href="/">Accueil</a></li><li><a href="/b">Se connecter</a></li></ul></nav></header>
<main><article><h1>Armorine rapatrie ses appels</h1><p>Publié par Claire Vasseur le 12 mars 2019</p>
<p>{FIRST}</p><h2>Un coût maîtrisé</h2><p>{SECOND}</p><ul><li>premier point</li><li>second point</li></ul>
<p>{THIRD}</p><div class="share"><a>Facebook</a> <a>Twitter</a></div></article></main>
<aside><h3>Les plus lus</h3><ul><li><a>Autre article</a></li></ul></aside>
<div id="cookie">Nous utilisons des cookies.</div><footer>© Relation Pro</footer><script>var a="x";</script>
</body></html>"""


def write_pdf(path: Path, pages: list[list[str]]) -> None:
    """Write a PDF with one text line a list item, in Helvetica."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    kids = []
    for lines in pages:
        shown = " T* ".join(f"({line}) Tj" for line in lines)
        stream = f"BT /F1 10 Tf 12 TL 50 780 Td {shown} ET"
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1<</Type/Font/Subtype/Type1"
            f"/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>/Contents {len(objects) + 2} 0 R>>"
        )
        kids.append(f"{len(objects)} 0 R")
        objects.append(f"<</Length {len(stream.encode('cp1252'))}>>stream\n{stream}\nendstream")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010d} 00000 n \n" for at in places)
    trailer = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    path.write_bytes(out + (table + trailer).encode())
