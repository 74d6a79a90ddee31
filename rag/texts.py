"""The sentences that Standardiste itself says, in the language of the question."""

from __future__ import annotations

NOT_FOUND = {
    "fr": "Les articles ne contiennent pas la réponse à cette question.",
    "en": "The articles do not hold the answer to this question.",
    "es": "Los artículos no contienen la respuesta a esta pregunta.",
}
NEAREST = {
    "fr": "Articles les plus proches : {titles}.",
    "en": "Nearest articles: {titles}.",
    "es": "Artículos más cercanos: {titles}.",
}
NO_ORDERS = {
    "fr": "Ici on répond à des questions, par ce que disent les articles ; le reste d’une demande n’y change rien.",
    "en": "Questions are answered here, by what the articles say; whatever else is demanded changes nothing.",
    "es": "Aquí se responde a preguntas con lo que dicen los artículos; lo demás que se pida no cambia nada.",
}
YOU_COULD_ASK = {
    "fr": "Vous pourriez demander : {question}",
    "en": "You could ask: {question}",
    "es": "Podría preguntar: {question}",
}
ASK_ABOUT = {
    "fr": "Que disent les articles sur «\u00a0{topic}\u00a0»\u00a0?",
    "en": "What do the articles say about “{topic}”?",
    "es": "¿Qué dicen los artículos sobre «{topic}»?",
}
WHAT_THERE_IS = {
    "fr": "Combien d’articles y a-t-il\u00a0?",
    "en": "How many articles are there?",
    "es": "¿Cuántos artículos hay?",
}
IN_THEIR_LANGUAGE = {
    "fr": "Les articles disent, dans leur langue : {quote}",
    "en": "The articles say, in their own language: {quote}",
    "es": "Los artículos dicen, en su idioma: {quote}",
}
NO_MODEL = {
    "fr": "Réponse faite de phrases citées : aucun modèle de langue n’a été demandé.",
    "en": "The answer consists of quoted sentences: no language model was asked.",
    "es": "La respuesta se compone de frases citadas: no se consultó ningún modelo de lenguaje.",
}
MODEL_FAILED = {
    "fr": "Réponse faite de phrases citées : le modèle de langue {reason}.",
    "en": "The answer consists of quoted sentences: the language model {reason}.",
    "es": "La respuesta se compone de frases citadas: el modelo de lenguaje {reason}.",
}
FAILURES = {
    "slow": {
        "fr": "n’a pas répondu à temps",
        "en": "did not answer in time",
        "es": "no respondió a tiempo",
    },
    "refused": {
        "fr": "a refusé la demande",
        "en": "refused the request",
        "es": "rechazó la petición",
    },
    "unreachable": {
        "fr": "est injoignable",
        "en": "cannot be reached",
        "es": "no está accesible",
    },
    "broken off": {
        "fr": "s’est interrompu avant la fin",
        "en": "broke off before the end",
        "es": "se interrumpió antes del final",
    },
    "busy": {
        "fr": "est surchargé",
        "en": "is overloaded",
        "es": "está sobrecargado",
    },
    "unreadable": {
        "fr": "a envoyé une réponse illisible",
        "en": "sent a reply that cannot be read",
        "es": "envió una respuesta ilegible",
    },
    "too long": {
        "fr": "a envoyé une réponse démesurée",
        "en": "sent a reply without end",
        "es": "envió una respuesta desmesurada",
    },
    "resting": {
        "fr": "a échoué plusieurs fois et sera réessayé plus tard",
        "en": "failed several times and will be tried again later",
        "es": "falló varias veces y se volverá a intentar más tarde",
    },
    "not loaded": {
        "fr": "n’a pu être chargé (« make setup » l’installe)",
        "en": "could not be loaded (“make setup” installs it)",
        "es": "no pudo cargarse («make setup» lo instala)",
    },
}
"""Why a language model gave no answer, by ``rag.model.Failure``."""
ANSWER_CUT = {
    "fr": "La réponse du modèle de langue a été coupée à sa longueur maximale.",
    "en": "The answer of the language model was cut at its greatest length.",
    "es": "La respuesta del modelo de lenguaje se cortó en su longitud máxima.",
}
NOT_SUPPORTED = {
    "fr": "Réponse faite de phrases citées : les articles n’appuyaient pas celles du modèle de langue.",
    "en": "The answer consists of quoted sentences: the articles did not support those of the language model.",
    "es": "La respuesta se compone de frases citadas: los artículos no respaldaban las del modelo de lenguaje.",
}
MODEL_FOUND_NOTHING = {
    "fr": "Le modèle de langue n’a pas trouvé la réponse ; voici les phrases les plus proches de la question.",
    "en": "The language model did not find the answer; these are the sentences nearest to the question.",
    "es": "El modelo de lenguaje no encontró la respuesta; estas son las frases más cercanas a la pregunta.",
}
SENTENCES_REMOVED = {
    "fr": "{n} phrase(s) du modèle de langue, que les articles n’appuient pas, ont été retirées.",
    "en": "{n} sentence(s) of the language model were removed, since the articles do not support them.",
    "es": "Se retiraron {n} frase(s) del modelo de lenguaje que los artículos no respaldan.",
}
SENTENCES_QUOTED = {
    "fr": "{n} phrase(s) du modèle de langue ont cédé la place au passage cité, dont elles s’écartaient trop.",
    "en": "{n} sentence(s) of the language model gave way to the quoted passage, from which they strayed too far.",
    "es": "{n} frase(s) del modelo de lenguaje cedieron el lugar al pasaje citado, del que se apartaban demasiado.",
}
DATED = {
    "fr": "Le plus récent des articles cités est du {day} : la situation a pu changer depuis.",
    "en": "The latest of the articles cited is of {day}: things may have changed since.",
    "es": "El más reciente de los artículos citados es del {day}: la situación puede haber cambiado.",
}
TOO_LONG = {
    "fr": "La question est très longue : seul son début a été cherché.",
    "en": "The question is very long: only its beginning was searched for.",
    "es": "La pregunta es muy larga: solo se buscó su comienzo.",
}


def say(texts: dict[str, str], language: str, **values: object) -> str:
    """One of the texts above in ``language`` (French when there is none), with its blanks filled."""
    return texts.get(language, texts["fr"]).format(**values)
