// What htmx pages need besides htmx: the CSRF header, refusals said aloud, and menus that close.
(() => {
  "use strict";
  const toasts = () => document.getElementById("toasts");

  function toast(text, tone) {
    const region = toasts();
    if (!region || !text) return;
    const note = document.createElement("p");
    note.className = `notice ${tone || "info"}`;
    note.textContent = text;
    region.append(note);
    setTimeout(() => note.remove(), Math.max(6000, text.length * 200));
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
    event.detail.headers["Accept"] = "text/html, application/problem+json;q=0.9";
  });

  // A form that comes back with field messages (422, HTML) is shown in place; any other refusal is a problem document.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 422 && (answer.getResponseHeader("Content-Type") || "").startsWith("text/html")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    let text = toasts()?.dataset.failed;
    try {
      const problem = JSON.parse(event.detail.xhr.responseText);
      text = `${problem.title} ${problem.detail || ""}`;
    } catch { /* not a problem document */ }
    toast(text, "bad");
  });
  for (const name of ["htmx:sendError", "htmx:timeout"])
    document.addEventListener(name, () => toast(toasts()?.dataset.away, "bad"));

  // A view says something with the header  HX-Trigger: {"toast": {"text": "...", "tone": "good"}}
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone));

  const close = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    close();
    open?.querySelector("summary").focus();
  });
})();
