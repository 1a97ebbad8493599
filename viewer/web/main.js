// The page: what is shown, by what is chosen and turned.
import { $, app, element, fail, tell, download, ofParameter } from "./app.js";
import { loadColours, css, table, value } from "./colours.js";
import { Pane, showAll, chosen, blink, isBlinking } from "./panes.js";
import { place } from "./view.js";
import { Knobs, text } from "./knobs.js";
import { get, post, frame, events } from "./server.js";
import { overlays } from "./overlays.js";
import * as tools from "./tools.js";
import * as fit from "./fit.js";
import { film, mark, renew } from "./film.js";
import { save, restore, shown } from "./address.js";

const camera = app.camera;
app.panes = [new Pane($("view"), $("label1"), moved), new Pane($("view2"), $("label2"))];
for (const p of app.panes) p.view.overlays.push(...overlays);
app.knobs = new Knobs($("knobs"), slide, settle);

let settledAt = 0;
function moved() { save(); settledAt = performance.now(); }

// accept takes a new state of the server.
app.accept = next => {
  const masks = app.state?.masks;
  app.state = next;
  if (next.knobs) app.knobs.update(Object.fromEntries(next.knobs.map(k => [k.name, k.value])));
  $("lacks").textContent = next.lacks ? (next.preparing ? "the model is being prepared …" : "no model: " + next.lacks) : "";
  $("lacks").hidden = !next.lacks;
  for (const id of ["save", "expt", "savemask", "pbm"]) $(id).disabled = !next.folder || (id === "save" || id === "expt") && !!next.lacks;
  for (const o of [...$("layer").options, ...$("beside").options]) o.disabled = !!next.lacks && o.value !== "" && o.value !== "data";
  for (const id of ["worst", "alike"]) $(id).disabled = !!next.lacks;
  fit.running(next.running);
  if (masks !== undefined && masks !== next.masks && next.first !== next.last) renew();
};

// Undo: the values before each change.
const undone = [];
let before = {};
app.remember = () => { undone.push(before); before = app.knobs.values(); };

// While a slider moves, frames follow it: the last of the values that came while the server was at work.
let wanted = null, asking = null;
const frameLayers = new Set(["model", "residual", "difference"]);
function slide(values) {
  wanted = { ...wanted, ...values };
  asking ||= follow().finally(() => { asking = null; });
}

async function follow() {
  if ($("layer").value === "data" && !$("beside").value) { $("layer").value = "model"; chosen(); }
  let all = {}, coarser = 0;
  try {
    while (wanted) {
      const seen = app.panes.filter((p, i) => frameLayers.has(p.layer) && (i === 0 || $("beside").value));
      if (!seen.length) return;
      all = { ...all, ...wanted };
      wanted = null;
      const tiles = [], begin = performance.now();
      for (const p of seen) {
        let list = p.view.visible(coarser);
        for (let more = 1; list.length > 40 && more < 4; more++) list = p.view.visible(coarser + more);
        for (const t of list) tiles.push({ layer: p.layer, ...t });
      }
      const got = await frame({ image: app.state.image, values: all, tiles });
      $("busy").textContent = got.coarse ? "coarse preview" : "";
      $("busy").hidden = !got.coarse;
      for (const p of seen) {
        p.view.holding = true;
        p.view.frames(got.list.filter(t => t.layer === p.layer));
      }
      document.body.dataset.frames = +(document.body.dataset.frames || 0) + 1;
      await new Promise(requestAnimationFrame);
      if (performance.now() - begin > 45 && coarser < 2) coarser++; // half the resolution, to follow the slider
    }
  } catch (e) { wanted = null; fail(e); }
}

// settle shows the full model when a slider is let go, or a number is entered.
async function settle(values) {
  app.remember();
  wanted = null;
  if ($("layer").value === "data" && !$("beside").value) { $("layer").value = "model"; app.panes[0].layer = "model"; }
  await turn(values);
}

let latest = 0;
async function turn(values) {
  const mine = ++latest;
  $("busy").textContent = "computing";
  $("busy").hidden = false;
  try {
    await asking;
    app.accept(await post("values", values));
    if (mine !== latest) return;
    await redraw();
  } catch (e) {
    fail(e);
    app.accept(await get("state"));
    await redraw().catch(fail);
  } finally {
    if (mine === latest) $("busy").hidden = true;
  }
}

