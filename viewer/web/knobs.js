// Parameters as sliders and numbers, in groups.

const digits = 8;
export const text = v => String(+v.toPrecision(digits));

export class Knobs {
  // moved is called with {name: value} while the user moves a slider, settled with the same when it is let go or a number is entered.
  constructor(place, moved, settled) { Object.assign(this, { place, moved, settled, rows: new Map() }); }

  // build makes the rows of a list of parameters.
  build(list) {
    const open = new Set([...this.place.querySelectorAll("details[open]")].map(d => d.dataset.group)), first = this.rows.size === 0;
    this.place.replaceChildren();
    this.rows.clear();
    const groups = new Map();
    for (const k of list) {
      if (!groups.has(k.group)) {
        const d = document.createElement("details");
        d.dataset.group = k.group;
        d.open = first ? list.some(x => x.group === k.group && x.free) : open.has(k.group);
        d.append(Object.assign(document.createElement("summary"), { textContent: k.group }));
        groups.set(k.group, d);
        this.place.append(d);
      }
      groups.get(k.group).append(this.row(k));
    }
  }

  row(k) {
    const row = document.createElement("div");
    row.className = "knob";
    const free = Object.assign(document.createElement("input"), { type: "checkbox", checked: k.free, title: "refine it", ariaLabel: "refine " + k.name });
    const name = Object.assign(document.createElement("label"), { textContent: k.name.slice(k.group === "model" ? 0 : k.group.length + 1) + (k.unit ? `, ${k.unit}` : ""), title: k.name });
    const sigma = Object.assign(document.createElement("span"), { className: "sigma", textContent: k.sigma ? " ± " + k.sigma.toPrecision(2) : "" });
    name.append(sigma);
    const slider = Object.assign(document.createElement("input"), { type: "range", ariaLabel: k.name, min: -100, max: 100, step: 1, value: 0, title: "arrow keys turn it by small steps" });
    const number = Object.assign(document.createElement("input"), { type: "number", step: "any", value: text(k.value), ariaLabel: "value of " + k.name });
    slider.dataset.name = number.dataset.name = k.name;
    const item = { ...k, sigma, row, free, slider, number, middle: k.value };
    slider.addEventListener("input", () => { this.set(item, item.middle + slider.value * item.step); this.moved({ [item.name]: item.value }); });
    slider.addEventListener("change", () => { item.middle = item.value; slider.value = 0; this.settled({ [item.name]: item.value }); });
    number.addEventListener("change", () => { if (number.value !== "" && Number.isFinite(+number.value)) { this.set(item, +number.value); item.middle = item.value; this.settled({ [item.name]: item.value }); } });
    row.append(free, name, slider, number);
    this.rows.set(k.name, item);
    return row;
  }

  set(item, value) {
    item.value = value;
    item.number.value = text(value);
  }

  // update shows values that have changed elsewhere.
  update(values) {
    for (const [name, value] of Object.entries(values)) {
      const item = this.rows.get(name);
      if (!item || document.activeElement === item.slider && item.slider.value != 0) continue;
      item.value = item.middle = value;
      item.number.value = text(value);
      item.slider.value = 0;
    }
  }

  // sigmas shows the uncertainties of a refinement beside the names.
  sigmas(list) { for (const k of list) { const item = this.rows.get(k.name); if (item) item.sigma.textContent = k.sigma ? " ± " + k.sigma.toPrecision(2) : ""; } }

  values() { return Object.fromEntries([...this.rows].map(([name, item]) => [name, item.value])); }
  free() { return [...this.rows.values()].filter(item => item.free.checked).map(item => item.name); }

  // filter shows the rows whose names hold a text.
  filter(words) {
    for (const item of this.rows.values()) item.row.hidden = !item.name.includes(words), item.row.style.display = item.row.hidden ? "none" : "";
    if (words) for (const d of this.place.querySelectorAll("details")) d.open = true;
  }
}
