// The page: what is shown, by what is chosen and turned.
import { table, index } from "./colours.js";
import { View, place } from "./view.js";
import { Knobs, text } from "./knobs.js";
import { get, post, tile, events } from "./server.js";
import { bars, lines } from "./charts.js";

const $ = id => document.getElementById(id);
const signedLayers = new Set(["residual", "difference", "derivative"]), ofParameter = new Set(["derivative", "information"]);
let state, percentile = {}, blinking = 0, undone = [], drawing = null, polygon = null, losses = [], rings = [], spots = [];

const view = new View($("view"), tile, save);
view.overlays.push(drawRings, drawSpots, drawBeam, drawMask);
const knobs = new Knobs($("knobs"), turn, () => { if (knobs.rows.size) undone.push(before), before = knobs.values(); });
let before = {};

// fail shows an error where the outcome is.
function fail(error) { const p = $("saved"); p.textContent = error.message; p.className = "error"; }

function key(layer = $("layer").value) {
  const of = ofParameter.has(layer) ? "&parameter=" + encodeURIComponent($("parameter").value) : "";
  return `layer=${layer}&image=${state.image}&revision=${layer === "data" ? "m" + state.masks : state.revision}${of}`;
}

// show draws the chosen layer with the chosen colours.
async function show(layer = $("layer").value) {
  const k = key(layer), signed = signedLayers.has(layer);
  $("by").hidden = !ofParameter.has($("layer").value);
  $("colours").disabled = signed;
  if (!percentile[k]) {
    const h = await get("histogram?" + k);
    const old = Object.keys(percentile);
    if (old.length > 50) delete percentile[old[0]];
    percentile[k] = h;
  }
  const h = percentile[k], own = parseFloat($("high").value);
  const high = own > 0 ? own : Math.max(layer === "residual" ? 3 : 0, h.percentiles["99.9"] || 0) || 1;
  $("high").placeholder = high.toPrecision(3);
  bars($("histogram"), h.counts, h.from, h.to);
  view.show(k, table($("colours").value, signed), index($("scale").value, high, signed));
}

// accept takes a new state of the server.
function accept(next) {
  state = next;
  knobs.update(Object.fromEntries(state.knobs.map(k => [k.name, k.value])));
}

let wanted = null, asking = false;
// turn sets parameters: the last of the values that come while the server is at work.
async function turn(values) {
  wanted = { ...wanted, ...values };
  if (asking) return;
  asking = true;
  $("busy").hidden = false;
  try {
    while (wanted) {
      const now = wanted;
      wanted = null;
      const next = await post("values", now);
      state = next;
      if ($("layer").value === "data") $("layer").value = "model";
      await show();
      if (!wanted) knobs.update(Object.fromEntries(next.knobs.filter(k => !(k.name in now)).map(k => [k.name, k.value])));
    }
    $("saved").textContent = "";
    if ($("spots").checked) await loadSpots();
    if ($("rings").checked || $("ice").checked) await loadRings();
  } catch (e) {
    fail(e);
    accept(await get("state"));
  } finally {
    asking = false;
    $("busy").hidden = true;
  }
}

async function undo() {
  const values = undone.pop();
  if (!values) return;
  before = values;
  await turn(values);
  knobs.update(values);
}

async function goTo(image) {
  image = Math.max(state.first, Math.min(state.last, Math.round(image)));
  if (image === state.image) return;
  $("busy").hidden = false;
  try {
    state.image = image;
    $("image").value = $("slide").value = image;
    await get("histogram?" + key("data")); // which reads the image
    accept(await get("state"));
    await show();
    if ($("spots").checked) await loadSpots();
  } catch (e) { fail(e); } finally { $("busy").hidden = true; }
}

async function loadRings() { rings = await get("rings") || []; view.draw(); }
async function loadSpots(residuals = false) { spots = await get(`spots?image=${state.image}${residuals ? "&residuals=1" : ""}`); list(); view.draw(); }

