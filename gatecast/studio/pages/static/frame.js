// Moves the window over the series: what the page shows of one sample, for one after another.
"use strict";

const own = document.getElementById("lesson");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const BEAT = 750; // milliseconds for a time step, and for the answer

async function begin(box) {
  const answer = await fetch(box.dataset.lesson);
  if (!answer.ok) return;
  const lesson = await answer.json();
  const [pitch, shown, ahead, top, bottom] =
    ["pitch", "shown", "ahead", "top", "bottom"].map((name) => Number(box.dataset[name]));
  const find = (name) => box.querySelector(name);
  const world = find(".world"), title = find("#stage-title"), told = find(".told");
  const lines = [...box.querySelectorAll(".line")];
  const dots = [...box.querySelectorAll(".dot")];
  const inputs = [...box.querySelectorAll(".input-table td[data-row]")];
  const answers = [...box.querySelectorAll(".answer-table td")];
  const memory = find(".memory span"), reading = find(".reading");
  const play = find("[data-do=play]");
  let place = Number(box.dataset.place), beat = 0, timer = 0;

  const move = (part, rows) => part.setAttribute("transform", `translate(${rows * pitch} 0)`);
  const steps = () => lesson.samples[place].steps;
  const beats = () => steps().length + 1;

  function fill(cell, value) {
    cell.querySelector("strong").textContent = value.scaled;
    cell.querySelector("small").textContent = value.told;
  }

  // The heights of the rows fit those in and about the view, and change each half view only.
  let drawn = -1;
  function scale(shift) {
    const half = Math.floor(shown / 2), first = Math.floor(shift / half) * half;
    if (first === drawn) return;
    drawn = first;
    const near = lesson.rows.slice(first, first + shown + half).map((row) => row.value).filter((value) => value !== null);
    const low = Math.min(...near), spread = Math.max(...near) - low || 1;
    const height = (value) => (bottom - (bottom - top) * (value - low) / spread).toFixed(1);
    for (const dot of dots) dot.setAttribute("cy", height(lesson.rows[Number(dot.dataset.row)].value));
    const stretches = [[]];
    lesson.rows.forEach((row, number) => {
      if (row.value === null) stretches.push([]);
      else stretches[stretches.length - 1].push(`${pitch * (number + 0.5)},${height(row.value)}`);
    });
    stretches.filter((each) => each.length).forEach((each, number) => lines[number].setAttribute("points", each.join(" ")));
  }

  // While it plays, time steps come one by one and the answer last; a still picture has them all.
  function show() {
    const seen = lesson.samples[place], playing = timer !== 0;
    const ends = seen.origin + seen.answers.length;
    const shift = Math.min(Math.max(ends + ahead - shown, 0), Math.max(lesson.rows.length - shown, 0));
    scale(shift);
    move(world, -shift);
    move(find(".input"), seen.first);
    move(find(".target"), seen.origin);
    for (const dot of dots) {
      const row = Number(dot.dataset.row);
      dot.classList.toggle("read", row >= seen.first && row < seen.origin);
      dot.classList.toggle("asked", row >= seen.origin && row < ends);
    }
    const cells = seen.steps.flat();
    inputs.forEach((cell, number) => {
      fill(cell, cells[number]);
      const now = playing && Math.floor(number / seen.steps[0].length) === beat;
      cell.classList.toggle("reading", now);
    });
    answers.forEach((cell, number) => {
      const asked = !playing || beat >= seen.steps.length;
      fill(cell, asked ? seen.answers[number] : { scaled: "?", told: seen.answers[number].told.split(":")[0] });
    });
    const now = playing && seen.steps.length > 1 && beat < seen.steps.length;
    reading.setAttribute("visibility", now ? "visible" : "hidden");
    if (now) move(reading, seen.steps[beat][0].row);
    memory.textContent = seen.memory;
    const last = cells[cells.length - 1].told;
    const read = cells.length > 1 ? `${cells[0].told} up to ${last}` : cells[0].told;
    title.textContent = `A window over your series: the network reads ${read}, and has to answer ${seen.answers[0].told}.`;
    told.setAttribute("aria-live", playing ? "off" : "polite");
    told.textContent = `Sample ${(place + 1).toLocaleString("en")} of ${lesson.shape[0].toLocaleString("en")}`
      + (playing ? "" : `: reads ${read}; answers ${seen.answers[0].told}`);
  }

  function go(by) {
    place = (place + by + lesson.samples.length) % lesson.samples.length;
    beat = 0;
    show();
  }

  function tick() {
    beat += 1;
    if (beat >= beats()) go(1); else show();
  }

  function run(on) {
    clearInterval(timer);
    timer = on ? setInterval(tick, BEAT) : 0;
    beat = 0;
    play.textContent = on ? "Pause" : "Play";
    show();
  }

  function button(name, words, by) {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset.do = name;
    made.textContent = words;
    made.addEventListener("click", () => { run(false); go(by); });
    find(`a[data-do=${name}]`)?.remove();
    return made;
  }

  play.hidden = false;
  play.addEventListener("click", () => run(timer === 0));
  play.after(button("back", "Previous sample", -1), button("next", "Next sample", 1));
  find(".controls").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    run(false);
    go(by);
  });
  // It waits until it is looked at, and stands still for who wants no motion.
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    if (!calm.matches && box.dataset.still === undefined) run(true);
  }, { threshold: 0.4 });
  run(false);
  near.observe(find(".stage"));
  calm.addEventListener("change", () => { if (calm.matches) run(false); });
}

if (own) begin(own);
