// Asks for the live part every five seconds while somebody is looking; what has not changed is neither sent nor drawn again.
(() => {
  "use strict";
  const EVERY = 5000;
  let seen = null;
  const live = () => document.querySelector("[data-live]");
  const ask = () => {
    const part = live();
    if (part && !document.hidden && !part.contains(document.activeElement)) htmx.trigger(part, "live");
  };
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.target.matches?.("[data-live]") || event.detail.requestConfig.verb !== "get") return;
    const tag = event.detail.xhr.getResponseHeader("ETag");
    if (tag && tag === seen) event.detail.shouldSwap = false;
    seen = tag;
  });
  // A board that cannot be reached keeps its last figures; the clock beside them says how old they are.
  document.addEventListener("htmx:sendError", (event) => { if (event.target.matches?.("[data-live]")) event.stopImmediatePropagation(); }, true);
})();
