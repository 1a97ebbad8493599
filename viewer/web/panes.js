// Panes: one picture, or two side by side that move together, each of a layer of its own.
import { $, app, ofParameter, signedLayers, needsModel, fail } from "./app.js";
import { View, Camera } from "./view.js";
import { table, index } from "./colours.js";
import { get, tile } from "./server.js";
import { bars } from "./charts.js";

app.camera = new Camera();

export class Pane {
  constructor(canvas, label, moved) {
    Object.assign(this, { label, layer: "data", parameter: "", other: "", flip: false });
    this.view = new View(canvas, app.camera, tile, moved);
  }

  query() {
    const s = app.state, of = (ofParameter.has(this.layer) ? "&parameter=" + encodeURIComponent(this.parameter) : "") + (this.layer === "remainder" ? "&other=" + encodeURIComponent(this.other) : "");
    return `layer=${this.layer}&image=${s.image}&revision=${this.layer === "data" ? s.masks : s.revision}${of}`;
  }

  words() {
    const p = this.parameter;
    return { data: "data", model: "model", residual: "residual, σ", difference: "data − model", derivative: "derivative by " + p, sigma: "what one σ of " + p + " changes" + (this.flip ? ", turned around" : ""),
      information: "information on " + p, remainder: "of one σ of " + p + ", what " + this.other + " does not imitate" }[this.layer];
  }

  // show draws the layer with the chosen colours, and returns its histogram and the ends of its colours.
  async show() {
    const k = this.query(), signed = signedLayers.has(this.layer), h = await histogram(k);
    const ends = await contrast(this.layer, h);
    this.signed = signed;
    this.ends = ends;
    this.label.textContent = this.words() + (h.sigma ? ` (σ = ${h.sigma.toPrecision(3)})` : "");
    this.view.show(k, table(signed ? $("signed").value : $("colours").value, signed), index($("scale").value, ends.low, ends.high, signed, this.flip));
    return h;
  }
}

const histograms = new Map();
async function histogram(k) {
  if (!histograms.has(k)) {
    if (histograms.size > 50) histograms.delete(histograms.keys().next().value);
    histograms.set(k, await get("histogram?" + k));
  }
  return histograms.get(k);
}

// contrast is what the first and the last colour stand for. The model has the data's, so that they can be compared.
async function contrast(layer, h) {
  const own = parseFloat($("high").value), low = parseFloat($("low").value) || 0, p = $("percentile").value;
  let from = h;
  if (layer === "model") from = await histogram(`layer=data&image=${app.state.image}&revision=${app.state.masks}`).catch(() => h);
  let high = p === "100" ? Math.max(from.greatest, -from.least) : from.percentiles[p] || 0;
  if (layer === "residual") high = Math.max(3, high);
  if (Number.isFinite(own)) high = own;
  return { low, high: high > low ? high : low + 1 };
}

let turn = 0;
// showAll draws all panes that are seen.
export async function showAll() {
  const mine = ++turn, beside = $("beside").value !== "";
  app.showing++;
  try { await showPanes(mine, beside); } finally { app.showing--; }
}

async function showPanes(mine, beside) {
  const [a, b] = app.panes;
  $("pane2").hidden = !beside;
  if (needsModel(a.layer) && app.state.lacks) a.layer = $("layer").value = "data";
  const shown = beside ? [a, b] : [a];
  const list = await Promise.all(shown.map(p => p.show()));
  if (mine !== turn) return;
  $("high").placeholder = a.ends.high.toPrecision(3);
  const h = list[0];
  bars($("histogram"), h.counts, h.from, h.to, a.signed ? [-a.ends.high, a.ends.high] : [a.ends.low, a.ends.high]);
  app.bar?.();
}

// choose makes a layer that of a pane, as the controls say.
export function chosen() {
  const [a, b] = app.panes;
  a.layer = $("layer").value;
  a.parameter = $("parameter").value;
  b.layer = $("beside").value || b.layer;
  if (!b.pair) { b.parameter = a.parameter; b.flip = false; }
  if (a.layer !== "remainder") a.other = b.parameter;
  $("by").hidden = !ofParameter.has(a.layer) && !ofParameter.has($("beside").value);
  showAll().catch(fail);
}

let blinking = 0;
// blink shows two layers in turn: those that are side by side, or data and model.
export function blink() {
  const [a, b] = app.panes;
  if (blinking) {
    clearInterval(blinking);
    blinking = 0;
    Object.assign(a, a.own);
    $("blink").setAttribute("aria-pressed", false);
    showAll().catch(fail);
    return;
  }
  a.own = { layer: a.layer, parameter: a.parameter, other: a.other, flip: a.flip };
  const second = $("beside").value ? { layer: b.layer, parameter: b.parameter, other: b.other, flip: b.flip } : { layer: a.layer === "model" ? "data" : "model" };
  let on = false;
  $("blink").setAttribute("aria-pressed", true);
  blinking = setInterval(() => { on = !on; Object.assign(a, on ? second : a.own); a.show().catch(fail); }, 600);
}
export const isBlinking = () => blinking !== 0;
