// The picture: panels as tiles of numbers, coloured here, under a camera that several pictures share.
import { blank } from "./colours.js";

const side = 256, mostTiles = 600;

// Camera says what part of the panels is seen. draw is called when it moves.
export class Camera {
  constructor() { Object.assign(this, { panels: [], x: 0, y: 0, zoom: 1, views: [] }); }

  draw() { for (const v of this.views) v.draw(); }
  main() { return this.views[0].canvas; }

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
    const [left, top, right, bottom] = this.bounds(), w = this.main().clientWidth, h = this.main().clientHeight;
    this.zoom = 0.97 * Math.min(w / (right - left), h / (bottom - top));
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    this.fitted = `${this.x} ${this.y} ${this.zoom}`;
    this.draw();
  }

  // resized shows the whole again where it was shown.
  resized() { if (this.fitted === `${this.x} ${this.y} ${this.zoom}`) this.whole(); else this.draw(); }

  // zoomAt zooms by a factor and keeps a point of the canvas where it is.
  zoomAt(factor, cx = this.main().clientWidth / 2, cy = this.main().clientHeight / 2) {
    const zoom = Math.max(0.005, Math.min(120, this.zoom * factor)), [x, y] = this.picture(cx, cy);
    this.x = x - (x - this.x) * this.zoom / zoom;
    this.y = y - (y - this.y) * this.zoom / zoom;
    this.zoom = zoom;
    this.draw();
  }

  picture(cx, cy) { return [this.x + (cx - this.main().clientWidth / 2) / this.zoom, this.y + (cy - this.main().clientHeight / 2) / this.zoom]; }
  canvasOf(x, y) { return [(x - this.x) * this.zoom + this.main().clientWidth / 2, (y - this.y) * this.zoom + this.main().clientHeight / 2]; }

  // pixel returns the panel and the point on it under a point of the canvas.
  pixel(cx, cy) {
    const [x, y] = this.picture(cx, cy);
    for (let k = this.panels.length - 1; k >= 0; k--) {
      const [f, s] = within(this.panels[k], x, y);
      if (f >= 0 && s >= 0 && f < this.panels[k].fast && s < this.panels[k].slow) return { panel: k, fast: f, slow: s };
    }
    return null;
  }
}

export class View {
  // canvas to draw on; fetchTile returns a promise of {fast, slow, values} of an address; drawn is called after each drawing.
  constructor(canvas, camera, fetchTile, drawn) {
    Object.assign(this, { canvas, camera, fetchTile, drawn, key: "", before: "", tiles: new Map(), frame: null, overlays: [], waiting: 0, painted: 0 });
    camera.views.push(this);
    new ResizeObserver(() => camera.resized()).observe(canvas);
  }

  // show sets the layer: key is the part of the address that names it. What was shown stays until its tiles are there.
  show(key, colours, index) {
    if (key !== this.key) { this.before = this.key; this.key = key; }
    this.colours = colours;
    this.index = index;
    this.style = {};
    this.draw();
  }

