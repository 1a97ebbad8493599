// What is drawn over the pixels.
import { $, app } from "./app.js";
import { place, within } from "./view.js";

const leastPartiality = 0.02; // of spots that are drawn
const leastForNumbers = 34; // zoom from which pixels have their values written on them

export const overlays = [numbers, rings, spots, beam, drawing, cursor, scaleOfLengths];

const at = (panel, f, s) => app.camera.canvasOf(...place(app.camera.panels[panel], f, s));

function font(c, size = parseFloat(getComputedStyle(document.body).fontSize) * 0.93) { c.font = `${size}px system-ui, sans-serif`; c.textAlign = "left"; c.textBaseline = "alphabetic"; }

// words writes on the picture so that it can be read on any colours.
function words(c, text, x, y) {
  c.save();
  c.lineWidth = 3;
  c.lineJoin = "round";
  c.strokeStyle = "#ffffffd0";
  c.setLineDash([]);
  c.strokeText(text, x, y);
  c.restore();
  c.fillText(text, x, y);
}

function numbers(c, v) {
  const camera = app.camera, zoom = camera.zoom;
  if (zoom < leastForNumbers || v.holding) return;
  const w = v.canvas.clientWidth, h = v.canvas.clientHeight;
  camera.panels.forEach((p, k) => {
    const corners = [[0, 0], [w, 0], [0, h], [w, h]].map(q => within(p, ...camera.picture(...q)));
    const range = i => [Math.max(0, Math.floor(Math.min(...corners.map(q => q[i])))), Math.min(i ? p.slow : p.fast, Math.ceil(Math.max(...corners.map(q => q[i]))))];
    const [f0, f1] = range(0), [s0, s1] = range(1);
    font(c, Math.max(9, Math.min(16, zoom / 4)));
    c.textAlign = "center";
    for (let s = s0; s < s1; s++) for (let f = f0; f < f1; f++) {
      const value = v.valueAt(k, f, s);
      if (value === undefined || value !== value) continue;
      const ink = v.colours[v.index(value)], light = (ink & 255) * 0.3 + (ink >> 8 & 255) * 0.6 + (ink >> 16 & 255) * 0.1 > 128;
      c.fillStyle = light ? "#000" : "#fff";
      const [x, y] = at(k, f + 0.5, s + 0.5);
      c.fillText(Number.isInteger(value) ? value : Math.abs(value) >= 1000 || Math.abs(value) < 0.01 && value !== 0 ? value.toExponential(1) : value.toPrecision(3), x, y + 4);
    }
  });
}

function rings(c, v) {
  const w = v.canvas.clientWidth, h = v.canvas.clientHeight;
  font(c);
  c.lineWidth = 1.25;
  for (const r of app.rings) {
    if (!(r.ice ? $("ice") : $("rings")).checked) continue;
    c.strokeStyle = c.fillStyle = r.ice ? "#1f7fd0" : "#c77800";
    c.setLineDash(r.ice ? [5, 4] : []);
    let labelled = r.ice;
    for (const line of r.lines) {
      const points = line.map(q => app.camera.canvasOf(...q));
      c.beginPath();
      for (const q of points) c.lineTo(...q);
      c.stroke();
      for (let i = 0; i < points.length && !labelled; i += 8) {
        const [x, y] = points[(i + (points.length >> 3)) % points.length];
        if (x > 0 && y > 16 && x < w - 50 && y < h) { words(c, r.resolution + " Å", x + 3, y - 3); labelled = true; }
      }
    }
  }
  c.setLineDash([]);
}

function spots(c, v) {
  if (!$("spots").checked) return;
  const zoom = app.camera.zoom, labels = zoom >= 4, size = Math.max(4, 2 * zoom), w = v.canvas.clientWidth, h = v.canvas.clientHeight;
  font(c);
  c.lineWidth = 1.25;
  c.strokeStyle = c.fillStyle = "#c2185b";
  for (const s of app.spots) {
    if (s.partiality < leastPartiality) continue;
    const [x, y] = at(s.panel, s.fast, s.slow);
    if (x < -20 || y < -20 || x > w + 20 || y > h + 20) continue;
    c.strokeRect(x - size, y - size, 2 * size, 2 * size);
    if (labels) words(c, s.hkl.join(" "), x + size + 3, y + 4);
  }
}

function beam(c) {
  const p = app.camera.panels[0];
  if (!p?.beam) return;
  const [x, y] = at(0, ...p.beam);
  c.strokeStyle = "#0a8f3c";
  c.lineWidth = 1.5;
  c.beginPath();
  c.moveTo(x - 9, y); c.lineTo(x + 9, y); c.moveTo(x, y - 9); c.lineTo(x, y + 9);
  c.stroke();
}

// drawing shows what a tool is about to do.
function drawing(c) {
  const t = app.tool;
  if (!t) return;
  c.strokeStyle = c.fillStyle = "#e6007e";
  c.lineWidth = 2;
  if (t.points?.length) {
    c.beginPath();
    for (const q of t.points) c.lineTo(...(t.panel === undefined ? app.camera.canvasOf(...q) : at(t.panel, ...q)));
    if (t.closed) c.closePath();
    if (t.radius) { c.lineWidth = 2 * t.radius * app.camera.zoom; c.lineCap = c.lineJoin = "round"; c.globalAlpha = 0.5; }
    c.stroke();
    c.globalAlpha = 1;
    c.lineCap = "butt";
    for (const q of t.points.slice(0, t.radius ? 0 : 200)) { const [x, y] = t.panel === undefined ? app.camera.canvasOf(...q) : at(t.panel, ...q); c.fillRect(x - 2.5, y - 2.5, 5, 5); }
  }
  if (t.radius && app.cursor) {
    c.lineWidth = 1.5;
    c.beginPath();
    c.arc(...at(app.cursor.panel, app.cursor.fast, app.cursor.slow), t.radius * app.camera.zoom, 0, 7);
    c.stroke();
  }
}

// cursor is the place that the keys move, and in a second picture the one under the pointer.
function cursor(c, v) {
  const q = app.cursor;
  if (!q || !(app.keyed || v !== app.panes[0].view && q.over !== v || v === app.panes[0].view && q.over && q.over !== v)) return;
  const [x, y] = at(q.panel, q.fast, q.slow);
  c.strokeStyle = "#e6007e";
  c.lineWidth = 1.5;
  c.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { c.moveTo(x + 4 * dx, y + 4 * dy); c.lineTo(x + 14 * dx, y + 14 * dy); }
  c.stroke();
}

function scaleOfLengths(c, v) {
  const zoom = app.camera.zoom, h = v.canvas.clientHeight;
  let n = 10 ** Math.floor(Math.log10(120 / zoom));
  n *= [5, 2, 1].find(k => n * k * zoom <= 120) || 1;
  n = Math.max(1, n);
  const mm = app.camera.panels[0].pixel, text = (n === 1 ? "1 pixel" : n + " pixels") + (mm ? `, ${+(n * mm).toPrecision(3)} mm` : "");
  font(c);
  const size = parseFloat(c.font), tall = 1.5 * size;
  c.fillStyle = "#ffffffe0";
  c.fillRect(8, h - tall - 7, n * zoom + c.measureText(text).width + 24, tall);
  c.fillStyle = "#1a1a1a";
  c.fillRect(14, h - 7 - tall / 2 - 1.5, n * zoom, 3);
  c.fillText(text, 20 + n * zoom, h - 7 - tall / 2 + 0.36 * size);
}
