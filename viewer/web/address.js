// The address holds what is shown, in the form that gobragg view --show takes.
import { $, app, ofParameter } from "./app.js";

const selects = ["layer", "scale", "colours", "signed", "percentile", "low", "high", "beside", "parameter", "theme"], boxes = ["rings", "ice", "spots"];

// shown is the query of what is shown.
export function shown() {
  const camera = app.camera, [a, b] = app.panes, q = new URLSearchParams({ layer: $("layer").value, scale: $("scale").value, colours: $("colours").value, signed: $("signed").value, percentile: $("percentile").value,
    x: camera.x.toFixed(1), y: camera.y.toFixed(1), zoom: camera.zoom.toPrecision(5), image: app.state.image });
  for (const id of boxes) if ($(id).checked) q.set(id, 1);
  for (const id of ["low", "high", "beside", "theme"]) if ($(id).value) q.set(id, $(id).value);
  if (ofParameter.has(a.layer) || ofParameter.has($("beside").value)) q.set("parameter", a.parameter);
  if (a.layer === "remainder") q.set("other", a.other);
  if (b.pair) { q.set("second", b.parameter); if (b.flip) q.set("flip", 1); }
  const turned = app.state.knobs?.filter(k => k.value !== app.state.started?.[k.name]).map(k => `${k.name}:${k.value}`);
  if (turned?.length) q.set("values", turned.join(","));
  return q;
}

let later = 0;
export function save() {
  clearTimeout(later); // browsers refuse many changes a second
  later = setTimeout(() => history.replaceState(null, "", "#" + shown()), 150);
}

// restore takes what the address holds, and returns the values of parameters, the image and whether there is a place.
export function restore() {
  const q = new URLSearchParams(location.hash.slice(1)), [a, b] = app.panes;
  for (const id of selects) if (q.has(id)) $(id).value = q.get(id);
  for (const id of boxes) $(id).checked = q.has(id);
  a.other = q.get("other") || "";
  if (q.has("second")) Object.assign(b, { parameter: q.get("second"), flip: q.has("flip"), pair: true });
  if (q.has("zoom")) Object.assign(app.camera, { x: +q.get("x") || 0, y: +q.get("y") || 0, zoom: +q.get("zoom") || 1 });
  const values = Object.fromEntries((q.get("values") || "").split(",").filter(Boolean).map(pair => pair.split(":")).map(([name, v]) => [name, +v]));
  return { placed: q.has("zoom"), image: q.has("image") ? +q.get("image") : null, values };
}
