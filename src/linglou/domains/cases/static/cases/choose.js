// Choose all rows of a form's table at once, or with Shift a range, and see how many are chosen before a button does something
// about them. Without script every box still works by itself.
for (const form of document.querySelectorAll("[data-choose]")) {
  const all = form.querySelector("[data-choose-all]");
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  if (!all || !boxes.length) continue;
  const chosen = form.querySelector("[data-chosen]");
  const buttons = [...form.querySelectorAll("[data-needs-choice]")];
  const tell = () => {
    const n = boxes.filter((box) => box.checked).length;
    all.checked = n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
    chosen.textContent = n ? chosen.dataset.chosen.replace("{n}", n) : "";
    buttons.forEach((button) => { button.disabled = n === 0; });
    form.toggleAttribute("data-some", n > 0);
  };
  all.closest("label").hidden = false;
  form.setAttribute("data-ready", "");
  all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); tell(); });
  let last = null;
  boxes.forEach((box, n) => box.addEventListener("click", (event) => {
    if (event.shiftKey && last !== null) {
      for (let k = Math.min(last, n); k <= Math.max(last, n); k++) boxes[k].checked = box.checked;
    }
    last = n;
    tell();
  }));
  // anywhere on a row will do, unless text is being selected or a link is meant
  form.querySelector("tbody").addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    event.target.closest("tr")?.querySelector("input[type=checkbox]")?.dispatchEvent(new MouseEvent("click", { shiftKey: event.shiftKey }));
  });
  addEventListener("pageshow", tell); // a browser that goes back brings the choice back
  tell();
}