function drawRings(c, v) {
  for (const r of rings) {
    if (!(r.ice ? $("ice") : $("rings")).checked) continue;
    c.strokeStyle = c.fillStyle = r.ice ? "#2f8fd8" : "#d08a1d";
    c.setLineDash(r.ice ? [4, 4] : []);
    for (const line of r.lines) {
      c.beginPath();
      for (const [x, y] of line) c.lineTo(...v.canvasOf(x, y));
      c.stroke();
      if (!r.ice) c.fillText(r.resolution + " Å", ...v.canvasOf(...line[Math.floor(line.length / 8)]));
    }
  }
  c.setLineDash([]);
}

const leastPartiality = 0.02; // of spots that are drawn

function drawSpots(c, v) {
  if (!$("spots").checked) return;
  c.strokeStyle = c.fillStyle = "#c2185b";
  const labels = v.zoom >= 4, size = Math.max(4, 3 * v.zoom);
  for (const s of spots) {
    const [x, y] = v.canvasOf(...place(v.panels[s.panel], s.fast, s.slow));
    if (s.partiality < leastPartiality || x < -20 || y < -20 || x > v.canvas.clientWidth + 20 || y > v.canvas.clientHeight + 20) continue;
    c.strokeRect(x - size, y - size, 2 * size, 2 * size);
    if (labels) c.fillText(s.hkl.join(" "), x + size + 2, y);
  }
}

function drawBeam(c, v) {
  const p = v.panels[0];
  if (!p?.beam) return;
  const [x, y] = v.canvasOf(...place(p, ...p.beam));
  c.strokeStyle = "#0a8f3c";
  c.beginPath();
  c.moveTo(x - 8, y); c.lineTo(x + 8, y); c.moveTo(x, y - 8); c.lineTo(x, y + 8);
  c.stroke();
}

function drawMask(c, v) {
  if (!polygon?.length) return;
  c.strokeStyle = "#e6007e";
  c.beginPath();
  for (const [f, s] of polygon) c.lineTo(...v.canvasOf(...place(v.panels[drawing.panel], f, s)));
  c.closePath();
  c.stroke();
}

// list shows the spots that are searched for, or the worst.
function list(worst) {
  const words = $("find").value.trim().split(/[\s,]+/).filter(Boolean).map(Number);
  let chosen = words.length ? spots.filter(s => words.every((w, i) => s.hkl[i] === w)) : spots;
  if (worst) chosen = [...chosen].sort((a, b) => Math.abs(b.worst || 0) - Math.abs(a.worst || 0));
  $("list").replaceChildren(...chosen.slice(0, 100).map(s => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.textContent = `${s.hkl.join(" ")}  ${s.resolution.toFixed(2)} Å` + (s.worst ? `  ${s.worst.toFixed(1)} σ` : "");
    button.addEventListener("click", () => jump(s));
    item.append(button);
    return item;
  }));
  return chosen;
}

function jump(s) {
  [view.x, view.y] = place(view.panels[s.panel], s.fast, s.slow);
  view.zoom = Math.max(view.zoom, 12);
  view.draw();
  look(s.panel, s.fast, s.slow);
}

let nextWorst = 0, worstOf = "";
async function worst() {
  $("spots").checked = true;
  if (worstOf !== key("residual")) {
    await loadSpots(true);
    worstOf = key("residual");
    nextWorst = 0;
  }
  const chosen = list(true);
  if (chosen.length) jump(chosen[nextWorst++ % Math.min(chosen.length, 100)]);
}

let looking = 0;
// look shows what is known of a pixel.
async function look(panel, fast, slow) {
  const mine = ++looking;
  let p;
  try { p = await get(`pixel?image=${state.image}&panel=${panel}&fast=${fast}&slow=${slow}`); } catch { return; }
  if (mine !== looking) return;
  const rows = [["pixel", `${Math.floor(p.fast)}, ${Math.floor(p.slow)}` + (view.panels.length > 1 ? ` of panel ${view.panels[panel].name || panel}` : "")],
    ["photons", p.counted ? text(p.data) : "does not count"], ["model", p.model === undefined ? "not simulated" : p.model.toPrecision(5)],
    ["residual", p.residual === undefined ? "" : p.residual.toFixed(2) + " σ"], ["resolution", p.resolution ? p.resolution.toFixed(3) + " Å" : ""], ["2θ", p.two_theta.toFixed(3) + "°"],
    ["hkl", p.hkl ? p.hkl.map(h => h.toFixed(2)).join(", ") : ""], ["nearest", p.hkl ? p.hkl.map(h => Math.round(h)).join(" ") : ""]];
  if (p.spot) rows.push(["spot", p.spot.hkl.join(" ")], ["F", p.spot.f.toPrecision(4)], ["partiality", p.spot.partiality.toFixed(3)], ["phi", p.spot.phi.toFixed(3) + "°"]);
  $("pixel").replaceChildren(...rows.map(r => { const tr = document.createElement("tr"); for (const t of r) tr.append(Object.assign(document.createElement("td"), { textContent: t })); return tr; }));
}

