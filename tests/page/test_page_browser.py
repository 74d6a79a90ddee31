"""The page in a real browser, with an assistant that answers at once."""

import json
import re
import urllib.request
from pathlib import Path

import page_fake as fake
import pytest
from browsing import Reader

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect


def test_passages_come_before_the_answer_and_the_answer_leads_to_its_sources(reader, server):
    reader.ask("attends : à qui le SECA a-t-il été revendu ?")
    expect(reader.sources.locator(".card.found").first).to_contain_text("A. Martin · En-Contact · 6 février 2013")
    expect(reader.replies.locator(".draft")).to_contain_text("Il a été revendu")
    expect(reader.page.locator(".source-link")).to_have_count(0)
    server.open_gate()
    expect(reader.replies).to_contain_text("✓ Réponse tirée des articles")
    expect(reader.page.locator("#source-1 mark")).to_have_text(fake.QUOTE)
    expect(reader.page.locator("#source-1 blockquote")).to_have_text(fake.FIRST.text)
    expect(reader.question).to_have_value("")


def test_a_mark_opens_the_whole_article_at_its_quote(reader):
    reader.ask("à qui le SECA a-t-il été revendu ?")
    link = reader.page.get_by_role("link", name="[1]")
    link.hover()
    expect(reader.page.get_by_role("tooltip")).to_have_text(fake.QUOTE)
    link.click()
    article = reader.page.locator(".reader:visible article")
    expect(article.locator("mark")).to_have_text(fake.QUOTE)
    expect(article.locator("mark")).to_be_focused()
    expect(article.locator("mark")).to_be_in_viewport()
    expect(article.get_by_role("heading", name="Le salon")).to_be_visible()
    assert fake.NASTY in article.inner_text()
    expect(reader.sources).to_be_hidden()
    reader.page.get_by_role("button", name="← Revenir").click()
    expect(link).to_be_focused()
    expect(reader.sources).to_be_visible()


def test_the_reader_works_by_keyboard_alone(reader):
    reader.ask("à qui le SECA a-t-il été revendu ?")
    link = reader.page.get_by_role("link", name="[2]")
    link.focus()
    expect(reader.page.get_by_role("tooltip")).to_have_text(fake.NASTY)
    assert link.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator(".reader:visible mark")).to_have_text(fake.NASTY)
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator(".reader:visible")).to_have_count(0)
    expect(link).to_be_focused()


def test_the_page_speaks_the_language_of_the_browser_and_another_when_asked(browser, server):
    somebody = Reader(browser, server.url, locale="en-GB")
    assert somebody.page.locator("html").get_attribute("lang") == "en"
    somebody.ask("q")
    expect(somebody.replies).to_contain_text("✓")
    assert somebody.errors == []
    somebody.page.get_by_role("link", name="Français").click()
    expect(somebody.page.get_by_label("Votre question")).to_be_visible()
    assert somebody.page.locator("html").get_attribute("lang") == "fr"
    somebody.page.goto(server.url)
    expect(somebody.page.get_by_label("Votre question")).to_be_visible()
    somebody.page.context.close()


def test_a_reload_keeps_the_conversation_and_no_other_browser_sees_it(browser, server, reader):
    reader.ask("ma question secrète")
    expect(reader.replies).to_contain_text("✓")
    expect(reader.page.get_by_role("button", name="Copier avec les sources")).to_be_visible()
    reader.page.reload()
    expect(reader.page.locator("#chat")).to_contain_text("ma question secrète")
    reader.page.get_by_role("link", name="[1]").click()
    expect(reader.page.locator(".reader:visible mark")).to_have_text(fake.QUOTE)
    other = Reader(browser, server.url)
    other.page.get_by_role("button", name="Vos conversations").click()
    other.page.get_by_label("Rouvrir une conversation").click()
    assert "secrète" not in other.page.content()
    other.page.context.close()


