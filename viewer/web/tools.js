// Tools that act where the pointer, or the cursor of the keys, is: masks, lines, rocking curves.
import { $, app, fail, tell, colour } from "./app.js";
import { place } from "./view.js";
import { get, post } from "./server.js";
import { showAll } from "./panes.js";
import { lines } from "./charts.js";

// A tool has a name, the points so far, in pixels of a panel or where panel is not set of the picture.
const kinds = {
  draw: { what: "Drag a rectangle, or click corners with Shift (keys: Space) and end with Enter. What is drawn does not count." },
  erase: { what: "Drag a rectangle, or click corners with Shift (keys: Space) and end with Enter. What is drawn counts again.", counts: true },
  brush: { what: "Paint what does not count; Shift paints what counts again. { and } change the brush." },
  line: { what: "Drag a line (keys: Space at both ends)." },
};
let radius = 5;

export function use(name) {
  const again = app.tool?.name === name;
  app.tool = again || !name ? null : { name, ...kinds[name], points: [], closed: name !== "line" && name !== "brush", radius: name === "brush" ? radius : 0 };
  for (const id of Object.keys(kinds)) $(id).setAttribute("aria-pressed", app.tool?.name === id);
  if (app.tool) tell(app.tool.what);
  app.camera.draw();
}

export function wider(factor) {
  radius = Math.max(0.5, Math.min(500, radius * factor));
  if (app.tool?.radius) { app.tool.radius = radius; tell(`brush of ${radius.toPrecision(2)} pixels`); app.camera.draw(); }
}

// down, move and up are called with a point {panel, fast, slow} and report whether a tool has taken it.
let held = false, shifted = false;
export function down(p, shift) {
  const t = app.tool;
  if (!t || !p) return false;
  shifted = shift;
  if (t.name === "line") { t.points = [picture(p), picture(p)]; held = true; }
  else if (t.name === "brush") { t.panel = p.panel; t.points = [[p.fast, p.slow]]; held = true; }
  else if (shift) { corner(p); return true; }
  else { t.panel = p.panel; t.from = p; t.points = []; held = true; }
  app.camera.draw();
  return true;
}

export function move(p) {
  const t = app.tool;
  if (!t || !held) return false;
  if (!p) return true;
  if (t.name === "line") t.points[1] = picture(p);
  else if (p.panel !== t.panel) return true;
  else if (t.name === "brush") t.points.push([p.fast, p.slow]);
  else { const a = t.from; t.points = [[a.fast, a.slow], [p.fast, a.slow], [p.fast, p.slow], [a.fast, p.slow]]; }
  app.camera.draw();
  return true;
}

export function up() {
  if (!held) return;
  held = false;
  finish();
}

// press is Space at the cursor.
export function press() {
  const t = app.tool, p = app.cursor;
  if (!t || !p) return;
  if (t.name === "brush") { t.panel = p.panel; t.points = [[p.fast, p.slow]]; shifted = false; finish(); }
  else if (t.name === "line") { t.points.push(picture(p)); if (t.points.length > 1) finish(); app.camera.draw(); }
  else corner(p);
}

function corner(p) {
  const t = app.tool;
  if (!t.points.length) t.panel = p.panel;
  t.points.push([p.fast, p.slow]);
  app.camera.draw();
}

const picture = p => place(app.camera.panels[p.panel], p.fast, p.slow);

export async function finish() {
  const t = app.tool;
  if (!t || t.points.length < (t.name === "line" ? 2 : t.name === "brush" ? 1 : 3)) return;
  const points = t.points;
  t.points = [];
  try {
    if (t.name === "line") { await profile(points); t.points = points.slice(0, 2); app.camera.draw(); return; }
    await post("mask", t.name === "brush" ? { panel: t.panel, path: points.slice(0, 9000), radius: t.radius, counts: shifted } : { panel: t.panel, polygon: points, counts: !!t.counts });
    app.accept(await get("state"));
    await showAll();
  } catch (e) { fail(e); }
}

async function profile([[x0, y0], [x1, y1]]) {
  const p = await get(`line?image=${app.state.image}&x0=${x0}&y0=${y0}&x1=${x1}&y1=${y1}`);
  chart("line profile", "lineChart", p.at, p, v => v.toFixed(0), "pixels along the line");
}

function chart(title, id, x, p, label, axis, dots) {
  $(id).closest("details").open = true;
  const curves = [{ name: "data", values: p.data, colour: colour("--ink"), dots }];
  if (p.model) curves.push({ name: "model", values: p.model, colour: colour("--accent"), dots });
  lines($(id), x, curves, { label, title: axis });
}

export async function radial() {
  try {
    const r = await get("radial?image=" + app.state.image);
    chart("radial profile", "radialChart", r.resolution.map(d => 1 / d), r, v => (1 / v).toPrecision(3) + " Å", "resolution");
  } catch (e) { fail(e); }
}

// rock shows the rocking curve of the spot at the cursor.
export async function rock() {
  const q = app.cursor, s = app.state;
  if (!q) { tell("Move the pointer, or the cursor by Shift and arrows, to a spot first."); return; }
  if (s.first === s.last) { tell("A rocking curve needs a sweep: there is one image."); return; }
  tell("computing the rocking curve");
  try {
    const r = await get(`rocking?image=${s.image}&panel=${q.panel}&fast=${q.fast}&slow=${q.slow}&half=${Math.max(1, Math.min(50, +$("half").value || 5))}`);
    chart("rocking curve", "rockingChart", r.images, r, String, "image" + (r.hkl ? ", reflection " + r.hkl.join(" ") : ", no spot is predicted here"), true);
    tell("");
  } catch (e) { fail(e); }
}