function blink() {
  if (blinking) { clearInterval(blinking); blinking = 0; show(); }
  else { let on = false; blinking = setInterval(() => show((on = !on) ? "model" : "data"), 600); }
  $("blink").setAttribute("aria-pressed", !!blinking);
}

function draw(counts) {
  const off = drawing && drawing.counts === counts;
  drawing = off ? null : { counts, panel: 0 };
  polygon = null;
  $("draw").setAttribute("aria-pressed", !!drawing && !counts);
  $("erase").setAttribute("aria-pressed", !!drawing && counts);
}

async function endMask() {
  if (!polygon || polygon.length < 3) return;
  const asked = { panel: drawing.panel, polygon, counts: drawing.counts };
  polygon = null;
  try { accept(await post("mask", asked)); await show(); } catch (e) { fail(e); }
}

// save puts what is shown into the address, so that it can be come back to.
function save() {
  const q = new URLSearchParams({ layer: $("layer").value, scale: $("scale").value, colours: $("colours").value, x: view.x.toFixed(1), y: view.y.toFixed(1), zoom: view.zoom.toPrecision(4), image: state.image });
  for (const id of ["rings", "ice", "spots"]) if ($(id).checked) q.set(id, 1);
  if ($("high").value) q.set("high", $("high").value);
  if (ofParameter.has($("layer").value)) q.set("parameter", $("parameter").value);
  history.replaceState(null, "", "#" + q);
}

function restore() {
  const q = new URLSearchParams(location.hash.slice(1));
  for (const id of ["layer", "scale", "colours", "high", "parameter"]) if (q.has(id)) $(id).value = q.get(id);
  for (const id of ["rings", "ice", "spots"]) $(id).checked = q.has(id);
  if (q.has("zoom")) Object.assign(view, { x: +q.get("x"), y: +q.get("y"), zoom: +q.get("zoom") });
  return q.has("zoom");
}

function download(name, blob) {
  const a = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}

const png = () => new Promise(done => $("view").toBlob(done));

async function svg() {
  const data = await new Promise(async done => { const r = new FileReader(); r.onload = () => done(r.result); r.readAsDataURL(await png()); });
  const w = $("view").clientWidth, h = $("view").clientHeight, colours = table($("colours").value, signedLayers.has($("layer").value));
  const bar = [...colours].map((v, i) => `<rect x="${10 + i}" y="${h + 8}" width="1.5" height="12" fill="rgb(${v & 255},${v >> 8 & 255},${v >> 16 & 255})"/>`).join("");
  const high = $("high").value || $("high").placeholder, low = signedLayers.has($("layer").value) ? "−" + high : "0";
  const name = $("layer").selectedOptions[0].textContent + (ofParameter.has($("layer").value) ? " " + $("parameter").value : "");
  download("view.svg", new Blob([`<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h + 44}" font-family="sans-serif" font-size="12"><image href="${data}" width="${w}" height="${h}"/>${bar}` +
    `<text x="10" y="${h + 34}">${low}</text><text x="266" y="${h + 34}" text-anchor="end">${high}</text><text x="290" y="${h + 20}">${state.title}, image ${state.image}: ${name}, ${$("scale").value}</text></svg>`], { type: "image/svg+xml" }));
}

