"""What the furniture of a web page looks like, line by line.

Three kinds. ``ANYWHERE`` lines are unmistakable. ``AT_THE_EDGES`` lines could be a heading or an item of a list, so
they go only before the article's first full sentence or after its last. Section markers tell what follows them.
All patterns are matched on the whole of a folded line: lower case, without accents, bullets and final punctuation.
"""

from __future__ import annotations

import functools
import re
import unicodedata

LONGEST = 320
"""Characters: a longer line is text, whatever it begins with."""

_BULLETS = re.compile(r"^[\s←•·∙◦▪►▶»>→+✔✓*●○–—|-]+(?=[^\s])")
_ENDING = re.compile(r"[\s:.…!>»→|*]+$")
_NETWORKS = (
    r"(?:twitter|x|facebook|linkedin|linked in|viadeo|google ?\+?|google ?plus|google bookmarks|netvibes|pinterest|"
    r"e-?mail|courriel|mail|whatsapp|telegram|messenger|reddit|tumblr|delicious|digg|scoop\.?it|instapaper|pocket|"
    r"flipboard|instagram|youtube|tiktok|snapchat|threads|bluesky|mastodon|rss|flux rss|skype|xing|buffer|"
    r"stumbleupon|myspace|wikio|evernote|sms)(?: fr| france)?"
)
_HERE = r"(?:cet(?:te)?|l'|ce|la|le|votre|mon)? ?(?:article|page|info\w*|actu\w*|contenu|billet|post|dossier|lien)"
_NEWS = r"(?:newsletters?|lettres? d'infos?(?:rmations?)?|magazine|mag|numero|alertes?|abonnement|abonne\w*)"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