def test_conversations_are_listed_renamed_exported_and_deleted(reader):
    reader.ask("la première")
    expect(reader.replies).to_contain_text("✓")
    reader.page.get_by_role("button", name="Nouvelle conversation").click()
    expect(reader.replies).to_have_count(0)
    reader.ask("la seconde")
    expect(reader.replies).to_contain_text("✓")
    reader.page.get_by_role("button", name="Vos conversations").click()
    reader.page.get_by_label("Rouvrir une conversation").click()
    reader.page.get_by_role("option", name="la première").click()
    expect(reader.page.locator("#chat")).to_contain_text("la première")
    reader.page.get_by_label("Nom de la conversation").fill("Le SECA")
    reader.page.get_by_role("button", name="Renommer").click()
    expect(reader.page.get_by_label("Rouvrir une conversation")).to_have_value(re.compile("^Le SECA"))
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Markdown").click()
    written = Path(download.value.path()).read_text(encoding="utf-8")
    assert written.startswith("# Le SECA\n\n## la première")
    assert f"> \\[1\\] {fake.QUOTE}" in written
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="JSON").click()
    exchanges = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["exchanges"]
    assert exchanges[0]["answer"]["citations"][0]["quote"] == fake.QUOTE
    reader.page.get_by_role("button", name="Supprimer", exact=True).click()
    reader.page.get_by_role("button", name="Supprimer pour de bon").click()
    expect(reader.replies).to_have_count(0)
    reader.page.get_by_label("Rouvrir une conversation").click()
    expect(reader.page.get_by_role("option", name="la seconde")).to_be_visible()
    assert reader.page.get_by_role("option", name="Le SECA").count() == 0


def test_retry_replaces_the_last_answer(reader, server):
    reader.ask("attends")
    server.open_gate()
    reader.page.get_by_role("button", name="Réessayer").click()
    expect(reader.replies.locator(".draft")).to_contain_text("Il a été revendu")
    server.open_gate()
    expect(reader.replies).to_contain_text("✓")
    expect(reader.replies).to_have_count(1)


def test_an_edited_question_replaces_the_last_one(reader):
    reader.ask("une question")
    reader.page.get_by_role("button", name="Modifier la question").click()
    expect(reader.question).to_have_value("une question")
    reader.ask("une meilleure question")
    expect(reader.page.locator(".question")).to_have_text("une meilleure question")
    expect(reader.replies).to_contain_text("✓")
    expect(reader.replies).to_have_count(1)


def test_an_answer_is_copied_with_its_sources(reader):
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.ask("une question")
    reader.page.locator("#copy").click()
    expect(reader.page.get_by_role("button", name="Copié")).to_be_visible()
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert "Il a été revendu à Tarsus [1]." in copied
    assert f"[1] Le salon, A. Martin, En-Contact, 6 février 2013\n«\u00a0{fake.QUOTE}\u00a0»" in copied


def test_suggestions_are_asked_with_a_click(reader):
    reader.ask("une question")
    suggestion = reader.page.locator("#suggestions button").first
    expect(suggestion).to_contain_text("Que disent les articles sur")
    suggestion.click()
    expect(reader.replies).to_have_count(2)
    expect(reader.replies.last).to_contain_text("✓")


def test_a_judgement_is_kept_with_its_reason(reader, server):
    reader.ask("une question à juger")
    reader.page.get_by_role("button", name="Pas utile").click()
    expect(reader.page.get_by_text("Merci, votre avis est enregistré.")).to_be_visible()
    reader.page.get_by_label("La source ne dit pas cela").check()
    reader.page.get_by_label("Précisions").fill("elle parle d'autre chose")
    reader.page.get_by_role("button", name="Envoyer l'avis").click()
    expect(reader.page.get_by_label("Précisions")).to_be_hidden()
    kept = server.feedback()
    assert kept["question"] == "une question à juger"
    assert kept["verdict"] == "bad"
    assert kept["reason"] == "La source ne dit pas cela\nelle parle d'autre chose"
    assert kept["sources"][0]["quote"] == fake.QUOTE
    assert kept["model"] == "fake"
    assert kept["versions"]["encoder"] == "words:1"


def test_dark_and_light_can_be_chosen_and_stay(reader):
    reader.page.get_by_role("button", name="Thème sombre").click()
    expect(reader.page.locator("body.dark")).to_be_visible()
    reader.page.reload()
    expect(reader.page.get_by_role("button", name="Thème clair")).to_be_visible()
    expect(reader.page.locator("body.dark")).to_be_visible()


def test_nothing_nasty_runs_and_nothing_is_fetched_elsewhere(reader, server):
    reader.ask(f"citations {fake.NASTY}")
    expect(reader.replies).to_contain_text("❝ Citations seules")
    expect(reader.replies.locator(".answer")).to_contain_text(fake.NASTY[:-1])
    expect(reader.page.locator("#source-2 mark")).to_have_text(fake.NASTY)
    reader.page.get_by_role("tab", name="Articles").click()
    expect(reader.page.locator("table.articles")).to_contain_text(fake.NASTY)
    assert reader.page.evaluate("window.owned") is None
    hosts = reader.page.locator("#chat a, #sources a, #articles a").evaluate_all("all => all.map(a => a.host)")
    assert set(hosts) == {server.url.split("/")[2]}
    assert reader.page.locator(".reply img, .question img, #sources img, #articles img").count() == 0
    assert [url for url in reader.requests if not url.startswith((server.url, "data:", "blob:"))] == []
    assert reader.errors == []


