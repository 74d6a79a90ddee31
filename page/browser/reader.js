  // A mark in the answer, or a button on a card or in the library, opens the whole article beside what is shown.
  let opener = null;

  const cardOf = (link) => document.getElementById(link.getAttribute("href").slice(1));
  const squeezed = (text) => text.replace(/\s+/g, " ").trim();

  const closeReader = (reader) => {
    reader.hidden = true;
    reader.closest(".beside")?.classList.remove("reading");
    document.querySelectorAll("[data-set-aside]").forEach((element) => {
      element.inert = false;
      delete element.dataset.setAside;
    });
    if (opener?.isConnected) opener.focus();
  };

  // On a narrow screen the reader covers the page, and the keyboard must not wander behind it.
  const setAside = (reader) => {
    if (getComputedStyle(reader).position !== "fixed") return;
    for (let element = reader; element && element !== document.body; element = element.parentElement) {
      for (const other of element.parentElement?.children ?? []) {
        if (other === element || other.inert || ["SCRIPT", "STYLE"].includes(other.tagName)) continue;
        other.inert = true;
        other.dataset.setAside = "";
      }
    }
  };

  const openReader = async (from, place, quote) => {
    opener = from;
    const desk = from.closest(".desk");
    const reader = desk?.querySelector(".reader");
    if (!reader) return;
    const body = reader.querySelector(".body");
    const query = new URLSearchParams({ ...place, language: words.language });
    let html = "";
    try {
      // The page stands at …/fr/ or …/en/, whatever path a proxy puts before it.
      html = await (await fetch(new URL(`../source?${query}`, location.href))).text();
    } catch {
      html = `<p role="alert"></p>`;
    }
    body.innerHTML = html;
    if (!body.querySelector("article, .hint")) body.querySelector("[role=alert]").textContent = words.unreadable;
    reader.hidden = false;
    reader.closest(".beside")?.classList.add("reading");
    setAside(reader);
    const marks = [...body.querySelectorAll("mark")];
    const marked = squeezed(marks.map((mark) => mark.textContent).join(" "));
    if (quote && marked !== squeezed(quote)) {
      marks.forEach((mark) => mark.replaceWith(...mark.childNodes));
      const notice = document.createElement("p");
      notice.className = "notice";
      notice.setAttribute("role", "alert");
      notice.textContent = words.changed;
      body.prepend(notice);
    }
    const first = body.querySelector("mark");
    body.scrollTop = first ? first.getBoundingClientRect().top - body.getBoundingClientRect().top - body.clientHeight / 3 : 0;
    const target = first ?? body;
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    if (getComputedStyle(reader).position !== "fixed") reader.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    const close = event.target.closest?.(".reader .close");
    if (close) return closeReader(close.closest(".reader"));
    const button = event.target.closest?.(".open-article");
    if (button) {
      event.preventDefault();
      const { article, start = 0, end = 0 } = button.dataset;
      return openReader(button, { article, start, end }, button.closest(".card")?.querySelector("mark")?.textContent);
    }
    const link = event.target.closest?.("a.source-link");
    if (!link) return;
    // A plain #source-1 would be resolved against Gradio's <base href> and could reload the page.
    event.preventDefault();
    const card = cardOf(link);
    const own = card?.querySelector(".open-article");
    if (!own) return;
    const { article, start, end } = own.dataset;
    openReader(link, { article, start, end }, card.querySelector("mark").textContent);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    hideTip();
    const reader = document.querySelector(".reader:not([hidden])");
    if (reader && reader.contains(document.activeElement)) closeReader(reader);
  });

  // Hovering over a mark, or reaching it with the keyboard, shows its quote.
  const tip = document.createElement("div");
  tip.id = "quote-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  const hideTip = () => {
    tip.hidden = true;
    document.querySelector("[aria-describedby=quote-tip]")?.removeAttribute("aria-describedby");
  };
  const showTip = (event) => {
    const link = event.target.closest?.("a.source-link");
    if (!link) return;
    const card = cardOf(link);
    const mark = card?.querySelector("mark");
    if (!mark) return;
    hideTip();
    tip.textContent = mark.textContent;
    tip.lang = card.querySelector("[lang]")?.lang ?? "";
    tip.hidden = false;
    link.setAttribute("aria-describedby", "quote-tip");
    // Measured where it has room: at the right edge it would be squeezed.
    tip.style.left = "0";
    const place = link.getBoundingClientRect();
    const left = Math.min(place.left, innerWidth - tip.offsetWidth - 8);
    const above = place.top - tip.offsetHeight - 6;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${above > 8 ? above : place.bottom + 6}px`;
  };
  document.addEventListener("mouseover", showTip);
  document.addEventListener("focusin", showTip);
  for (const leaving of ["mouseout", "focusout"])
    document.addEventListener(leaving, (event) => {
      if (event.target.closest?.("a.source-link")) hideTip();
    });
  document.addEventListener("scroll", hideTip, true);
  window.addEventListener("resize", hideTip);
