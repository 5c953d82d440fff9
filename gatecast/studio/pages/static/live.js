// Keeps the page of a live model up to date: after each observation, and while a version is prepared.
"use strict";

const POLL_MS = 1000;
const now = document.getElementById("now");

// The page as it is now, in place of its parts that change.
async function renew() {
  const answer = await fetch(now?.dataset.page ?? location.href);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-renewed]")) {
    const other = page.getElementById(part.id);
    if (other && !part.isEqualNode(other)) part.replaceWith(other);
  }
}

// One after the other; what cannot be renewed now is renewed with the next event.
let turn = Promise.resolve();
function inTurn(step) {
  turn = turn.then(step).catch(() => {});
  return turn;
}

if (now) {
  const source = new EventSource(now.dataset.events);
  source.addEventListener("forecast", (event) => inTurn(async () => {
    // What is shown already is told again when a connection is made.
    if (document.getElementById("standing").dataset.at === event.lastEventId) return;
    await renew();
    const figure = now.querySelector("figure.chart");
    if (!figure) return;
    window.studioCharts.watch(figure);
    document.getElementById("told").textContent = figure.querySelector("figcaption").textContent.trim();
  }));
  addEventListener("pagehide", () => source.close());
}

function changing() {
  return document.getElementById("state").dataset.changing === "yes";
}

async function follow() {
  await inTurn(renew);
  if (changing()) setTimeout(follow, POLL_MS);
}

if (changing()) setTimeout(follow, POLL_MS);

const file = document.getElementById("file");
file?.addEventListener("change", () => { file.form.querySelector("[value=file]").checked = true; });