function iterated(i) {
  losses.push(i.loss);
  $("progress").textContent = `step ${i.number}, loss ${i.loss.toPrecision(8)}`;
  if (losses.length > 1) lines($("losses"), losses.map((_, k) => k), [{ values: losses, colour: getComputedStyle(document.body).getPropertyValue("--accent") }], ["1", String(losses.length)]);
  if (i.values) { knobs.update(i.values); get("state").then(async next => { accept(next); if ($("layer").value !== "data") await show(); }).catch(fail); }
}

async function finished(o) {
  $("refine").disabled = false;
  $("stop").disabled = true;
  const p = $("outcome");
  p.replaceChildren();
  const line = (t, kind) => p.append(Object.assign(document.createElement("div"), { textContent: t, className: kind || "" }));
  if (o.error) line(o.error, "error");
  if (o.verdict) {
    const [first, ...rest] = o.verdict.trim().split("\n"); // FIT or NOT A FIT, then why
    line(first, o.fit ? "fit" : "nofit");
    line(rest.join("\n"));
  }
  if (o.parameters) {
    const t = document.createElement("table");
    for (const q of o.parameters) {
      const tr = document.createElement("tr");
      for (const cell of [q.name, text(q.value), q.sigma ? "± " + q.sigma.toPrecision(2) : ""]) tr.append(Object.assign(document.createElement("td"), { textContent: cell }));
      t.append(tr);
    }
    p.append(t);
    line(strongest(o));
  }
  if (o.files) line(`${o.folder}: ${o.files.join(", ")}`);
  accept(await get("state"));
  $("layer").value = "residual";
  await show();
}

// strongest names the two parameters that are the least told apart.
function strongest(o) {
  let best = 0, words = "";
  (o.correlations || []).forEach((row, i) => row.forEach((r, j) => { if (j < i && Math.abs(r) > Math.abs(best)) { best = r; words = `${o.parameters[i].name} and ${o.parameters[j].name}: correlation ${r.toFixed(3)}`; } }));
  return words;
}

const cycle = id => { const s = $(id); s.selectedIndex = (s.selectedIndex + 1) % s.options.length; s.dispatchEvent(new Event("change")); };
const brighten = factor => { $("high").value = ((parseFloat($("high").value) || parseFloat($("high").placeholder)) * factor).toPrecision(3); show().catch(fail); };
const layerKeys = { 1: "data", 2: "model", 3: "residual", 4: "difference" };
const move = (dx, dy) => { view.x += dx * 60 / view.zoom; view.y += dy * 60 / view.zoom; view.draw(); };
const keys = {
  b: blink, f: () => view.whole(), z: () => view.zoomAt(1 / view.zoom), l: () => cycle("scale"), c: () => cycle("colours"), g: () => $("rings").click(), i: () => $("ice").click(), s: () => $("spots").click(),
  w: () => worst().catch(fail), m: () => draw(false), u: () => undo().catch(fail), p: () => $("png").click(), "?": () => $("sheet").showModal(), "+": () => view.zoomAt(1.4), "=": () => view.zoomAt(1.4), "-": () => view.zoomAt(1 / 1.4),
  ",": () => brighten(1.3), ".": () => brighten(1 / 1.3), "[": () => goTo(state.image - 1), "]": () => goTo(state.image + 1), Enter: endMask, Escape: () => { drawing && draw(drawing.counts); view.draw(); },
  ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
};