ANYWHERE = _any_of(
    # Moving about the page
    r"(?:retour(?:ner)? )?(?:en )?haut(?: de (?:la )?page)?|back to top|remonter(?: en haut.*)?",
    r"aller (?:directement )?au (?:contenu|menu)(?: principal)?|passer au contenu",
    r"skip to (?:main )?content",
    r"toggle navigation|(?:ouvrir|fermer|afficher|basculer) (?:le menu|la recherche|la navigation)",
    r"(?:vous etes ici|fil d'ariane) ?:?.{0,120}|navigation (?:de l'article|des articles|principale)",
    r"(?:articles? |post )?(?:precedent|suivant)e?s? ?[:←→].{0,150}|articles? (?:precedent|suivant)s?",
    r"[←→<>«»×✕x]",
    r"lire (?:la suite|plus|l'article(?: complet)?)(?: ?[→>…].*)?|en savoir \+",
    r"voir (?:tous? les|toutes les) \w+(?: \w+){0,3}",
    # Reading time, printing, sharing
    r"(?:temps (?:estime )?de )?lecture(?: estimee)? ?:? ?(?:de )?(?:env(?:iron|\.)? )?\d{1,3} ?(?:min(?:ute)?s?|mn)",
    r"\d{1,3} ?(?:min(?:ute)?s?|mn) ?(?:de lecture|read)|\d{1,3} ?(?:min|mn)|reading time.{0,20}",
    rf"(?:imprimer|enregistrer|sauvegarder|telecharger|offrir|ecouter|commenter|signaler)"
    rf" ?(?:{_HERE})?(?: (?:en|au format) pdf)?",
    r"version imprimable|ajouter (?:a|aux) (?:mes |la )?(?:favoris|liste.*)",
    r"copier (?:le lien|l'url|l'adresse)|lien copie",
    rf"(?:partage[rz]?|share|tweete[rz]|retweeter|recommande[rz]|envoyer|suivre)(?: {_HERE})?"
    rf"(?: ?(?:(?:sur|via|on|par) ?:? ?(?:(?:{_NETWORKS}|les reseaux)\b.{{0,40}})?|a un ami|avec (?:un|vos) amis?))?",
    r"(?:cliquez|click)[^.]{0,20} (?:partager|imprimer|envoyer|share|print)[^.]{0,80}",
    r"(?:j'aime|like)(?: ?\(?\d+\)?| ceci| ca| chargement)?",
    r"(?:j'aime|like)[^.]{0,20} (?:loading|chargement)",
    r"(?:suivez|retrouvez|rejoignez)[- ](?:nous|\w{2,20})(?: aussi| egalement)? sur[^.]{0,60}",
    r"suivre @\w+|[\d ]*donnez votre avis|(?:lire|masquer|voir) la biographie.{0,80}",
    r"\d+ (?:partages?|shares?|vues?|views?|likes?|lectures?|retweets?)",
    # Accounts, subscriptions, cookies
    r"se (?:de)?connecter|(?:de)?connexion|connectez[- ]vous|identifiez[- ]vous|mon compte",
    r"creer (?:un|mon) compte|(?:s'|m')identifier",
    r"deja (?:un compte|inscrit|abonne|client)[^.]{0,80}|mot de passe(?: oublie)?",
    r"pas encore (?:inscrit|abonne|de compte)[^.]{0,80}",
    r"(?:je m'|s')(?:abonner?|inscrire|inscris)(?: (?:au|a la|a notre|aux|des?|maintenant|gratuitement)[^.]{0,60})?",
    r"(?:abonnez|inscrivez)[- ]vous(?: (?:maintenant|ici|gratuitement|vite|en ligne|des .{0,60}|a partir .{0,60}))?",
    rf"(?:abonnez|inscrivez)[- ]vous .{{0,80}}{_NEWS}.{{0,120}}",
    r"(?:recevez|recevoir|ne manquez|restez|je souhaite)\b.{0,100}"
    r"(?:newsletters?|lettres? d'info|magazine|par e-?mail).{0,120}",
    r"(?:profitez|decouvrez|testez|voir)\b.{0,80}(?:offres? d'abonnement|nos abonnements|nos newsletters).{0,80}",
    r"(?:profitez|beneficiez) (?:d'un |de l')acces.{0,150}|acces illimite.{0,100}",
    r"(?:offre|essai) (?:decouverte|gratuit)(?: (?:de|pendant) .{0,40})?",
    r"(?:cet? |l'|la suite (?:de (?:cet|l')? ?)?)?(?:article|contenu|dossier|suite)[^.]{0,30}"
    r" (?:est )?reservee?s? (?:aux|a nos) .{0,60}",
    r"(?:contenu|article) (?:reserve|premium|abonne)[^.]{0,40}",
    r"il vous reste .{1,20} (?:a lire|a decouvrir|de cet).{0,60}",
    r"(?:pour )?(?:lire|lisez|acceder a) (?:la suite|l'integralite|cet article)[^.]{0,30},?"
    r" .{0,40}(?:abonn|connect|inscri).{0,80}",
    r"(?:nous utilisons|(?:ce|notre) site(?: web)? utilise) (?:des|les) (?:cookies|traceurs).{0,250}",
    r"en (?:poursuivant|continuant) (?:votre navigation|a utiliser|a naviguer).{0,250}",
    r"(?:nous|nos partenaires|avec votre accord).{0,60} (?:stock|depos|utilis)\w+.{0,40} (?:cookies|traceurs).{0,200}",
    r"(?:tout |j'|je )?(?:accepte[rz]?|refuse[rz]?)(?: (?:et fermer|et continuer|tout|tous|(?:tous )?les cookies))?",
    r"continuer sans accepter",
    r"(?:parametrer|gerer|personnaliser)(?: (?:mes|les|vos))?(?: (?:choix|cookies|preferences))?",
    # Comment forms
    r"votre (?:adresse (?:de messagerie|e-?mail|mail|de courriel)|e-?mail|adresse)"
    r" ne sera pas (?:publiee?|affichee?).{0,120}",
    r"(?:les )?champs (?:obligatoires|requis)(?: sont)? (?:indiques|marques|signales).{0,60}",
    r"\* ?champs? obligatoires?",
    r"your email address will not be published.{0,100}|required fields are marked.{0,20}",
    r"enregistrer mon nom, mon e-?mail.{0,150}|(?:save my name).{0,120}",
    r"prevenez-moi (?:de|des|par).{0,100}",
    r"(?:laisse[rz]|soumettre|ajoute[rz]|poste[rz]|publier|deposer|ecrire) (?:un|votre|le premier) commentaire.{0,40}",
    r"annuler la reponse|cancel reply|leave a (?:reply|comment).{0,40}",
    r"soyez le premier a (?:commenter|reagir|donner).{0,60}",
    r"ce site utilise akismet.{0,200}",
    r"(?:vous devez|il faut) (?:etre|vous) (?:connecte|identifie|inscri)\w*"
    r" (?:pour|afin de) (?:pouvoir )?(?:commenter|publier|laisser|poster|lire|reagir).{0,60}",
    # Legal lines
    r"(?:©|copyright|\(c\)).{0,120}|tous droits (?:de reproduction )?reserves.{0,80}",
    r"mentions legales(?: (?:et|&|-|[|•·]) ?.{0,80})?",
    r"(?:credits? )?photos?(?: d'illustration)? ?[:©@].{0,100}",
    r"credits? ?(?:photos?|image|visuel)?s? ?[:@].{0,100}|[^.]{0,30}© .{1,60}",
    r"(?:tags?|mots?[- ]cles?|etiquettes?|categories?|rubriques?|classe dans|filed under|thematiques?) ?: ?.{1,200}",
    # Pointers to other articles on one line
    r"(?:(?:a )?(?:lire|voir|decouvrir|ecouter)(?: aussi| egalement| sur le meme sujet)|read also|a lire)"
    r" ?[:>→-] ?.{1,200}",
    r"(?:[^\s.]{1,80}|image|photo|illustration)\.(?:jpe?g|png|gif|webp|svg)",
    r"(?:publicite|advertisement|annonce publicitaire)",
)

