// Suggest counties while one types; without this the server answers with choices after the post.
(() => {
  const list = document.getElementById("regions");
  let last = "", timer;
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (input.getAttribute("list") !== "regions") return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const text = input.value.trim();
      if (text.length < 2 || text === last) return;
      last = text;
      try {
        const answer = await fetch("/regions/?q=" + encodeURIComponent(text));
        if (!answer.ok) return;
        list.replaceChildren(...(await answer.json()).map((name) => Object.assign(document.createElement("option"), { value: name })));
      } catch { /* the page works without suggestions */ }
    }, 250);
  });
})();
