// What the server answers.

async function answer(response) {
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}

export const get = async path => answer(await fetch("api/" + path));

export const post = async (path, value) => answer(await fetch("api/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) }));

// tile gets a tile of float32.
export async function tile(query) {
  const response = await fetch("api/tile?" + query);
  if (!response.ok) throw new Error(await response.text());
  return { fast: +response.headers.get("X-Fast"), slow: +response.headers.get("X-Slow"), values: new Float32Array(await response.arrayBuffer()) };
}

// events calls a function for each event of a name.
export function events(handlers) {
  const source = new EventSource("api/events");
  for (const [name, handle] of Object.entries(handlers)) source.addEventListener(name, e => handle(JSON.parse(e.data)));
}
