// What if: sliders that ask for the chart of another forecast as they move.
"use strict";

const form = document.querySelector("form.what-if");
const figure = document.getElementById("changed");

function ask() {
  const given = new URLSearchParams(new FormData(form));
  const changed = [...given].some(([name, value]) => name.startsWith("if") && value !== "");
  figure.hidden = !changed;
  if (!changed) return;
  form.querySelector("[role=status]").textContent = "Computing …";
  figure.dataset.spec = `${form.dataset.answers}?${given}`;
  window.studioCharts.watch(figure);
}

if (form) {
  let waiting;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, 200); };
  for (const slider of form.querySelectorAll("[type=range]")) {
    const field = document.getElementById(slider.dataset.of);
    slider.hidden = false;
    slider.addEventListener("input", () => { field.value = slider.value; soon(); });
    field.addEventListener("input", () => { if (field.value !== "") slider.value = field.value; soon(); });
  }
  for (const choice of form.querySelectorAll("select")) choice.addEventListener("change", soon);
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  figure.addEventListener("drawn", () => {
    const told = JSON.parse(figure.text).usermeta;
    figure.querySelector("h3").textContent = told.finding;
    figure.querySelector(".canvas").setAttribute("aria-label", told.alt);
    form.querySelector("[role=status]").textContent = told.finding;
  });
}
