// The film strip of a sweep: small pictures that are fetched when they come into sight.
import { $, app, element } from "./app.js";

let seen = null;

export function film(go) {
  const strip = $("film"), { first, last } = app.state;
  seen = new IntersectionObserver(list => {
    for (const e of list) if (e.isIntersecting && !e.target.firstChild.src) e.target.firstChild.src = "api/thumbnail?image=" + e.target.dataset.image;
  }, { root: strip, rootMargin: "0px 300px" });
  const buttons = [];
  for (let n = first; n <= last; n++) {
    const b = element("button", { title: "image " + n }, element("img", { alt: "", width: 72, height: 72 }), element("span", { textContent: n }));
    b.dataset.image = n;
    b.addEventListener("click", () => go(n));
    seen.observe(b);
    buttons.push(b);
  }
  strip.replaceChildren(...buttons);
}

// mark shows which image is shown.
export function mark(n) {
  for (const b of $("film").querySelectorAll("[aria-current]")) b.removeAttribute("aria-current");
  const b = $("film").querySelector(`[data-image="${n}"]`);
  b?.setAttribute("aria-current", "true");
  b?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// renew fetches the small pictures again, after a change of the mask.
export function renew() {
  for (const b of $("film").children) { b.firstChild.removeAttribute("src"); seen.unobserve(b); seen.observe(b); }
}
