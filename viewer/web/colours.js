// Colours of values: tables of 256 colours from the server, and scales that map a value to one of them.

let palettes;
export async function loadColours(get) { palettes = await get("colours"); blank = word(palettes.blank, 0); return palettes; }

export let blank = 0xff000000; // of pixels that do not count

// word is a colour as a number of ImageData, red in the lowest byte.
function word(digits, i) {
  const v = parseInt(digits.slice(6 * i, 6 * i + 6), 16);
  return (255 << 24 | (v & 255) << 16 | (v >> 8 & 255) << 8 | v >> 16) >>> 0;
}

const made = new Map();
// table returns 256 colours.
export function table(name, signed) {
  const list = signed ? palettes.signed : palettes.plain, p = list.find(x => x.name === name) || list[0];
  if (!made.has(p.name)) made.set(p.name, Uint32Array.from({ length: 256 }, (_, i) => word(p.colours, i)));
  return made.get(p.name);
}

export const css = v => `rgb(${v & 255},${v >> 8 & 255},${v >> 16 & 255})`;

// index returns the function from a value to the number of its colour. With signs 0 is in the middle, and flip turns them around.
export function index(scale, low, high, signed, flip) {
  const bend = scale === "square root" ? Math.sqrt : scale === "logarithm" ? v => Math.log1p(999 * v) * 0.14476482730108395 : v => v; // 1/log 1000
  if (signed) {
    const turn = flip ? -1 : 1;
    return v => { const t = bend(Math.min(1, Math.abs(v) / high)); return (127.5 + (v * turn < 0 ? -127.5 : 127.5) * t + 0.5) | 0; };
  }
  const part = 1 / (high - low);
  return v => { const t = (v - low) * part; return t <= 0 ? 0 : t >= 1 ? 255 : (255 * bend(t) + 0.5) | 0; };
}

// value is that of a colour's place between 0 and 1.
export function value(t, scale, low, high, signed) {
  const unbend = scale === "square root" ? v => v * v : scale === "logarithm" ? v => Math.expm1(v * Math.log(1000)) / 999 : v => v;
  return signed ? Math.sign(2 * t - 1) * unbend(Math.abs(2 * t - 1)) * high : low + unbend(t) * (high - low);
}
