  // Gradio's document says lang="en" whatever the page speaks.
  document.documentElement.lang = words.language;

  // Gradio labels each message with its source code, which a screen reader would read out tag by tag.
  const names = { user: words.question, bot: words.answer };
  const rename = () => {
    for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) {
      const name = names[message.dataset.testid];
      if (!name || message.getAttribute("aria-label") === name) continue;
      message.setAttribute("role", "group");
      message.setAttribute("aria-label", name);
    }
    // Named in English by Gradio; what it shows is in the page's language and says as much.
    document.querySelector("#files button[aria-label]")?.removeAttribute("aria-label");
  };
  new MutationObserver(rename).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["aria-label"],
  });

  // Dark or light follows the system until somebody chooses.
  const isDark = () => document.body.classList.contains("dark");
  const showTheme = (dark) => {
    document.body.classList.toggle("dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    const button = document.getElementById("theme");
    if (button) button.textContent = dark ? words.light : words.dark;
  };
  const chosen = localStorage.getItem("standardiste-theme");
  showTheme(chosen ? chosen === "dark" : isDark());
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#theme")) return;
    showTheme(!isDark());
    localStorage.setItem("standardiste-theme", isDark() ? "dark" : "light");
  });
