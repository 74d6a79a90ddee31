"""Feeds and mailboxes: each entry or mail an article; nothing outside the file is touched."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
from corpus_samples import FIRST, SECOND, THIRD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.article import Article
from corpus.entries import MOST
from corpus.read import UnreadableArticle, article_files, read_article, read_articles

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>La Gazette du Casque</title><language>fr-FR</language>
<item><media:title>Une photo</media:title><title>Armorine &amp; ses appels</title>
<dc:creator>Claire Vasseur</dc:creator>
<link>https://gazette.example/armorine</link><guid>armorine-1</guid><pubDate>Tue, 12 Mar 2019 10:00:00 +0100</pubDate>
<description>Un résumé.</description>
<content:encoded><![CDATA[<p>{FIRST}</p><h2>Un coût mesuré</h2><p>{SECOND}</p>
<script>alert(1)</script>]]></content:encoded>
</item>
<item><title>Sans texte</title><link>https://gazette.example/vide</link></item>
<item><title>Un second article</title><author>jean@gazette.example (Jean Martin)</author><guid>second</guid>
<pubDate>Wed, 13 Mar 2019 10:00:00 +0100</pubDate><description>&lt;p&gt;{THIRD}&lt;/p&gt;</description></item>
<item><title>Le même, répété</title><guid>second</guid><description>{THIRD}</description></item>
</channel></rss>"""

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Relation Pro</title>
<entry><title type="html">&lt;b&gt;Armorine&lt;/b&gt; rapatrie ses appels</title><id>urn:1</id>
<author><name>Anne Dupont</name></author><published>2019-03-12T08:00:00Z</published>
<updated>2020-01-01T08:00:00Z</updated>
<link rel="edit" href="https://pro.example/edit"/><link href="https://pro.example/1"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{FIRST}</p><p>{SECOND}</p></div></content></entry>
<entry><title>Texte nu</title><id>urn:2</id><updated>2020-02-02T08:00:00Z</updated>
<content type="text">1 &lt; 2. {THIRD}</content></entry></feed>"""


def articles(path: Path) -> list[Article]:
    found = [article for _, article in read_articles([path])]
    assert all(isinstance(article, Article) for article in found), found
    return [article for article in found if isinstance(article, Article)]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def test_an_rss_file_gives_an_article_an_entry(tmp_path: Path) -> None:
    first, second = articles(write(tmp_path, "gazette.rss", RSS))
    assert (first.title, first.author, first.publication) == (
        "Armorine & ses appels", "Claire Vasseur", "La Gazette du Casque",
    )  # fmt: skip
    assert (first.date, first.language, first.source) == (date(2019, 3, 12), "fr", "https://gazette.example/armorine")
    assert first.text == f"Armorine & ses appels\n\n{FIRST}\n\nUn coût mesuré\n\n{SECOND}"
    assert [first.text[span.start : span.end] for span in first.headings] == [first.title, "Un coût mesuré"]
    assert (second.title, second.author, second.source) == ("Un second article", "Jean Martin", "gazette.rss")
    assert THIRD in second.text
    assert first.id.startswith("gazette-")
    assert first.id != second.id


def test_an_atom_file_gives_an_article_an_entry(tmp_path: Path) -> None:
    first, second = articles(write(tmp_path, "pro.atom", ATOM))
    assert (first.title, first.author, first.publication) == (
        "Armorine rapatrie ses appels",
        "Anne Dupont",
        "Relation Pro",
    )
    assert (first.date, first.source) == (date(2019, 3, 12), "https://pro.example/1")
    assert first.text == f"{first.title}\n\n{FIRST}\n\n{SECOND}"
    assert second.text == f"Texte nu\n\n1 < 2. {THIRD}"
    assert second.date == date(2020, 2, 2)


def test_an_entry_keeps_its_id_whatever_stands_around_it(tmp_path: Path) -> None:
    before = [article.id for article in articles(write(tmp_path, "gazette.rss", RSS))]
    newer = "<item><title>Tout neuf</title><guid>neuf</guid><description>Un texte tout neuf.</description></item>"
    changed = RSS.replace("<item><media:title>", f"{newer}<item><media:title>").replace("Un second article", "Corrigé")
    after = [article.id for article in articles(write(tmp_path, "gazette.rss", changed))]
    assert after[1:] == before


def test_undeclared_html_entities_are_no_obstacle(tmp_path: Path) -> None:
    feed = (
        RSS.replace("<![CDATA[", "")
        .replace("]]>", "")
        .replace("<script>alert(1)</script>", " Fin&nbsp;&eacute;t&eacute;.")
    )
    assert "Fin\xa0été." in articles(write(tmp_path, "gazette.rss", feed))[0].text


def test_xml_in_a_folder_is_read_if_it_is_a_feed(tmp_path: Path) -> None:
    write(tmp_path, "sitemap.xml", "<urlset><url><loc>https://a.example</loc></url></urlset>")
    feed = write(tmp_path, "feed.xml", RSS)
    assert article_files([tmp_path]) == [feed]
    with pytest.raises(UnreadableArticle, match="not a sound RSS or Atom feed"):
        read_article(tmp_path / "sitemap.xml")


BOMB = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
SECRET = '<!DOCTYPE rss [<!ENTITY file SYSTEM "{}">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("kind", ["bomb", "file"])
def test_entities_are_refused_and_files_never_read(tmp_path: Path, kind: str, encoding: str) -> None:
    secret = write(tmp_path, "secret.txt", "le mot de passe")
    declared = BOMB if kind == "bomb" else SECRET.format(secret.as_uri())
    reference = "&b;" if kind == "bomb" else "&file;"
    feed = f"<?xml version='1.0' encoding='{encoding}'?>{declared}" + RSS.split("?>", 1)[1].replace(FIRST, reference)
    with pytest.raises(UnreadableArticle, match="entities"):
        read_article(write(tmp_path, "feed.rss", feed.encode(encoding)))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("cut.rss", RSS[: len(RSS) // 2].encode(), "not a sound RSS"),
        ("page.rss", b"<html><body>Non</body></html>", "not a sound RSS"),
        ("bare.atom", b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Vide</title></feed>", "no entry with text"),
        ("deep.rss", b"<rss>" + b"<a>" * 100_000, "not a sound RSS"),
        ("text.mbox", b"Bonjour,\n\nrien ici.\n", "not a sound mailbox"),
        ("bare.mbox", b"From a@b.example Tue Mar 12 10:00:00 2019\nSubject: rien\n\n", "no entry with text"),
        ("crowd.mbox", b"From \n" * (MOST + 1), f"more than {MOST:,}"),
        ("many.rss", None, f"more than {MOST:,}"),
    ],
)
def test_what_is_no_feed_or_mailbox_is_told_in_a_sentence(
    tmp_path: Path, name: str, data: bytes | None, said: str
) -> None:
    items = "".join(f"<item><guid>{n}</guid><description>Texte</description></item>" for n in range(MOST + 1))
    path = write(tmp_path, name, data if data is not None else f"<rss><channel>{items}</channel></rss>")
    with pytest.raises(UnreadableArticle, match=said) as caught:
        read_article(path)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def mail(subject: str, text: str, page: str | None = None, **headers: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = headers.pop("sender", "Claire Vasseur <claire@gazette.example>")
    message["Date"] = "Tue, 12 Mar 2019 10:00:00 +0100"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if page:
        message.add_alternative(page, subtype="html")
    return b"From claire@gazette.example Tue Mar 12 10:00:00 2019\n" + message.as_bytes() + b"\n\n"


def test_a_mailbox_gives_an_article_a_mail(tmp_path: Path) -> None:
    box = (
        mail("Armorine rapatrie ses appels", f"{FIRST}\n\n{SECOND}\n-- \nClaire\n01 02 03\n", Message_ID="<1@x>")
        + mail(
            "Lettre nº 7 : été", "Voir en ligne.", f"<p>{FIRST}</p><h2>Et après</h2><p>{THIRD}</p>", Message_ID="<2@x>"
        )
        + mail("Vide", "", Message_ID="<3@x>")
        + mail("Liste", SECOND, Message_ID="<4@x>", List_Id="Les amis du standard <amis.liste.example>")
    )
    first, second, third = articles(write(tmp_path, "lettres.mbox", box))
    assert (first.title, first.author, first.publication) == (
        "Armorine rapatrie ses appels", "Claire Vasseur", "gazette.example",
    )  # fmt: skip
    assert (first.date, first.source) == (date(2019, 3, 12), "lettres.mbox")
    assert first.text == f"{first.title}\n\n{FIRST}\n\n{SECOND}"
    assert second.title == "Lettre nº 7 : été"
    assert THIRD in second.text
    assert "Voir en ligne" not in second.text
    assert third.publication == "Les amis du standard"


def test_a_mail_that_breaks_the_rules_spares_the_others(tmp_path: Path) -> None:
    broken = (
        b"From x@y.example Tue Mar 12 10:00:00 2019\nSubject: =?nope?q?x?=\nFrom: \xff\xfe <@>\nDate: never\n"
        b"Content-Type: text/plain; charset=klingon\nContent-Transfer-Encoding: base64\n\n!!!\n\n"
    )
    path = write(tmp_path, "lettres.mbox", broken + mail("Armorine", FIRST, Message_ID="<1@x>"))
    before = path.read_bytes()
    assert articles(path)[-1].title == "Armorine"
    assert path.read_bytes() == before


def test_endless_headers_cost_no_time(tmp_path: Path) -> None:
    subject = "Subject: " + "=?utf-8?q?a?= " * 9000
    (article,) = articles(write(tmp_path, "lettres.mbox", f"From \n{subject}\n\n{FIRST}\n"))
    assert article.text.endswith(FIRST)
    kind = "Content-Type: text/plain; " + "a*0*=b; " * 9000
    with pytest.raises(UnreadableArticle, match="no entry with text"):
        read_article(write(tmp_path, "lettres.mbox", f"From \n{kind}\n\n{FIRST}\n"))


def test_a_footer_of_every_letter_is_the_letters_own(tmp_path: Path) -> None:
    letters = [
        mail(f"Lettre {n}", f"{text}\n\nVous recevez ce message au titre de votre abonnement\n", Message_ID=f"<{n}@x>")
        for n, text in enumerate([FIRST, SECOND, THIRD])
    ]
    assert all("abonnement" not in article.text for article in articles(write(tmp_path, "l.mbox", b"".join(letters))))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["feed.rss", "box.mbox"]), st.integers(0, 3000))
def test_any_bytes_become_articles_or_a_sentence(tmp_path: Path, noise: bytes, name: str, place: int) -> None:
    sound = RSS.encode() if name == "feed.rss" else mail("Un", FIRST) + mail("Deux", SECOND, f"<p>{THIRD}</p>")
    path = write(tmp_path, name, sound[:place] + noise + sound[place:])
    for _, result in read_articles([path]):
        assert isinstance(result, Article | UnreadableArticle)
