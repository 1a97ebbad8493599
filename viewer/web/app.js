// What all parts of the page share.

export const $ = id => document.getElementById(id);

export const signedLayers = new Set(["residual", "difference", "derivative", "sigma", "remainder"]);
export const ofParameter = new Set(["derivative", "sigma", "information", "remainder"]);
export const needsModel = layer => layer !== "data";

// app has the state of the server, the panes, and functions that parts of the page give to the others. showing counts the layers on their way.
export const app = { state: null, camera: null, panes: [], knobs: null, rings: [], spots: [], cursor: null, showing: 0 };

// fail shows an error where the eye is.
export function fail(error) { tell(error.message || String(error), "error"); }

let hiding = 0;
// tell shows a line under the picture for a while; errors stay until they are clicked away.
export function tell(text, kind = "") {
  const p = $("told");
  p.textContent = text;
  p.className = kind;
  p.hidden = !text;
  clearTimeout(hiding);
  if (kind !== "error") hiding = setTimeout(() => { p.hidden = true; }, 8000);
}

export const element = (name, properties, ...children) => { const e = Object.assign(document.createElement(name), properties); e.append(...children); return e; };

export const colour = name => getComputedStyle(document.body).getPropertyValue(name);

export function download(name, href) { element("a", { href, download: name }).click(); }
