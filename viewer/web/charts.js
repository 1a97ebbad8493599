// Small charts on canvases, with axes.

function ready(canvas, high) {
  canvas.hidden = false;
  const ratio = devicePixelRatio || 1, w = canvas.parentElement.clientWidth || 280, h = high;
  canvas.style.height = h + "px";
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(h * ratio);
  const c = canvas.getContext("2d"), style = getComputedStyle(document.body), size = Math.round(parseFloat(style.fontSize) * 0.8);
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.font = `${size}px system-ui, sans-serif`;
  return { c, size, ink: style.color, accent: style.getPropertyValue("--accent"), faint: style.getPropertyValue("--faint"), line: style.getPropertyValue("--line"), w, h };
}

// bars draws a histogram; marks are values to be marked.
export function bars(canvas, counts, from, to, marks) {
  const { c, ink, accent, line, w, h, size } = ready(canvas, 76), most = Math.log1p(Math.max(...counts, 1)), foot = size + 4;
  c.fillStyle = line;
  c.fillRect(0, h - foot, w, 1);
  c.fillStyle = accent;
  counts.forEach((n, i) => { const tall = (h - foot) * Math.log1p(n) / most; c.fillRect(i * w / counts.length, h - foot - tall, w / counts.length, tall); });
  c.fillStyle = ink;
  for (const m of marks) if (m >= from && m <= to) c.fillRect((m - from) / (to - from) * (w - 1), 0, 1.5, h - foot);
  c.textAlign = "left";
  c.fillText(from.toPrecision(3), 0, h - 2);
  c.textAlign = "right";
  c.fillText(to.toPrecision(3), w, h - 2);
}

function round(span) {
  const unit = 10 ** Math.floor(Math.log10(span / 3 || 1));
  return [1, 2, 5, 10].map(k => k * unit).find(k => span / k <= 4) || span;
}

// lines draws curves over x, each {values, name, colour, dots}; undefined and null values are gaps. label turns an x into a word, title is that of x.
export function lines(canvas, x, curves, { label = String, title = "", high = 150 } = {}) {
  const { c, ink, faint, line, w, h, size } = ready(canvas, high), all = curves.flatMap(k => k.values).filter(v => Number.isFinite(v));
  if (!all.length) return;
  let least = Math.min(...all), greatest = Math.max(...all);
  if (least > 0 && least < 0.5 * greatest) least = 0;
  if (least === greatest) { least -= 0.5; greatest += 0.5; }
  const left = 4 + Math.max(...[least, greatest].map(v => c.measureText(+v.toPrecision(3)).width)) + 6, top = size + 6, bottom = h - size - 6, right = w - 6;
  const px = v => left + (v - x[0]) / (x.at(-1) - x[0] || 1) * (right - left), py = v => bottom - (v - least) / (greatest - least) * (bottom - top);
  const step = round(greatest - least);
  c.textAlign = "right";
  for (let v = Math.ceil(least / step) * step; v <= greatest; v += step) {
    c.fillStyle = line;
    c.fillRect(left, Math.round(py(v)), right - left, 1);
    c.fillStyle = faint;
    c.fillText(+v.toPrecision(3), left - 4, py(v) + size / 3);
  }
  for (const k of curves) {
    c.strokeStyle = c.fillStyle = k.colour;
    c.lineWidth = 1.5;
    c.beginPath();
    let pen = false;
    k.values.forEach((v, i) => {
      if (!Number.isFinite(v)) { pen = false; return; }
      if (pen) c.lineTo(px(x[i]), py(v)); else c.moveTo(px(x[i]), py(v));
      pen = true;
      if (k.dots) c.fillRect(px(x[i]) - 2, py(v) - 2, 4, 4);
    });
    c.stroke();
  }
  c.fillStyle = ink;
  c.textAlign = "left";
  c.fillText(label(x[0]), left, h - 2);
  c.textAlign = "right";
  c.fillText(label(x.at(-1)), right, h - 2);
  c.textAlign = "center";
  c.fillText(title, (left + right) / 2, h - 2);
  c.textAlign = "left";
  let at = left;
  for (const k of curves) if (k.name) {
    c.fillStyle = k.colour;
    c.fillRect(at, 3, 10, 3);
    c.fillStyle = ink;
    c.fillText(k.name, at + 14, size);
    at += 26 + c.measureText(k.name).width;
  }
}
