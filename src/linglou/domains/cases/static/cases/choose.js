// Choose all rows of a table at once, and with Shift a range. Without script every box still works by itself.
for (const table of document.querySelectorAll("[data-choose]")) {
  const all = table.querySelector("[data-choose-all]");
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
  if (!all || !boxes.length) continue;
  all.hidden = false;
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  let last = null;
  boxes.forEach((box, n) => box.addEventListener("click", (event) => {
    if (event.shiftKey && last !== null) {
      for (let k = Math.min(last, n); k <= Math.max(last, n); k++) boxes[k].checked = box.checked;
    }
    last = n;
    all.checked = boxes.every((one) => one.checked);
  }));
}