AT_THE_EDGES = _any_of(
    rf"{_NETWORKS}(?: ?\(?\d*\)?)?",
    r"recherche[rz]?(?: sur le site| un article| dans .{0,30})?|search|ok|go|menu(?: principal)?",
    r"navigation|accueil|home|fermer|close",
    r"actus?|actualites?|news|dossiers?|blog|le blog|agenda|archives?|magazines?|le mag|kiosque",
    r"boutique|panier|videos?|podcasts?",
    r"webinars?|webinaires?|livres? blancs?|annuaire|emploi|evenements?|communiques?|tribunes?",
    r"interviews?|publications?",
    r"contacts?|contactez[- ]nous|nous contacter|a propos|qui sommes[- ]nous.{0,3}|equipe",
    r"partenaires?|publicite|annoncer?s?",
    r"plan du site|cg[uv](?: .{0,40})?|politique de .{0,40}|donnees personnelles|cookies",
    r"confidentialite|faq|aide|presse",
    rf"(?:nos |la |notre )?{_NEWS}(?: .{{0,30}})?|au magazine|inscription|abonnements?",
    r"(?:mon|votre) e-?mail.{0,20}|valider|envoyer",
    r"print|pdf|imprimer|plus|more|autres?|pro|lien|link|suivant|precedent|next|previous|fr|en",
    r"francais|english|langues?",
    r"tags?|categories?|rubriques?|mots?[- ]cles?|auteur|par|le|lecture|publie(?: par)?(?: le)?",
    r"mis a jour(?: le)?|la redaction|redaction",
    r"(?:nom|name|e-?mail|site(?: web| internet)?|website|commentaires?|message)s? ?\*?",
    r"(?:0|aucun|pas de|no) (?:commentaires?|comments?|reactions?)|reagir|repondre|commenter",
    r"commentaires?(?: \(\d+\))?",
    r"[^.!?]{1,30}(?: [|>›»/•·] [^.!?|>›»/•·]{1,40}){2,12}",
    r"about(?: us)?|contact us",
    r"log ?in|log ?out|sign (?:in|up)|register|subscribe|(?:privacy|cookie) policy|terms.{0,30}",
    r"a la une|en continu|en direct|flash info|tous? les articles.{0,40}",
    r"toutes les (?:actus?|actualites?).{0,30}|sponsorise|partenaire",
    r"https?://\S+|www\.\S+|#\w+(?: #\w+)*|\d{1,4}",
)

