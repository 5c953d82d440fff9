// Draws the charts of a page: each <figure class="chart" data-spec="address"> when it comes into view.
"use strict";

const bundle = document.currentScript.dataset.vega;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

// The inks of the theme of the charts, and what they are on a dark page.
const INKS = {
  "#23272f": "#e8eaee", "#667080": "#a4adba", "#e3e6ea": "#363d48", "#a6adb8": "#7d8796",
  "#0072b2": "#56b4e9", "#d55e00": "#ff9a52", "#009e73": "#3fd0a4", "#aa4499": "#dd8fd0",
};

let loading;

function loaded() {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = bundle;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

function dressed(text) {
  const own = dark.matches
    ? text.replace(/#[0-9a-f]{6}\b/gi, (ink) => INKS[ink.toLowerCase()] ?? ink)
    : text;
  const spec = JSON.parse(own);
  spec.config = { ...spec.config, background: "transparent", font: getComputedStyle(document.body).fontFamily };
  const single = !(spec.hconcat || spec.vconcat || spec.concat || spec.facet || spec.repeat);
  if (single && typeof spec.width === "number") {
    spec.width = "container";
    spec.autosize = { type: "fit-x", contains: "padding" };
  }
  return spec;
}

async function draw(figure) {
  const canvas = figure.querySelector(".canvas");
  try {
    const [answer] = await Promise.all([fetch(figure.dataset.spec), loaded()]);
    if (!answer.ok) throw new Error(`${answer.status}`);
    figure.text = await answer.text();
    await show(figure);
  } catch (error) {
    canvas.querySelector(".wait")?.append(" (The chart cannot be drawn now; reload the page.)");
    console.error(error);
  }
}

async function show(figure) {
  const inner = document.createElement("div");
  inner.className = "drawing";
  const canvas = figure.querySelector(".canvas");
  canvas.replaceChildren(inner);
  const drawn = await window.vegaEmbed(inner, dressed(figure.text), {
    actions: false, ast: true, defaultStyle: false, renderer: "canvas",
    tooltip: { theme: "studio", disableDefaultStyle: true },
  });
  figure.view = drawn.view;
  figure.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "300px" });

// Other scripts add figures, or give one another address: studioCharts.watch(figure) draws it.
window.studioCharts = {
  watch(figure) { seen.unobserve(figure); seen.observe(figure); },
};

for (const figure of document.querySelectorAll("figure.chart")) seen.observe(figure);
dark.addEventListener("change", () => {
  for (const figure of document.querySelectorAll("figure.chart")) if (figure.text) show(figure);
});
