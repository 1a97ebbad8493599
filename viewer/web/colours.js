// Colours of values: a table of 256 colours, and a scale that maps a value to it.

const viridis = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
const diverging = [[59, 76, 192], [124, 159, 249], [221, 221, 221], [245, 156, 125], [180, 4, 38]];

function between(stops, t) {
  const at = t * (stops.length - 1), i = Math.min(stops.length - 2, Math.floor(at)), part = at - i;
  return stops[i].map((v, k) => Math.round(v + part * (stops[i + 1][k] - v)));
}

// table returns 256 colours as numbers of ImageData, red in the lowest byte.
export function table(name, signed) {
  const out = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let c = [i, i, i];
    if (signed) c = between(diverging, i / 255);
    else if (name === "black on white") c = [255 - i, 255 - i, 255 - i];
    else if (name === "viridis") c = between(viridis, i / 255);
    out[i] = (255 << 24 | c[2] << 16 | c[1] << 8 | c[0]) >>> 0;
  }
  return out;
}

export const blank = (255 << 24 | 0x60 << 16 | 0x60 << 8 | 0x48) >>> 0; // of pixels that do not count

// index returns the function from a value to the number of its colour. With signs 0 is in the middle.
export function index(scale, high, signed) {
  const bend = scale === "square root" ? Math.sqrt : scale === "logarithm" ? v => Math.log1p(999 * v) / Math.log(1000) : v => v;
  if (signed) return v => Math.max(0, Math.min(255, Math.round(127.5 + 127.5 * Math.sign(v) * bend(Math.min(1, Math.abs(v) / high)))));
  return v => Math.max(0, Math.min(255, Math.round(255 * bend(Math.max(0, Math.min(1, v / high))))));
}