def test_the_browser_may_not_fetch_elsewhere_even_if_asked(reader):
    blocked = reader.page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI));
          const image = document.createElement("img");
          image.src = "http://192.0.2.1/x.png";
          document.body.append(image);
        })"""
    )
    assert blocked == "http://192.0.2.1/x.png"


def test_a_refusal_looks_and_reads_different(reader):
    reader.ask("Quelle météo ?")
    expect(reader.replies).to_contain_text("∅ Les articles ne le disent pas")
    expect(reader.sources).to_contain_text("Passages les plus proches")
    assert reader.page.locator("#sources mark").count() == 0
    border = reader.page.locator(".reply .status").evaluate("badge => getComputedStyle(badge).borderTopStyle")
    assert border == "dashed"


def test_earlier_marks_lead_to_their_own_sources(reader):
    reader.ask("une première question")
    expect(reader.replies).to_contain_text("✓")
    reader.ask("une autre")
    expect(reader.replies).to_have_count(2)
    expect(reader.replies.last).to_contain_text("✓")
    reader.replies.first.get_by_role("link", name="[2]").click()
    expect(reader.page.locator(".reader:visible mark")).to_have_text(fake.NASTY)


def test_an_error_is_a_sentence_and_the_next_question_works(reader):
    reader.ask("une panne")
    expect(reader.replies).to_contain_text("n'a pas pu être préparée")
    assert "secret" not in reader.page.content()
    reader.ask("une autre")
    expect(reader.replies.last).to_contain_text("✓ Réponse tirée des articles")


def test_stop_leaves_the_draft_and_stops_the_assistant(reader, server):
    reader.ask("attends")
    expect(reader.replies.locator(".draft")).to_contain_text("Il a été revendu")
    reader.page.get_by_role("button", name="Arrêter").click()
    expect(reader.replies).to_contain_text("Réponse arrêtée.")
    expect(reader.page.get_by_role("button", name="Envoyer")).to_be_visible()
    assert server.closed() == "True"
    reader.ask("une autre")
    expect(reader.replies.last).to_contain_text("✓")


def test_blank_and_long_questions_get_a_hint_and_keep_the_text(reader):
    reader.question.press("Enter")
    expect(reader.page.get_by_role("alert")).to_have_text("Écrivez d'abord une question.")
    reader.ask("x" * 2001)
    expect(reader.page.get_by_role("alert")).to_contain_text("2001 caractères")
    expect(reader.question).to_have_value("x" * 2001)
    assert reader.replies.count() == 0


def test_examples_ask_and_a_new_conversation_forgets(reader):
    reader.page.get_by_role("button", name="À qui le SECA").click()
    expect(reader.replies).to_contain_text("✓")
    expect(reader.page.locator("#examples")).to_be_hidden()
    reader.page.get_by_role("button", name="Nouvelle conversation").click()
    expect(reader.replies).to_have_count(0)
    expect(reader.page.locator("#examples")).to_be_visible()
    expect(reader.sources.locator(".card")).to_have_count(0)


def test_the_library_is_sorted_searched_and_read(reader):
    reader.page.get_by_role("tab", name="Articles").click()
    rows = reader.page.locator("table.articles tbody tr")
    expect(rows).to_have_count(2)
    for _ in range(2):
        reader.page.get_by_role("button", name="Titre", exact=True).click()
    expect(reader.page.locator("th[aria-sort=descending]")).to_have_text("Titre")
    expect(rows.first).to_contain_text("Titre <script>")
    reader.page.get_by_label("Chercher dans la liste").fill("en-contact 2013")
    expect(reader.page.get_by_text("1 articles sur 2")).to_be_visible()
    reader.page.get_by_role("button", name="Lire\u00a0: Le salon").click()
    expect(reader.page.locator(".reader:visible h2")).to_have_text("Le salon")
    reader.page.keyboard.press("Escape")
    reader.page.get_by_role("button", name="De quoi parlent les articles").click()
    expect(reader.page.locator("#overview")).to_contain_text("2 articles en")
    reader.page.locator("#overview").get_by_role("button", name="2013").click()
    expect(reader.page.get_by_text("1 articles sur 2")).to_be_visible()


def test_the_filters_offer_what_is_indexed(reader):
    reader.page.get_by_role("button", name="Filtrer les articles").click()
    reader.page.get_by_label("Publication").click()
    reader.page.get_by_role("option", name="En-Contact").click()
    reader.page.get_by_label("Auteur").click()
    reader.page.get_by_role("option", name="A. Martin").click()
    reader.page.locator("#timeline").get_by_role("button", name="2013").click()
    expect(reader.page.get_by_label("Depuis l'année")).to_have_value("2013")
    expect(reader.page.get_by_label("Jusqu'à l'année")).to_have_value("2013")
    reader.page.get_by_label("Depuis l'année").fill("2014")
    reader.page.get_by_label("Jusqu'à l'année").fill("2013")
    reader.ask("q")
    expect(reader.page.get_by_role("alert")).to_contain_text("La première année")
    reader.page.get_by_label("Jusqu'à l'année").fill("2015")
    reader.ask("q")
    expect(reader.replies).to_contain_text("✓")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_has_no_horizontal_scroll(browser, server, scheme):
    narrow = Reader(browser, server.url, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    narrow.ask("mot" * 300)
    expect(narrow.replies).to_contain_text("✓")
    assert narrow.page.evaluate("document.documentElement.scrollWidth") <= 360
    chat, sources = narrow.page.locator("#chat").bounding_box(), narrow.sources.bounding_box()
    assert sources["y"] >= chat["y"] + chat["height"]
    narrow.page.get_by_role("tab", name="Articles").click()
    expect(narrow.page.locator("table.articles")).to_be_visible()
    assert narrow.page.evaluate("document.documentElement.scrollWidth") <= 360
    narrow.page.context.close()


def test_messages_are_named_for_screen_readers(reader):
    reader.ask("q")
    expect(reader.page.get_by_role("group", name="Réponse")).to_contain_text("✓")
    assert reader.page.locator("html").get_attribute("lang") == "fr"


def test_health_and_headers(reader, server):
    reader.ask("q")
    expect(reader.replies).to_contain_text("✓")
    with urllib.request.urlopen(f"{server.url}healthz") as answer:
        assert (answer.status, json.load(answer)) == (200, {"status": "ok"})
    with urllib.request.urlopen(f"{server.url}readyz") as answer:
        assert json.load(answer) == {"status": "ready"}
    with urllib.request.urlopen(server.url) as answer:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert not re.search(r"fonts\.googleapis|cdn", answer.read().decode())


def test_good_files_are_corrected_and_added_and_bad_ones_are_explained(reader, tmp_path):
    good, bad = tmp_path / "nouveau.md", tmp_path / "vide.txt"
    good.write_text("---\ntitle: Un nouveau salon\ndate: 2020-03-01\n---\nLe salon rouvre à Lyon avec 80 stands.\n")
    bad.write_text("")
    reader.page.get_by_role("tab", name="Ajouter").click()
    expect(reader.page.get_by_role("tab")).to_have_text(["Questions", "Articles", "Ajouter", "Évaluation"])
    reader.page.locator("#files input[type=file]").set_input_files([good, bad])
    expect(reader.page.get_by_role("alert")).to_contain_text("vide.txt")
    assert str(tmp_path) not in reader.page.content()
    expect(reader.page.get_by_label("Date (AAAA-MM-JJ)")).to_have_value("2020-03-01")
    reader.page.get_by_label("Titre", exact=True).fill("Le salon de Lyon")
    reader.page.get_by_label("Date (AAAA-MM-JJ)").fill("hier")
    reader.page.get_by_role("button", name="Ajouter à la bibliothèque").click()
    expect(reader.page.get_by_role("alert")).to_contain_text("n'est pas une date")
    reader.page.get_by_label("Date (AAAA-MM-JJ)").fill("2021-03-01")
    reader.page.get_by_role("button", name="Ajouter à la bibliothèque").click()
    expect(reader.page.get_by_text("est dans la bibliothèque")).to_be_visible(timeout=15_000)
    reader.page.get_by_label("Article à retirer").click()
    reader.page.get_by_role("option", name="Le salon de Lyon").click()
    reader.page.get_by_role("button", name="Retirer", exact=True).click()
    expect(reader.page.get_by_text("a été retiré")).to_be_visible()
    reader.page.get_by_role("button", name="Annuler le retrait").click()
    expect(reader.page.get_by_text("est de retour")).to_be_visible()
    reader.page.get_by_role("tab", name="Articles").click()
    row = reader.page.locator("table.articles tr", has_text="Le salon de Lyon")
    expect(row).to_contain_text("1er mars 2021")
    row.get_by_role("button").click()
    expect(reader.page.locator(".reader:visible")).to_contain_text("80 stands")
