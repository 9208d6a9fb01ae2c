// Show why the model says what it says of the photo or the frame in view.

import * as engine from "./engine.js";

const find = (id) => document.getElementById(id);

function add(parent, tag, text, kind = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  parent.append(element);
  return element;
}

function picture(parent, source, caption) {
  const figure = add(parent, "figure", "", "seen");
  const image = add(figure, "img", "");
  image.src = source;
  image.alt = caption;
  add(figure, "figcaption", caption);
}

function show(said) {
  const found = find("why-found");
  found.replaceChildren();
  add(found, "p", said.summary);
  for (const cause of said.causes.slice(1, 3)) add(found, "p", `Or: ${cause.says}`, "note");
  const pictures = add(found, "div", "", "pictures");
  if (said.pictures.given) picture(pictures, said.pictures.given, "What the model sees");
  for (const cause of said.causes) {
    const source = said.pictures[cause.replay];
    if (source) picture(pictures, source, `After this change: ${said.target} (${Math.round(100 * cause.probability)}%)`);
  }
  if (said.covered?.nearest?.length) {
    add(found, "p", `Most like it among the training photos: ${said.covered.nearest.map((one) => `${one.label} (${one.path})`).join(", ")}`, "note");
  }
}

// takePhoto: gives the bytes of what is in view, or null.
export function offerWhy(classes, takePhoto) {
  if (!engine.explain) return;
  find("why").hidden = false;
  find("right").append(...classes.map((name) => new Option(name, name)));
  async function explain() {
    const photo = await takePhoto();
    if (!photo) {
      find("why-found").textContent = "Show a photo or open the camera first.";
      return;
    }
    find("why-ask").disabled = true;
    find("why-found").textContent = "Trying the photo with one thing changed at a time …";
    try {
      show(await engine.explain(photo, find("right").value));
    } catch (error) {
      find("why-found").textContent = error.message;
    }
    find("why-ask").disabled = false;
  }
  find("why-ask").onclick = explain;
  find("view").addEventListener("click", explain);
}