// redraw shows the layers, and what lies over them, of the present values.
async function redraw() {
  for (const p of app.panes) p.view.holding = false;
  await showAll();
  if ($("spots").checked) await loadSpots();
  if ($("rings").checked || $("ice").checked) await loadRings();
}

async function undo() {
  const values = undone.pop();
  if (!values) { tell("There is nothing to undo."); return; }
  before = values;
  const now = app.knobs.values();
  await turn(Object.fromEntries(Object.entries(values).filter(([name, v]) => now[name] !== v)));
  app.knobs.update(values);
}

async function goTo(image) {
  const s = app.state;
  image = Math.max(s.first, Math.min(s.last, Math.round(image)));
  if (image === s.image || !Number.isFinite(image)) return;
  s.image = app.image = image;
  $("image").value = $("slide").value = image;
  mark(image);
  try {
    await showAll();
    if (image !== app.image) return; // another one was chosen meanwhile
    if ($("spots").checked) await loadSpots();
  } catch (e) { fail(e); }
}

async function loadRings() { app.rings = await get("rings"); camera.draw(); }
async function loadSpots(residuals = false) { app.spots = await get(`spots?image=${app.state.image}${residuals ? "&residuals=1" : ""}`); list(); camera.draw(); }

// list shows the spots that are searched for, or the worst.
function list(worst) {
  const words = $("find").value.trim().split(/[\s,]+/).filter(Boolean).map(Number);
  let found = words.length ? app.spots.filter(s => words.every((w, i) => s.hkl[i] === w)) : app.spots;
  if (worst) found = [...found].sort((a, b) => Math.abs(b.worst || 0) - Math.abs(a.worst || 0));
  $("list").replaceChildren(...found.slice(0, 100).map(s => element("li", {}, element("button", { textContent: `${s.hkl.join(" ")}  ${s.resolution.toFixed(2)} Å` + (s.worst ? `  ${s.worst.toFixed(1)} σ` : ""), onclick: () => jump(s) }))));
  return found;
}

function jump(s) {
  [camera.x, camera.y] = place(camera.panels[s.panel], s.fast, s.slow);
  camera.zoom = Math.max(camera.zoom, 12);
  app.cursor = { panel: s.panel, fast: s.fast, slow: s.slow };
  camera.draw();
  look(app.cursor);
}

let nextWorst = 0, worstOf = "";
async function worst() {
  const of = `${app.state.image} ${app.state.revision}`;
  if (worstOf !== of) {
    $("spots").checked = true;
    await loadSpots(true);
    worstOf = of;
    nextWorst = 0;
  }
  $("spotsPart").open = true;
  const found = list(true);
  if (found.length) jump(found[nextWorst++ % Math.min(found.length, 100)]);
}

let looking = 0, lookingNow = false;
// look shows what is known of a pixel: the last one that was asked for while the server was at work.
async function look(p) {
  looking++;
  if (lookingNow) return;
  lookingNow = true;
  try {
    for (let done = 0, at = p; done !== looking; at = app.cursor || p) {
      done = looking;
      pixel(await get(`pixel?image=${app.state.image}&panel=${at.panel}&fast=${at.fast}&slow=${at.slow}`));
    }
  } catch { /* an image that is being read: the next movement asks again */ } finally { lookingNow = false; }
}

function pixel(p) {
  const rows = [["pixel", `${Math.floor(p.fast)}, ${Math.floor(p.slow)}` + (camera.panels.length > 1 ? ` of panel ${camera.panels[p.panel].name || p.panel}` : "")],
    [app.state.spots ? "photons" : "counts", p.counted ? text(p.data) : "does not count"]];
  if (!app.state.lacks) rows.push(["model", p.model === undefined ? "not simulated" : p.model.toPrecision(5)], ["residual", p.residual === undefined ? "" : p.residual.toFixed(2) + " σ"]);
  if (p.resolution) rows.push(["resolution", p.resolution.toFixed(3) + " Å"]);
  if (p.two_theta !== undefined) rows.push(["2θ", p.two_theta.toFixed(3) + "°"]);
  if (p.hkl) rows.push(["hkl", p.hkl.map(h => h.toFixed(2)).join(", ")], ["nearest", p.hkl.map(h => Math.round(h) + 0).join(" ")]);
  if (p.spot) rows.push(["spot", p.spot.hkl.join(" ")], ["F", app.state.lacks ? "not known yet" : p.spot.f.toPrecision(4)], ["partiality", p.spot.partiality.toFixed(3)], ["phi", p.spot.phi.toFixed(3) + "°"]);
  $("pixel").replaceChildren(...rows.map(r => element("tr", {}, ...r.map(t => element("td", { textContent: t })))));
}

