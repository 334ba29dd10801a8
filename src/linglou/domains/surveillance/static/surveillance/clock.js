// The clock of an alert runs while its page is open, in the words that the page was written in.
"use strict";
(() => {
  const clock = document.querySelector("[data-until]");
  if (!clock) return;
  const until = Date.parse(clock.dataset.until);
  const show = () => {
    const minutes = Math.trunc((until - Date.now()) / 60000);
    const whole = Math.abs(minutes);
    const words = until < Date.now() ? clock.dataset.over : clock.dataset.left;
    clock.textContent = words.replace("{h}", Math.trunc(whole / 60)).replace("{m}", whole % 60);
  };
  show();
  setInterval(show, 15000);
})();
