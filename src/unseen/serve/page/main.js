// Wire the page: photos and the camera in, answers out.

import { describe, liveView, predict } from "./engine.js";
import { drawRegion, showAnswer, speak } from "./answer_view.js";
import { openCamera, watchFrames } from "./camera.js";
import { Smoother } from "./smoothing.js";
import { offerWhy } from "./why.js";

const find = (id) => document.getElementById(id);
const video = find("video");
const shown = find("shown");
const smoother = new Smoother();
let model = null;
let live = null; // of the open camera: { view, stop }
let last = null; // what is drawn: { region, width, height }

function complain(text) {
  find("problem").textContent = text;
  find("problem").hidden = !text;
}

function showPicture(element) {
  for (const one of [video, shown]) one.hidden = one !== element;
  find("hint").hidden = Boolean(element);
  find("caption").hidden = true; // until there is an answer
}

function draw(region, width, height) {
  last = { region, width, height };
  drawRegion(region, width, height);
}

// Photos

const photos = []; // { url, file, said or error }

async function addPhotos(files) {
  const images = [...files].filter((file) => file.type.startsWith("image/") || !file.type);
  if (!images.length) return complain("These are no photos: choose image files.");
  complain("");
  closeCamera();
  const first = photos.length;
  for (const file of images) photos.push({ file, url: URL.createObjectURL(file) });
  for (let i = first; i < photos.length; i += 1) {
    await ask(photos[i]);
    if (i === first) await showPhoto(photos[i]);
    listPhotos();
  }
}

async function ask(photo) {
  try {
    photo.said = await predict(photo.file, { pixels: true });
    photo.error = null;
  } catch (error) {
    photo.error = error.message;
  }
}

async function showPhoto(photo) {
  closeCamera();
  photo.shown = true;
  for (const one of photos) one.shown = one === photo;
  shown.src = photo.url;
  shown.alt = photo.file.name;
  showPicture(shown);
  await shown.decode().catch(() => {});
  complain(photo.error ? `${photo.file.name}: ${photo.error}` : "");
  draw(photo.said?.region, shown.naturalWidth, shown.naturalHeight);
  if (!photo.said) return;
  showAnswer(forView(photo.said));
  speak(photo.said.label, 0);
  find("speed").textContent = "";
}

const forView = (said) => (find("pixels").checked ? said : { ...said, pixels: null });

function listPhotos() {
  const list = find("gallery");
  list.hidden = photos.length < 2;
  list.replaceChildren(...photos.map((photo) => {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(Boolean(photo.shown)));
    const image = document.createElement("img");
    image.src = photo.url;
    image.alt = "";
    const name = document.createElement("span");
    name.textContent = photo.error ? "cannot be used" : photo.said ? photo.said.label ?? "unknown" : "…";
    button.append(image, name);
    button.setAttribute("aria-label", `${photo.file.name}: ${name.textContent}`);
    button.onclick = async () => {
      await showPhoto(photo);
      listPhotos();
      list.querySelector('[aria-pressed="true"]')?.focus();
    };
    row.append(button);
    return row;
  }));
}

// Camera

async function toggleCamera() {
  if (live) return closeCamera();
  complain("");
  try {
    const stop = await openCamera(video);
    showPicture(video);
    find("camera").textContent = "Close the camera";
    startLiveView(stop);
  } catch (error) {
    complain(error.message);
  }
}

function startLiveView(stopCamera) {
  if (!model?.classes.length) { // nothing answers before a first model is taught
    live = { view: null, stop: stopCamera };
    return;
  }
  smoother.clear();
  const times = [];
  const view = liveView({
    answered(said, milliseconds) {
      if (!live) return;
      const answer = find("smooth").checked ? smoother.add(said) : said;
      showAnswer(answer, find("smooth").checked ? `over ${smoother.frames} ${smoother.frames === 1 ? "frame" : "frames"}` : "of this frame");
      speak(answer.label);
      draw(said.region, video.videoWidth, video.videoHeight);
      const now = performance.now();
      times.push({ now, milliseconds });
      while (times[0].now < now - 1000) times.shift();
      const mean = times.reduce((sum, one) => sum + one.milliseconds, 0) / times.length;
      find("speed").textContent = `${times.length} frames/s, ${mean.toFixed(0)} ms from the camera to the answer`;
      complain("");
    },
    failed(reason, ended) {
      complain(reason);
      if (ended) closeCamera();
    },
  });
  view.wantPixels(find("pixels").checked);
  const stopFrames = watchFrames(video, 2 * model.decode_side_px, view.ready, view.send);
  live = { view, stop: () => { stopFrames(); stopCamera(); view.close(); } };
}

// The bytes of what is in view, null where nothing is.
async function inView() {
  if (!live) return photos.find((one) => one.shown)?.file ?? null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((take) => { canvas.toBlob(take, "image/jpeg", 0.95); });
}

function closeCamera() {
  if (!live) return;
  const { stop } = live;
  live = null;
  stop();
  find("camera").textContent = "Open the camera";
  find("speed").textContent = "";
  draw(null, 0, 0);
  showPicture(null);
}

// The page

function describeModel() {
  find("model-name").textContent = model.name;
  document.title = `${model.name}: try the model`;
  const { accuracy, over } = model;
  const share = (value) => `${(100 * value).toFixed(1)}%`;
  const measured = accuracy?.value == null ? "" : ` Right on ${share(accuracy.value)} of photos held out of training (95% interval ${share(accuracy.low)} to ${share(accuracy.high)}, ${over}).`;
  if (!model.classes.length) {
    find("model-facts").textContent = "No model yet: record photos of two classes below, and teach one.";
    return;
  }
  find("model-facts").textContent = `Knows ${model.classes.length} classes: ${model.classes.slice(0, 30).join(", ")}${model.classes.length > 30 ? ", …" : ""}.${measured}`;
}

function listen() {
  find("camera").onclick = toggleCamera;
  find("choose").onchange = (event) => { addPhotos(event.target.files); };
  find("mirror").onchange = (event) => find("view").classList.toggle("mirrored", event.target.checked);
  find("smooth").onchange = () => smoother.clear();
  find("pixels").onchange = (event) => {
    live?.view?.wantPixels(event.target.checked);
    const photo = photos.find((one) => one.shown);
    if (!live && photo?.said) showAnswer(forView(photo.said));
  };
  document.addEventListener("paste", (event) => event.clipboardData.files.length && addPhotos(event.clipboardData.files));
  document.addEventListener("dragover", (event) => { event.preventDefault(); find("drop").classList.add("over"); });
  document.addEventListener("dragleave", () => find("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    find("drop").classList.remove("over");
    addPhotos(event.dataTransfer.files);
  });
  window.addEventListener("resize", () => last && drawRegion(last.region, last.width, last.height));
}

listen();
try {
  model = await describe();
  describeModel();
  offerWhy(model.classes, inView);
  if (model.teachable) {
    const { offerTeaching } = await import("./teach.js");
    offerTeaching(() => (live ? inView() : null), () => live || toggleCamera(), async () => {
      closeCamera();
      model = await describe();
      describeModel();
    });
  }
} catch (error) {
  complain(error.message);
}