// The bar of the colours under the first picture.
app.bar = () => {
  const a = app.panes[0], c = $("bar").getContext("2d"), colours = table(a.signed ? $("signed").value : $("colours").value, a.signed);
  for (let i = 0; i < 256; i++) { c.fillStyle = css(colours[i]); c.fillRect(i, 0, 1, 1); }
  const at = t => { const v = value(t, $("scale").value, a.ends.low, a.ends.high, a.signed); return Math.abs(v) < 1e-12 ? "0" : String(+v.toPrecision(2)); };
  $("ends").replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map(t => element("span", { textContent: at(t) })));
};

const size = () => ({ width: Math.round($("view").clientWidth), height: Math.round($("view").clientHeight) });
const picture = format => download("view." + format, `api/picture?format=${format}&` + new URLSearchParams([...shown(), ...Object.entries(size())]));

async function command() {
  try {
    const c = (await get("command?" + new URLSearchParams([...shown(), ...Object.entries(size())]))).command;
    $("commandline").value = c;
    $("commandline").hidden = false;
    $("commandline").select();
    await navigator.clipboard?.writeText(c).then(() => tell("The command line is in the clipboard."), () => {});
  } catch (e) { fail(e); }
}

async function keep(what) {
  try { tell("saved " + (await post("save", { what })).paths.join(", ")); } catch (e) { fail(e); }
}

const cycle = id => { const s = $(id); do s.selectedIndex = (s.selectedIndex + 1) % s.options.length; while (s.options[s.selectedIndex].disabled); s.dispatchEvent(new Event("change")); };
const brighten = factor => { $("high").value = ((parseFloat($("high").value) || parseFloat($("high").placeholder)) * factor).toPrecision(3); showAll().catch(fail); save(); };
const layers = ["data", "model", "residual", "difference", "sigma", "information", "derivative", "remainder"];
const choose = layer => { if (app.state.lacks && layer !== "data") { tell("There is no model: " + app.state.lacks); return; } app.panes[1].pair = false; $("layer").value = layer; chosen(); };
const shift = (dx, dy) => { camera.x += dx * 60 / camera.zoom; camera.y += dy * 60 / camera.zoom; camera.draw(); };
function theme() { document.documentElement.dataset.theme = $("theme").value; camera.draw(); save(); if (app.panes[0].ends) showAll().catch(fail); }

// step moves the cursor of the keys.
function step(dx, dy) {
  const q = app.cursor || camera.pixel($("view").clientWidth / 2, $("view").clientHeight / 2);
  if (!q) return;
  const p = camera.panels[q.panel], far = Math.max(1, Math.round(4 / camera.zoom));
  app.keyed = true;
  app.cursor = { panel: q.panel, fast: Math.max(0.5, Math.min(p.fast - 0.5, Math.floor(q.fast) + 0.5 + dx * far)), slow: Math.max(0.5, Math.min(p.slow - 0.5, Math.floor(q.slow) + 0.5 + dy * far)) };
  camera.draw();
  look(app.cursor);
}