COMMENTS = _any_of(
    r"(?:\d{1,4}|une?|deux) (?:commentaires?|comments?|reactions?|reponses?|responses?|reflexions?|avis|thoughts)"
    r"(?: .{0,150})?",
    r"(?:les |vos )?commentaires?(?: ?\(\d{1,4}\))?|(?:vos )?reactions(?: ?\(\d{1,4}\))?",
    r"(?:laisser|laissez|soumettre|ajouter|poster) (?:un|votre) commentaire.{0,30}|leave a (?:reply|comment)",
)
COMMENT_SIGN = re.compile(
    r"(?:repondre|reply)|.{2,60} (?:dit|a dit|says|ecrit|a ecrit)(?: ?:| le .{0,40})?|"
    r".{0,60}\d{4},? (?:a|at) \d{1,2} ?[h:] ?\d{2}.{0,20}|.{0,60}il y a \d+ (?:jours?|mois|ans?|heures?|semaines?)"
)

RELATED = _any_of(
    r"(?:a )?(?:lire|voir|decouvrir)(?: aussi| egalement| ensuite)?",
    r"a lire (?:aussi |egalement )?(?:sur|dans) .{1,40}",
    r"(?:sur|dans) (?:le|la) meme (?:sujet|theme|thematique|rubrique|categorie)|a ne pas manquer",
    r"nos derniers articles",
    r"(?:articles?|posts?|contenus?|sujets?) (?:similaires?|lies?|associes?|connexes?|recents?|populaires?|relatifs?)",
    r"(?:les )?(?:articles )?(?:les )?plus (?:lus|commentes|partages|recents|populaires)|derniers articles",
    r"vous (?:aimerez|aimeriez|pourriez)(?: peut-etre)?(?: aussi| egalement| aimer).{0,20}",
    r"related (?:posts|articles)",
    r"ces (?:articles|contenus) (?:peuvent|pourraient|devraient|vont) .{0,40}",
    r"la redaction vous (?:conseille|recommande).{0,10}",
    r"vous avez aime cet article.{0,40}|you may also like|(?:dans|sur) l'actualite",
)

SHORTCODE = re.compile(
    r"\[/?(?:audio|video|gallery|caption|embed|playlist|youtube|vimeo|dailymotion|slideshare|soundcloud|iframe|"
    r"contact-form(?:-7)?|vc_\w{1,40}|et_pb_\w{1,40}|su_\w{1,40}|fusion_\w{1,40}|av_\w{1,40}|mk_\w{1,40}|sociable|"
    r"wp_\w{1,40}|button|spacer|divider|tweet|map|toc|more|ads?|adrotate|table id)"
    r"(?:[\s:=][^\[\]]{0,3000})?/?\]",
    re.IGNORECASE,
)
CAPTION = re.compile(r"[^.!?:;]{4,80}\w(?:-|_|\()\d{1,3}\)?")
_CAPTION_WORDS = re.compile(
    r"article|image|photo|capture|visuel|infographie|img|dsc|scan|logo|screen|sans titre|page|couv"
)


@functools.lru_cache(1024)
def fold(line: str) -> str:
    """Return ``line`` in the form that the patterns are written in."""
    plain = unicodedata.normalize("NFD", line.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " "))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    plain = _ENDING.sub("", _BULLETS.sub("", plain[: 2 * LONGEST])) or plain.strip()[:8]
    return " ".join(plain.split())


def is_caption(line: str, others: frozenset[str]) -> bool:
    """Tell whether ``line`` is the name of a picture or scan: "Dossier-mai 2012-1", next to "…-2" or by its words.

    ``others`` are the document's other lines with figures replaced by "#".
    """
    if not CAPTION.fullmatch(line):
        return False
    shape = re.sub(r"\d+", "#", line)
    return shape in others or _CAPTION_WORDS.search(line.casefold()) is not None
