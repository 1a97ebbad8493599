// The picture: panels as tiles of numbers, coloured here, under a view that is moved and zoomed.
import { blank } from "./colours.js";

const side = 256, mostTiles = 600;

export class View {
  // canvas to draw on; fetchTile returns a promise of {fast, slow, values} of an address; drawn is called after each drawing.
  constructor(canvas, fetchTile, drawn) {
    Object.assign(this, { canvas, fetchTile, drawn, panels: [], x: 0, y: 0, zoom: 1, key: "", tiles: new Map(), overlays: [], waiting: 0 });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  // show sets the layer: key is the part of the address that names it. What was shown stays until its tiles are there.
  show(key, colours, index) {
    if (key !== this.key) { this.before = this.key; this.key = key; }
    this.colours = colours;
    this.index = index;
    this.style = {};
    this.draw();
  }

  bounds() {
    let box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const p of this.panels)
      for (const [f, s] of [[0, 0], [p.fast, 0], [0, p.slow], [p.fast, p.slow]]) {
        const [x, y] = place(p, f, s);
        box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
      }
    return box;
  }

  whole() {
    const [left, top, right, bottom] = this.bounds(), w = this.canvas.clientWidth, h = this.canvas.clientHeight;
    this.zoom = 0.97 * Math.min(w / (right - left), h / (bottom - top));
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    this.draw();
  }

  // zoomAt zooms by a factor and keeps a point of the canvas where it is.
  zoomAt(factor, cx = this.canvas.clientWidth / 2, cy = this.canvas.clientHeight / 2) {
    const zoom = Math.max(0.01, Math.min(80, this.zoom * factor)), [x, y] = this.picture(cx, cy);
    this.x = x - (x - this.x) * this.zoom / zoom;
    this.y = y - (y - this.y) * this.zoom / zoom;
    this.zoom = zoom;
    this.draw();
  }

  picture(cx, cy) { return [this.x + (cx - this.canvas.clientWidth / 2) / this.zoom, this.y + (cy - this.canvas.clientHeight / 2) / this.zoom]; }
  canvasOf(x, y) { return [(x - this.x) * this.zoom + this.canvas.clientWidth / 2, (y - this.y) * this.zoom + this.canvas.clientHeight / 2]; }

  // pixel returns the panel and the point on it under a point of the canvas.
  pixel(cx, cy) {
    const [x, y] = this.picture(cx, cy);
    for (let k = this.panels.length - 1; k >= 0; k--) {
      const [f, s] = within(this.panels[k], x, y);
      if (f >= 0 && s >= 0 && f < this.panels[k].fast && s < this.panels[k].slow) return { panel: k, fast: f, slow: s };
    }
    return null;
  }

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.paint(); });
  }

  paint() {
    const ratio = devicePixelRatio || 1, w = this.canvas.clientWidth, h = this.canvas.clientHeight;
    if (this.canvas.width !== Math.round(w * ratio) || this.canvas.height !== Math.round(h * ratio)) {
      this.canvas.width = Math.round(w * ratio);
      this.canvas.height = Math.round(h * ratio);
    }
    const c = this.canvas.getContext("2d");
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    c.imageSmoothingEnabled = false;
    if (!this.key) return;
    this.missing = 0;
    for (let k = 0; k < this.panels.length; k++) this.paintPanel(c, k, ratio);
    if (this.missing === 0) this.before = "";
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const overlay of this.overlays) overlay(c, this);
    this.drawn?.();
  }

  paintPanel(c, k, ratio) {
    const p = this.panels[k], z = this.zoom * ratio;
    const levels = Math.max(0, Math.ceil(Math.log2(Math.max(p.fast, p.slow) / side)));
    const level = Math.max(0, Math.min(levels, Math.floor(-Math.log2(this.zoom * ratio) + 0.25)));
    const size = side << level;
    c.setTransform(z * p.along[0], z * p.along[1], z * p.down[0], z * p.down[1],
      z * (p.corner[0] - this.x) + this.canvas.width / 2, z * (p.corner[1] - this.y) + this.canvas.height / 2);
    const corners = [[0, 0], [this.canvas.clientWidth, 0], [0, this.canvas.clientHeight], [this.canvas.clientWidth, this.canvas.clientHeight]]
      .map(([cx, cy]) => within(p, ...this.picture(cx, cy)));
    const low = i => Math.min(...corners.map(v => v[i])), high = i => Math.max(...corners.map(v => v[i]));
    for (let y = Math.max(0, Math.floor(low(1) / size)); y * size < Math.min(p.slow, high(1)); y++)
      for (let x = Math.max(0, Math.floor(low(0) / size)); x * size < Math.min(p.fast, high(0)); x++) {
        const address = `&panel=${k}&level=${level}&x=${x}&y=${y}`;
        const tile = this.tile(this.key + address) || this.before && this.tiles.get(this.before + address);
        if (!tile?.values) { this.missing++; continue; }
        c.drawImage(this.coloured(tile), x * size, y * size, tile.fast << level, tile.slow << level);
      }
  }

  // tile returns a tile that is there, and asks for one that is not.
  tile(address) {
    const known = this.tiles.get(address);
    if (known) {
      this.tiles.delete(address); // the last used is last in the map
      this.tiles.set(address, known);
      return known.values ? known : null;
    }
    const tile = {};
    this.tiles.set(address, tile);
    this.waiting++;
    this.fetchTile(address).then(got => Object.assign(tile, got)).catch(() => this.tiles.delete(address)).finally(() => { this.waiting--; this.draw(); });
    for (const old of this.tiles.keys()) {
      if (this.tiles.size <= mostTiles) break;
      this.tiles.delete(old);
    }
    return null;
  }

  // coloured returns the tile's pixels in the present colours.
  coloured(tile) {
    if (tile.style === this.style) return tile.image;
    tile.image ||= Object.assign(document.createElement("canvas"), { width: tile.fast, height: tile.slow });
    const context = tile.image.getContext("2d"), data = context.createImageData(tile.fast, tile.slow), pixels = new Uint32Array(data.data.buffer);
    for (let i = 0; i < pixels.length; i++) {
      const v = tile.values[i];
      pixels[i] = Number.isNaN(v) ? blank : this.colours[this.index(v)];
    }
    context.putImageData(data, 0, 0);
    tile.style = this.style;
    return tile.image;
  }
}

export function place(p, f, s) { return [p.corner[0] + f * p.along[0] + s * p.down[0], p.corner[1] + f * p.along[1] + s * p.down[1]]; }

function within(p, x, y) {
  const dx = x - p.corner[0], dy = y - p.corner[1], det = p.along[0] * p.down[1] - p.along[1] * p.down[0];
  return [(dx * p.down[1] - dy * p.down[0]) / det, (dy * p.along[0] - dx * p.along[1]) / det];
}
