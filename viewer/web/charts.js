// Small charts on canvases.

function ready(canvas) {
  canvas.hidden = false;
  const c = canvas.getContext("2d"), style = getComputedStyle(document.body);
  c.clearRect(0, 0, canvas.width, canvas.height);
  c.font = "11px system-ui";
  c.textAlign = "left";
  return { c, ink: style.color, accent: style.getPropertyValue("--accent"), faint: style.getPropertyValue("--faint"), w: canvas.width, h: canvas.height };
}

export function bars(canvas, counts, from, to) {
  const { c, ink, accent, w, h } = ready(canvas), most = Math.log1p(Math.max(...counts, 1));
  c.fillStyle = accent;
  counts.forEach((n, i) => { const tall = (h - 14) * Math.log1p(n) / most; c.fillRect(i * w / counts.length, h - 14 - tall, w / counts.length, tall); });
  c.fillStyle = ink;
  c.fillText(from.toPrecision(3), 0, h - 2);
  c.textAlign = "right";
  c.fillText(to.toPrecision(3), w, h - 2);
}

// lines draws curves over x, each {values, colour}, with the least and the greatest value and labels of the ends of x.
export function lines(canvas, x, curves, ends) {
  const { c, ink, w, h } = ready(canvas), all = curves.flatMap(k => k.values).filter(Number.isFinite);
  const least = Math.min(...all), greatest = Math.max(...all), tall = greatest - least || 1, wide = x.at(-1) - x[0] || 1;
  for (const k of curves) {
    c.strokeStyle = k.colour;
    c.beginPath();
    k.values.forEach((v, i) => c.lineTo((x[i] - x[0]) / wide * w, h - 15 - (v - least) / tall * (h - 28)));
    c.stroke();
  }
  c.fillStyle = ink;
  c.fillText(greatest.toPrecision(4), 0, 10);
  c.fillText(ends[0], 0, h - 2);
  c.textAlign = "right";
  c.fillText(ends[1], w, h - 2);
}
