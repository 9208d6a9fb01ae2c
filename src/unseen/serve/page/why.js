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

function picture(parent, source, caption, alt = caption) {
  const figure = add(parent, "figure", "", "seen");
  const image = add(figure, "img", "");
  image.src = source;
  image.alt = alt;
  add(figure, "figcaption", caption);
}

function show(said) {
  const found = find("why-found");
  const { given, looked } = said.pictures;
  found.replaceChildren();
  add(found, "p", said.summary);
  for (const cause of said.causes.slice(1, 3)) add(found, "p", `Or: ${cause.says}`, "note");
  const pictures = add(found, "div", "", "pictures");
  if (given) picture(pictures, given, "What the model sees");
  if (looked) picture(pictures, looked, "What speaks for the answer", "What the model sees, in grey, with what speaks for the answer in yellow");
  for (const cause of said.causes) {
    const source = said.pictures[cause.replay];
    if (source) picture(pictures, source, `After this change: ${said.target} (${Math.round(100 * cause.probability)}%)`);
  }
  if (said.pose?.says && !said.summary.includes(said.pose.says)) add(found, "p", said.pose.says, "note");
  showNearest(found, said);
  if (said.missing.length) add(found, "p", `Not known of this model: ${said.missing.join(", ")}.`, "note");
}

function showNearest(found, said) {
  const nearest = said.covered?.nearest ?? [];
  if (!nearest.length) return;
  add(found, "p", "Most like it among the training photos:", "note");
  const pictures = add(found, "div", "", "pictures small");
  for (const [i, one] of nearest.entries()) if (said.nearest[i]) picture(pictures, said.nearest[i], one.label, `${one.label}: ${one.path}`);
  const named = nearest.filter((_, i) => !said.nearest[i]).map((one) => `${one.label} (${one.path})`);
  if (named.length) add(found, "p", named.join(", "), "note");
}

// takePhoto: gives the bytes of what is in view, or null. Returns what forgets an explanation: of another picture.
export function offerWhy(classes, takePhoto) {
  if (!engine.explain || !classes.length) return () => {};
  let number = 0;
  find("why").hidden = false;
  find("right").replaceChildren(new Option("not known", ""), ...classes.map((name) => new Option(name, name)));
  async function explain() {
    const photo = await takePhoto();
    if (!photo) {
      find("why-found").textContent = "Show a photo or open the camera first.";
      return;
    }
    number += 1;
    const mine = number;
    find("why-ask").disabled = true;
    find("why-found").textContent = "Trying the picture with one thing changed at a time …";
    try {
      const said = await engine.explain(photo, { label: find("right").value, hand: find("hand").value });
      if (mine === number) show(said);
    } catch (error) {
      if (mine === number) find("why-found").textContent = error.message;
    }
    if (mine === number) find("why-ask").disabled = false;
  }
  find("why-ask").onclick = explain;
  find("view").onclick = explain;
  return () => {
    number += 1;
    find("why-ask").disabled = false;
    find("why-found").textContent = "Click the picture, or ask here.";
  };
}
