  // The list of articles: sorting and searching happen here, since all of it is here already.
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  const showFound = (list, year) => {
    const wanted = folded(list.querySelector("#find-article").value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of list.querySelectorAll("tbody tr")) {
      const text = folded([...row.cells].map((cell) => `${cell.dataset.sort} ${cell.textContent}`).join(" "));
      row.hidden = !wanted.every((word) => text.includes(word)) || (year && row.dataset.year !== year);
      shown += row.hidden ? 0 : 1;
    }
    const status = list.querySelector("#found-articles");
    status.textContent = status.dataset.sentence.replace("{shown}", shown.toLocaleString(words.language));
  };

  document.addEventListener("input", (event) => {
    if (event.target.id === "find-article") showFound(event.target.closest("#articles"));
  });

  const sortBy = (button) => {
    const head = button.closest("th");
    const down = head.getAttribute("aria-sort") === "ascending";
    const column = Number(button.dataset.column);
    const body = button.closest("table").tBodies[0];
    const compared = new Intl.Collator(words.language, { numeric: true }).compare;
    const key = (row) => row.cells[column].dataset.sort;
    const rows = [...body.rows].sort((one, other) =>
      // What is not known comes last, whichever way is sorted.
      !key(one) || !key(other) ? !key(one) - !key(other) : (down ? -1 : 1) * compared(key(one), key(other)));
    body.append(...rows);
    button.closest("tr").querySelectorAll("th").forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  };

  const fill = (field, value) => {
    if (!field) return;
    const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // In the filters the first year chosen is the period, and the next one stretches it.
  const choosePeriod = (year) => {
    const [since, until] = ["since", "until"].map((id) => document.querySelector(`#${id} :is(input, textarea)`));
    const single = since.value && since.value === until.value;
    const ends = single ? [Number(since.value), year].sort((one, other) => one - other) : [year, year];
    if (single && Number(since.value) === year) ends.fill("");
    fill(since, ends[0]);
    fill(until, ends[1]);
    for (const column of document.querySelectorAll("#timeline .year")) {
      const chosen = ends[0] !== "" && Number(column.dataset.year) >= ends[0] && Number(column.dataset.year) <= ends[1];
      column.setAttribute("aria-pressed", chosen);
    }
  };

  document.addEventListener("click", (event) => {
    const sort = event.target.closest?.(".sort");
    if (sort) return sortBy(sort);
    const column = event.target.closest?.(".year");
    if (column?.closest("#timeline")) return choosePeriod(Number(column.dataset.year));
    if (column) {
      const pressed = column.getAttribute("aria-pressed") !== "true";
      column.closest("ul").querySelectorAll(".year").forEach((other) => other.setAttribute("aria-pressed", false));
      column.setAttribute("aria-pressed", pressed);
      return showFound(document.getElementById("articles"), pressed ? column.dataset.year : "");
    }
    const topic = event.target.closest?.(".ask-topic");
    if (!topic) return;
    document.querySelector("[role=tab]").click();
    // The tab's fields are there once it shows.
    requestAnimationFrame(() => {
      const question = document.querySelector("#question textarea");
      fill(question, topic.dataset.question);
      question?.focus();
    });
  });
