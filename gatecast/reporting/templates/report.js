// Shows the description of the mark under the pointer, one value per line.
const tip = document.getElementById("tip");
document.addEventListener("pointermove", (event) => {
  const mark = event.target.closest?.("figure [aria-label]");
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.getAttribute("aria-label").replaceAll(" | ", "\n");
  const left = event.clientX + 14;
  const top = event.clientY + 14;
  tip.style.left = `${left + tip.offsetWidth < innerWidth ? left : left - tip.offsetWidth - 28}px`;
  tip.style.top = `${top + tip.offsetHeight < innerHeight ? top : top - tip.offsetHeight - 28}px`;
});

// Shows one series at a time, the same in every figure that has it. Without this script all are shown.
const pickers = [...document.querySelectorAll(".picker")];
function pick(series) {
  for (const picker of pickers) {
    const select = picker.querySelector("select");
    const known = [...select.options].some((option) => option.value === series);
    if (known) select.value = series;
    for (const panel of picker.parentElement.querySelectorAll(".panel")) {
      panel.classList.toggle("away", panel.dataset.series !== select.value);
    }
  }
}
for (const picker of pickers) {
  picker.hidden = false;
  picker.addEventListener("change", (event) => pick(event.target.value));
}
// A link to the panel of a series picks it; so does the address with which the page was opened.
function pickLinked(hash) {
  const panel = document.getElementById(decodeURIComponent(hash.slice(1)));
  if (panel?.dataset.series) pick(panel.dataset.series);
  return panel;
}
addEventListener("click", (event) => pickLinked(event.target.closest?.("a")?.hash ?? ""));
addEventListener("hashchange", () => pickLinked(location.hash));
pick(pickers[0]?.querySelector("select").value);
pickLinked(location.hash)?.scrollIntoView();

// What is wider than the window can be scrolled by keyboard; all else is passed over.
function reach() {
  for (const wide of document.querySelectorAll("figure, .table")) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    else wide.removeAttribute("tabindex");
  }
}
addEventListener("resize", reach);
reach();