  // frames shows tiles that belong to no revision, by their addresses, until those of the next layer are there.
  frames(list) {
    const old = this.frame;
    this.frame = new Map(list.map(t => [address(t), Object.assign(t, { image: old?.get(address(t))?.image })]));
    this.draw();
  }

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.paint(); });
  }

  paint() {
    const ratio = devicePixelRatio || 1, w = this.canvas.clientWidth, h = this.canvas.clientHeight;
    if (!w || !h) return;
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
    for (const t of this.visible()) this.paintTile(c, t, ratio);
    if (this.missing === 0) { this.before = ""; if (!this.holding) this.frame = null; }
    this.painted++;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const overlay of this.overlays) overlay(c, this);
    this.drawn?.();
  }

  // visible lists the tiles that are seen, coarser by so many levels than the screen.
  visible(coarser = 0) {
    const out = [], camera = this.camera, ratio = devicePixelRatio || 1, w = this.canvas.clientWidth, h = this.canvas.clientHeight;
    camera.panels.forEach((p, panel) => {
      const levels = Math.max(0, Math.ceil(Math.log2(Math.max(p.fast, p.slow) / side)));
      const level = Math.max(0, Math.min(levels, Math.floor(-Math.log2(camera.zoom * ratio) + 0.25) + coarser));
      const size = side << level, corners = [[0, 0], [w, 0], [0, h], [w, h]].map(([cx, cy]) => within(p, ...camera.picture(cx, cy)));
      const low = i => Math.max(0, Math.floor(Math.min(...corners.map(v => v[i])) / size)), high = i => Math.max(...corners.map(v => v[i]));
      for (let y = low(1); y * size < Math.min(p.slow, high(1)); y++)
        for (let x = low(0); x * size < Math.min(p.fast, high(0)); x++) out.push({ panel, level, x, y });
    });
    return out;
  }

  paintTile(c, t, ratio) {
    const camera = this.camera, p = camera.panels[t.panel], z = camera.zoom * ratio, size = side << t.level, name = address(t);
    let tile = this.holding ? null : this.tile(this.key + name), level = t.level, x = t.x, y = t.y;
    if (!tile) {
      this.missing++;
      [tile, level, x, y] = this.instead(t);
      if (!tile) return;
    }
    c.setTransform(z * p.along[0], z * p.along[1], z * p.down[0], z * p.down[1],
      z * (p.corner[0] - camera.x) + this.canvas.width / 2, z * (p.corner[1] - camera.y) + this.canvas.height / 2);
    if (level !== t.level) { // a part of a coarser one
      c.save();
      c.beginPath();
      c.rect(t.x * size, t.y * size, Math.min(size, p.fast - t.x * size), Math.min(size, p.slow - t.y * size));
      c.clip();
    }
    c.drawImage(this.coloured(tile), x * (side << level), y * (side << level), tile.fast << level, tile.slow << level);
    if (level !== t.level) c.restore();
  }

  // instead finds what can be drawn where a tile is not there yet: the frame that follows a slider, a coarser tile, the layer before.
  instead(t) {
    for (const [known, prefix] of [[this.frame, ""], [this.holding ? null : this.tiles, this.key], [this.before ? this.tiles : null, this.before]])
      for (let level = t.level, x = t.x, y = t.y; known && level < t.level + 8; level++, x >>= 1, y >>= 1) {
        const tile = known.get(prefix + address({ panel: t.panel, level, x, y }));
        if (tile?.values) return [tile, level, x, y];
      }
    return [null, 0, 0, 0];
  }

  // tile returns a tile that is there, and asks for one that is not.
  tile(name) {
    const known = this.tiles.get(name);
    if (known) {
      this.tiles.delete(name); // the last used is last in the map
      this.tiles.set(name, known);
      return known.values ? known : null;
    }
    const tile = {};
    this.tiles.set(name, tile);
    this.waiting++;
    this.fetchTile(name).then(got => Object.assign(tile, got)).catch(() => this.tiles.delete(name)).finally(() => { this.waiting--; if (tile.values) this.draw(); });
    for (const old of this.tiles.keys()) {
      if (this.tiles.size <= mostTiles) break;
      this.tiles.delete(old);
    }
    return null;
  }

  // coloured returns the tile's pixels in the present colours.
  coloured(tile) {
    if (tile.style === this.style) return tile.image;
    if (tile.image?.width !== tile.fast || tile.image?.height !== tile.slow) tile.image = Object.assign(document.createElement("canvas"), { width: tile.fast, height: tile.slow });
    const context = tile.image.getContext("2d"), data = context.createImageData(tile.fast, tile.slow), pixels = new Uint32Array(data.data.buffer), { values } = tile, { colours, index } = this;
    for (let i = 0; i < pixels.length; i++) {
      const v = values[i];
      pixels[i] = v === v ? colours[index(v)] : blank;
    }
    context.putImageData(data, 0, 0);
    tile.style = this.style;
    return tile.image;
  }

  // valueAt is that of a pixel, undefined where its tile is not there.
  valueAt(panel, f, s) {
    const p = this.camera.panels[panel], tile = this.tiles.get(this.key + address({ panel, level: 0, x: Math.floor(f / side), y: Math.floor(s / side) }));
    return f < 0 || s < 0 || f >= p.fast || s >= p.slow || !tile?.values ? undefined : tile.values[(s % side) * tile.fast + f % side];
  }
}

export const address = t => `&panel=${t.panel}&level=${t.level}&x=${t.x}&y=${t.y}`;

export function place(p, f, s) { return [p.corner[0] + f * p.along[0] + s * p.down[0], p.corner[1] + f * p.along[1] + s * p.down[1]]; }

export function within(p, x, y) {
  const dx = x - p.corner[0], dy = y - p.corner[1], det = p.along[0] * p.down[1] - p.along[1] * p.down[0];
  return [(dx * p.down[1] - dy * p.down[0]) / det, (dy * p.along[0] - dx * p.along[1]) / det];
}