const focusKnob = () => { const s = $("knobs").querySelector("details[open] input[type=range]"); s?.focus(); };
const keys = {
  b: blink, v: () => { $("beside").value = $("beside").value ? "" : app.state.lacks ? "data" : "model"; chosen(); save(); }, f: () => camera.whole(), z: () => camera.zoomAt(1 / camera.zoom), l: () => cycle("scale"),
  c: () => cycle(app.panes[0].signed ? "signed" : "colours"), g: () => $("rings").click(), i: () => $("ice").click(), s: () => $("spots").click(), x: () => cycle("percentile"), d: () => cycle("theme"),
  w: () => worst().catch(fail), m: () => tools.use("draw"), e: () => tools.use("erase"), q: () => tools.use("brush"), n: () => tools.use("line"), k: tools.rock, o: tools.radial, u: () => undo().catch(fail), p: () => picture("png"),
  a: fit.alike, r: () => $("refine").disabled || fit.start(), t: () => $("stop").disabled || post("stop", {}).catch(fail), h: () => $("find").focus(), j: focusKnob, "/": () => $("filter").focus(),
  "?": () => $("sheet").showModal(), "+": () => camera.zoomAt(1.4), "=": () => camera.zoomAt(1.4), "-": () => camera.zoomAt(1 / 1.4), "{": () => tools.wider(1 / 1.4), "}": () => tools.wider(1.4),
  ",": () => brighten(1.3), ".": () => brighten(1 / 1.3), "[": () => goTo(app.state.image - 1), "]": () => goTo(app.state.image + 1), Enter: tools.finish, " ": tools.press,
  Escape: () => { tools.use(""); app.keyed = false; $("told").hidden = true; camera.draw(); if (isBlinking()) blink(); },
  ArrowLeft: e => e.shiftKey ? step(-1, 0) : shift(-1, 0), ArrowRight: e => e.shiftKey ? step(1, 0) : shift(1, 0), ArrowUp: e => e.shiftKey ? step(0, -1) : shift(0, -1), ArrowDown: e => e.shiftKey ? step(0, 1) : shift(0, 1),
};

function listen() {
  for (const id of ["layer", "parameter", "beside"]) $(id).addEventListener("change", () => { if (id !== "layer") app.panes[1].pair = false; chosen(); save(); });
  for (const id of ["scale", "colours", "signed", "percentile", "low", "high"]) $(id).addEventListener("change", () => { if (id === "percentile") $("high").value = ""; showAll().catch(fail); save(); });
  for (const id of ["rings", "ice"]) $(id).addEventListener("change", () => { save(); if ($(id).checked) loadRings().catch(fail); else camera.draw(); });
  $("spots").addEventListener("change", () => { save(); if ($("spots").checked) loadSpots().catch(fail); else camera.draw(); });
  $("theme").addEventListener("change", theme);
  const click = { fitview: keys.f, one: keys.z, blink, help: keys["?"], undo: keys.u, draw: keys.m, erase: keys.e, brush: keys.q, line: keys.n, rocking: keys.k, radial: keys.o, worst: keys.w, previous: keys["["], next: keys["]"],
    png: () => picture("png"), svg: () => picture("svg"), pdf: () => picture("pdf"), command, save: () => keep("experiment"), expt: () => keep("expt"), savemask: () => keep("mask"), pbm: () => keep("pbm"),
    refine: fit.start, stop: () => post("stop", {}).catch(fail), alike: fit.alike, told: () => { $("told").hidden = true; } };
  for (const [id, f] of Object.entries(click)) $(id).addEventListener("click", f);
  $("find").addEventListener("input", () => { if (app.spots.length) list(); else loadSpots().catch(fail); });
  $("find").addEventListener("keydown", e => { if (e.key === "Enter") $("list").querySelector("button")?.click(); });
  $("filter").addEventListener("input", () => app.knobs.filter($("filter").value));
  $("image").addEventListener("change", () => goTo(+$("image").value));
  $("slide").addEventListener("input", () => goTo(+$("slide").value));
  events({ iteration: fit.iterated, outcome: o => fit.finished(o).catch(fail), model: () => modelled().catch(fail) }, () => get("state").then(async s => { app.accept(s); await redraw(); }).catch(fail));
  for (const p of app.panes) pointer(p.view);
  addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || $("sheet").open) return;
    if (e.target.matches("input, select, textarea")) { if (e.key === "Escape") $("view").focus(); return; }
    if (e.target.matches("button, summary, a") && (e.key === "Enter" || e.key === " ")) return;
    if (layers[+e.key - 1]) { choose(layers[+e.key - 1]); return; }
    const f = keys[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (f) { e.preventDefault(); f(e); }
  });
}

