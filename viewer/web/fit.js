// Refinements that are watched, what they say at the end, and parameters that do the same.
import { $, app, element, fail, tell, colour } from "./app.js";
import { get, post } from "./server.js";
import { lines } from "./charts.js";
import { showAll, chosen } from "./panes.js";

let losses = [];

export async function start() {
  losses = [];
  $("outcome").replaceChildren();
  try {
    await post("refine", { free: app.knobs.free(), reject: $("reject").checked });
    $("progress").textContent = "started";
    running(true);
  } catch (e) { fail(e); }
}

export function running(on) {
  $("refine").disabled = on || !app.state.folder || !!app.state.lacks;
  $("stop").disabled = !on;
}

let waiting = false;
export function iterated(i) {
  losses.push(i.loss);
  $("progress").textContent = `step ${i.number}, loss ${i.loss.toPrecision(8)}`;
  if (losses.length > 1) lines($("losses"), losses.map((_, k) => k + 1), [{ values: losses, colour: colour("--accent") }], { title: "step", high: 100 });
  if (!i.values) return;
  app.knobs.update(i.values);
  if (waiting) return;
  waiting = true;
  get("state").then(async next => { app.accept(next); await showAll(); }).catch(() => {}).finally(() => { waiting = false; }); // the next step shows what this one could not
}

export async function finished(o) {
  const p = $("outcome");
  p.replaceChildren();
  const line = (t, kind) => p.append(element("div", { textContent: t, className: kind || "" }));
  if (o.error) line(o.error, "error");
  if (o.verdict) {
    const [first, ...rest] = o.verdict.trim().split("\n"); // FIT or NOT A FIT, then why
    line(first, o.fit ? "fit" : "nofit");
    line(rest.join("\n"));
  }
  if (o.parameters) {
    p.append(element("table", {}, ...o.parameters.map(q => element("tr", {}, ...[q.name, String(+q.value.toPrecision(6)), q.sigma ? "± " + q.sigma.toPrecision(2) : ""].map(cell => element("td", { textContent: cell }))))));
    for (const words of strongest(o)) line(words);
  }
  if (!o.error) {
    p.append(element("p", {}, element("button", { id: "acceptfit", textContent: "accept", title: "the values stay", onclick: accepted }), " ",
      element("button", { id: "back", textContent: "go back", title: "the parameters become what they were", onclick: back })));
    if (o.files) p.append(element("p", { id: "files" }, o.folder + ": ", ...o.files.flatMap(f => [element("a", { href: "files/" + encodeURIComponent(f), target: "_blank", rel: "noopener", textContent: f }), " "])));
  }
  app.accept(await get("state"));
  running(false);
  app.knobs.sigmas(app.state.knobs);
  $("layer").value = "residual";
  chosen();
}

function accepted() {
  app.remember();
  for (const id of ["acceptfit", "back"]) $(id).disabled = true;
  tell("The refined values are kept. Save them as an experiment, for DIALS (.expt), or take the report from the list of files.");
}

async function back() {
  try {
    app.accept(await post("back", {}));
    app.knobs.sigmas(app.state.knobs);
    for (const id of ["acceptfit", "back"]) $(id).disabled = true;
    await showAll();
  } catch (e) { fail(e); }
}

// strongest names the pairs of parameters that are the least told apart.
function strongest(o) {
  const pairs = [];
  (o.correlations || []).forEach((row, i) => row.forEach((r, j) => { if (j < i && Math.abs(r) > 0.5) pairs.push([r, `${o.parameters[i].name} and ${o.parameters[j].name}: correlation ${r.toFixed(3)}`]); }));
  return pairs.sort((a, b) => Math.abs(b[0]) - Math.abs(a[0])).slice(0, 5).map(q => q[1]);
}

// alike lists the pairs of ticked parameters by how alike their images are; a pair is shown side by side.
export async function alike() {
  const list = $("pairs");
  list.replaceChildren(element("li", { textContent: "computing" }));
  try {
    const a = await get(`alike?image=${app.state.image}&names=${app.knobs.free().map(encodeURIComponent).join(",")}`), pairs = [];
    a.names.forEach((p, i) => a.names.forEach((q, j) => { if (j < i) pairs.push([a.cosine[i][j], p, q]); }));
    pairs.sort((x, y) => Math.abs(y[0]) - Math.abs(x[0]));
    list.replaceChildren(...pairs.slice(0, 30).map(([c, p, q]) => element("li", {}, element("button", { textContent: `${c.toFixed(3)}  ${p}, ${q}`, onclick: () => pair(p, q, c) }))));
    const lost = a.names.filter((_, i) => !a.sigma[i]);
    if (lost.length) list.append(element("li", { textContent: lost.length === a.names.length ? "All of them together are not determined by this image." : "not determined: " + lost.join(", ") }));
  } catch (e) { list.replaceChildren(); fail(e); }
}

// pair shows what two parameters change side by side, turned so that the images coincide where they cannot be told apart. Again, it shows what the second does not imitate.
function pair(p, q, cosine) {
  const [a, b] = app.panes, again = a.layer === "sigma" && a.parameter === p && b.parameter === q && b.pair;
  $("layer").value = a.layer = again ? "remainder" : "sigma";
  $("beside").value = b.layer = "sigma";
  $("parameter").value = a.parameter = p;
  Object.assign(b, { parameter: q, flip: cosine < 0, pair: true });
  a.other = q;
  $("by").hidden = false;
  showAll().catch(fail);
  tell(again ? `Left: what ${q} does not imitate.` : "Blink (B) compares them in one place; click the pair again for what is left.");
}
