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
