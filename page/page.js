() => {
  // Gradio's document says lang="en" whatever the page speaks.
  document.documentElement.lang = "fr";

  // A plain #source-1 would be resolved against Gradio's <base href> and could reload the page; and the card
  // may stand in a folded part of the panel.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.source-link");
    if (!link) return;
    event.preventDefault();
    const card = document.getElementById(link.getAttribute("href").slice(1));
    if (!card) return;
    card.closest("details")?.setAttribute("open", "");
    document.querySelectorAll(".card.pointed").forEach((other) => other.classList.remove("pointed"));
    card.classList.add("pointed");
    card.scrollIntoView({ block: "nearest" });
    card.focus({ preventScroll: true });
  });

  // Gradio labels each message with its source code, which a screen reader would read out tag by tag.
  const names = { user: "Question", bot: "Réponse" };
  const rename = () => {
    for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) {
      const name = names[message.dataset.testid];
      if (!name || message.getAttribute("aria-label") === name) continue;
      message.setAttribute("role", "group");
      message.setAttribute("aria-label", name);
    }
  };
  new MutationObserver(rename).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["aria-label"],
  });
}