function listen() {
  for (const id of ["layer", "scale", "colours", "high", "parameter"]) $(id).addEventListener("change", () => show().catch(fail));
  for (const id of ["rings", "ice"]) $(id).addEventListener("change", () => rings.length ? view.draw() : loadRings().catch(fail));
  $("spots").addEventListener("change", () => $("spots").checked ? loadSpots().catch(fail) : view.draw());
  const click = { fitview: () => view.whole(), one: keys.z, blink, help: keys["?"], undo: keys.u, draw: () => draw(false), erase: () => draw(true), worst: keys.w, previous: keys["["], next: keys["]"], svg: () => svg().catch(fail) };
  for (const [id, f] of Object.entries(click)) $(id).addEventListener("click", f);
  $("png").addEventListener("click", async () => download("view.png", await png()));
  const kept = what => async () => { try { $("saved").textContent = (await post("save", { what })).path; $("saved").className = ""; } catch (e) { fail(e); } };
  $("save").addEventListener("click", kept("experiment"));
  $("savemask").addEventListener("click", kept("mask"));
  $("find").addEventListener("input", () => list());
  $("filter").addEventListener("input", () => knobs.filter($("filter").value));
  $("image").addEventListener("change", () => goTo(+$("image").value));
  $("slide").addEventListener("input", () => goTo(+$("slide").value));
  $("radial").addEventListener("click", async () => {
    try {
      const r = await get("radial?image=" + state.image), style = getComputedStyle(document.body);
      lines($("profile"), r.resolution.map(d => 1 / d), [{ values: r.data, colour: style.color }, { values: r.model, colour: style.getPropertyValue("--accent") }], [r.resolution[0].toPrecision(3) + " Å", r.resolution.at(-1).toPrecision(3) + " Å"]);
    } catch (e) { fail(e); }
  });
  $("refine").addEventListener("click", async () => {
    losses = [];
    $("outcome").textContent = "";
    try { await post("refine", { free: knobs.free(), reject: $("reject").checked }); $("refine").disabled = true; $("stop").disabled = false; $("progress").textContent = "started"; } catch (e) { fail(e); }
  });
  $("stop").addEventListener("click", () => post("stop", {}).catch(fail));
  events({ iteration: iterated, outcome: o => finished(o).catch(fail) });

  const canvas = $("view");
  let drag = null;
  canvas.addEventListener("pointerdown", e => {
    canvas.focus();
    const p = view.pixel(e.offsetX, e.offsetY);
    if (drawing && p) {
      if (e.shiftKey) { polygon = [...(polygon || []), [p.fast, p.slow]]; drawing.panel = p.panel; view.draw(); return; }
      drawing.panel = p.panel;
      drag = { mask: p };
    } else drag = { x: e.offsetX, y: e.offsetY };
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", e => {
    const p = view.pixel(e.offsetX, e.offsetY);
    if (drag?.mask) { if (p?.panel === drawing.panel) { const a = drag.mask; polygon = [[a.fast, a.slow], [p.fast, a.slow], [p.fast, p.slow], [a.fast, p.slow]]; view.draw(); } return; }
    if (drag) { view.x -= (e.offsetX - drag.x) / view.zoom; view.y -= (e.offsetY - drag.y) / view.zoom; drag.x = e.offsetX; drag.y = e.offsetY; view.draw(); return; }
    if (p) look(p.panel, p.fast, p.slow);
  });
  canvas.addEventListener("pointerup", () => { const mask = drag?.mask; drag = null; if (mask) endMask(); });
  canvas.addEventListener("wheel", e => { e.preventDefault(); view.zoomAt(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY); }, { passive: false });
  addEventListener("keydown", e => {
    if (e.target.matches("input, select, textarea") || $("sheet").open || e.ctrlKey || e.metaKey || e.altKey) return;
    if (layerKeys[e.key]) { $("layer").value = layerKeys[e.key]; show().catch(fail); return; }
    const f = keys[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (f) { e.preventDefault(); f(); }
  });
}

async function start() {
  state = await get("state");
  document.title = state.title + " – gobragg view";
  $("title").textContent = state.title;
  view.panels = state.panels;
  $("parameter").replaceChildren(...state.knobs.map(k => new Option(k.name)));
  knobs.build(state.knobs);
  before = knobs.values();
  $("notices").replaceChildren(...state.notices.map(n => Object.assign(document.createElement("li"), { textContent: n })));
  $("sweep").hidden = state.first === state.last;
  Object.assign($("slide"), { min: state.first, max: state.last, value: state.image });
  $("image").value = state.image;
  for (const id of ["save", "savemask", "refine"]) $(id).disabled = !state.folder;
  const kept = restore();
  listen();
  if (!kept) view.whole();
  await show();
  if ($("spots").checked) await loadSpots();
  if ($("rings").checked || $("ice").checked) await loadRings();
  document.body.dataset.ready = "1";
}

start().catch(fail);
