// What the server answers.

async function answer(response) {
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}

export const get = async path => answer(await fetch("api/" + path));

const send = (path, value) => fetch("api/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
export const post = async (path, value) => answer(await send(path, value));

// tile gets a tile of float32.
export async function tile(query) {
  const response = await fetch("api/tile?" + query);
  if (!response.ok) throw new Error(await response.text());
  return { fast: +response.headers.get("X-Fast"), slow: +response.headers.get("X-Slow"), values: new Float32Array(await response.arrayBuffer()) };
}

// frame gets tiles of a model whose parameters a slider moves: {coarse, revision, list}, list in the order of the tiles that were asked for.
export async function frame(asked) {
  const response = await send("frame", asked);
  if (!response.ok) throw new Error(await response.text());
  const data = await response.arrayBuffer(), long = new DataView(data).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, long)));
  let at = 4 + long;
  const list = head.sizes.map(([fast, slow], i) => {
    const values = new Float32Array(data, at, fast * slow);
    at += 4 * values.length;
    return { ...asked.tiles[i], fast, slow, values };
  });
  return { ...head, list };
}

// events calls a function for each event of a name, and again when the connection came back.
export function events(handlers, again) {
  const source = new EventSource("api/events");
  for (const [name, handle] of Object.entries(handlers)) source.addEventListener(name, e => handle(JSON.parse(e.data)));
  let lost = false;
  source.addEventListener("error", () => { lost = true; });
  source.addEventListener("open", () => { if (lost) again(); lost = false; });
}
