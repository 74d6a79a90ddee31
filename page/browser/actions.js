  // Copies the latest answer with its sources; over plain http only localhost has a clipboard of its own.
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      return copied;
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("#copy");
    const source = document.getElementById("to-copy");
    if (!button || !source) return;
    const label = button.textContent;
    button.textContent = (await copyText(source.value)) ? words.copied : words.copyFailed;
    button.focus();
    setTimeout(() => (button.textContent = label), 2000);
  });