function pointer(view) {
  const canvas = view.canvas;
  let drag = null;
  canvas.addEventListener("pointerdown", e => {
    canvas.focus();
    app.keyed = false;
    const p = camera.pixel(e.offsetX, e.offsetY);
    if (!tools.down(p, e.shiftKey)) drag = { x: e.offsetX, y: e.offsetY };
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", e => {
    const p = camera.pixel(e.offsetX, e.offsetY);
    if (drag) { camera.x -= (e.offsetX - drag.x) / camera.zoom; camera.y -= (e.offsetY - drag.y) / camera.zoom; drag.x = e.offsetX; drag.y = e.offsetY; camera.draw(); return; }
    if (p) { app.cursor = { ...p, over: view }; look(p); }
    if (tools.move(p)) return;
    if (app.tool?.radius || $("beside").value) camera.draw();
  });
  const end = () => { drag = null; tools.up(); };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("dblclick", e => { if (!app.tool) camera.zoomAt(2, e.offsetX, e.offsetY); });
  canvas.addEventListener("wheel", e => { e.preventDefault(); camera.zoomAt(Math.exp(-e.deltaY * (e.deltaMode === 1 ? 20 : 1) / 400), e.offsetX, e.offsetY); }, { passive: false });
}

let kept;
// modelled shows the model, which was being prepared when the page began.
async function modelled() {
  const image = app.image;
  app.accept(await get("state"));
  if (image !== undefined) app.state.image = image;
  build();
  if (app.state.lacks) return;
  if (kept && Object.keys(kept.values).length) { await turn(kept.values); app.knobs.update(kept.values); }
  if (kept) { $("layer").value = kept.layer; $("beside").value = kept.beside; if (kept.parameter) $("parameter").value = kept.parameter; kept = null; }
  before = app.knobs.values();
  chosen();
  if ($("spots").checked) await loadSpots();
}

// build makes what depends on the state: parameters, images, notices.
function build() {
  const s = app.state, named = $("parameter").value;
  $("parameter").replaceChildren(...(s.knobs || []).map(k => new Option(k.name)));
  if (named) $("parameter").value = named;
  app.knobs.build(s.knobs || []);
  before = app.knobs.values();
  for (const id of ["knobsPart", "fitPart"]) $(id).hidden = !s.knobs?.length;
  $("notices").replaceChildren(...(s.notices || []).map(n => element("li", { textContent: n })));
  $("noticesPart").hidden = !s.notices?.length;
  $("spotsPart").hidden = !s.spots;
  for (const id of ["rings", "ice", "radial"]) $(id).disabled = !s.rings;
  $("spots").disabled = !s.spots;
  const sweep = s.first !== s.last;
  for (const e of document.querySelectorAll(".sweep")) e.hidden = !sweep;
  Object.assign($("slide"), { min: s.first, max: s.last, value: s.image });
  $("image").value = s.image;
  if (sweep && !$("film").children.length) film(goTo);
  mark(s.image);
}

async function start() {
  const [palettes, state] = await Promise.all([loadColours(get), get("state")]);
  for (const [id, part] of [["colours", palettes.plain], ["signed", palettes.signed]]) $(id).replaceChildren(...part.map(p => new Option(p.name)));
  camera.panels = state.panels;
  document.title = state.title + " – gobragg view";
  $("title").textContent = state.title;
  app.accept(state);
  build();
  const from = restore();
  theme();
  if (from.image !== null && from.image >= state.first && from.image <= state.last) { app.state.image = app.image = from.image; build(); }
  const q = new URLSearchParams(location.hash.slice(1));
  kept = { values: from.values, layer: $("layer").value, beside: $("beside").value, parameter: q.get("parameter") };
  if (kept.parameter) $("parameter").value = kept.parameter;
  if (state.preparing) { $("layer").value = "data"; $("beside").value = ""; }
  listen();
  if (!from.placed) camera.whole();
  app.panes[0].layer = $("layer").value;
  app.panes[0].parameter = $("parameter").value;
  app.panes[1].layer = $("beside").value || "model";
  if (!app.panes[1].pair) app.panes[1].parameter = app.panes[0].parameter;
  $("by").hidden = !ofParameter.has($("layer").value) && !ofParameter.has($("beside").value);
  await showAll();
  document.body.dataset.ready = "1";
  if (!state.preparing && Object.keys(from.values).length) { await turn(from.values); app.knobs.update(from.values); before = app.knobs.values(); }
  if ($("rings").checked || $("ice").checked) await loadRings();
  if ($("spots").checked) await loadSpots();
  const now = await get("state"); // the model may have come before the events were listened to
  if (state.preparing && !now.preparing && app.state.preparing) await modelled();
}

start().catch(fail);
