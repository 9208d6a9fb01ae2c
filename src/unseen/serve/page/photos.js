// The photos that were chosen, dropped or pasted: each is answered in turn, and one of them is shown.

import { predict } from "./engine.js";

const find = (id) => document.getElementById(id);

// show: draws a photo { file, url, said or error }. complain: says what is wrong.
export class Photos {
  #all = [];
  #show;
  #complain;
  shown = null;

  constructor(show, complain) {
    this.#show = show;
    this.#complain = complain;
  }

  async add(files) {
    const images = [...files].filter((file) => file.type.startsWith("image/") || !file.type);
    if (!images.length) {
      this.#complain("These are no photos: choose image files.");
      return;
    }
    this.#complain("");
    const added = images.map((file) => ({ file, url: URL.createObjectURL(file) }));
    for (const photo of added) this.#list(photo);
    for (const photo of added) {
      await this.#ask(photo);
      if (photo === added[0]) await this.choose(photo);
    }
  }

  // Answer all again: by another model, or for another hand.
  async again() {
    for (const photo of this.#all) await this.#ask(photo);
    if (this.shown) await this.choose(this.shown);
  }

  async choose(photo) {
    this.shown = photo;
    this.mark();
    await this.#show(photo);
  }

  // Mark the photo that is shown in the list; none while the camera is.
  mark(shown = this.shown) {
    for (const one of this.#all) one.button.setAttribute("aria-pressed", String(one === shown));
  }

  #list(photo) {
    this.#all.push(photo);
    const row = document.createElement("li");
    photo.button = document.createElement("button");
    photo.button.type = "button";
    const image = document.createElement("img");
    image.src = photo.url;
    image.alt = "";
    photo.name = document.createElement("span");
    photo.button.append(image, photo.name);
    photo.button.onclick = () => photo.name.textContent !== "…" && this.choose(photo);
    row.append(photo.button);
    find("gallery").append(row);
    find("gallery").hidden = this.#all.length < 2;
    this.#name(photo, "…");
    this.mark();
  }

  #name(photo, text) {
    photo.name.textContent = text;
    photo.button.setAttribute("aria-label", `${photo.file.name}: ${text}`);
  }

  async #ask(photo) {
    try {
      photo.said = await predict(photo.file, { pixels: true, hand: find("hand").value });
      photo.error = null;
    } catch (error) {
      photo.said = null;
      photo.error = error.message;
    }
    this.#name(photo, photo.error ? "cannot be used" : photo.said.label ?? "unknown");
  }
}
