// Follows a run: how far it is, and how the loss falls; the result is shown when there is one.
"use strict";

const place = document.getElementById("progress");
const shown = Object.fromEntries(["words", "bar", "epoch", "loss", "left", "from"].map((id) => [id, document.getElementById(id)]));
const figure = place.querySelector(".losses");
const line = figure.querySelector("polyline");

function curve(losses) {
  figure.hidden = losses.length < 2;
  if (figure.hidden) return;
  const values = losses.map(([, , loss]) => Math.log(Math.max(loss, 1e-12)));
  const least = Math.min(...values), span = Math.max(...values) - least || 1;
  line.setAttribute("points", values.map((value, place) =>
    `${(600 * place / (values.length - 1)).toFixed(1)},${(150 - 140 * (value - least) / span).toFixed(1)}`).join(" "));
  const [first, last] = [losses[0][2], losses.at(-1)[2]];
  shown.from.textContent = `From ${first.toPrecision(3)} to ${last.toPrecision(3)}.`;
}

const title = document.querySelector("h1");
const events = new EventSource(place.dataset.events);
events.addEventListener("message", (event) => {
  const told = JSON.parse(event.data);
  if (!told.active) {
    events.close();
    location.reload();
    return;
  }
  title.textContent = told.title;
  if (shown.words.textContent !== told.words) shown.words.textContent = told.words;
  if (told.share === null) shown.bar.removeAttribute("value");
  else shown.bar.value = told.share;
  shown.epoch.textContent = told.epoch || "–";
  shown.loss.textContent = told.loss || "–";
  shown.left.textContent = told.left || "–";
  curve(told.losses);
});
events.addEventListener("gone", () => { events.close(); location.reload(); });
