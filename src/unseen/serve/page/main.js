// Wire the page: photos and the camera in, answers out.

import { describe, liveView } from "./engine.js";
import { clearAnswer, drawRegion, showAnswer, speak } from "./answer_view.js";
import { cameras, jpegOf, openCamera, watchFrames } from "./camera.js";
import { describeModel } from "./model_facts.js";
import { Photos } from "./photos.js";
import { Smoother } from "./smoothing.js";
import { offerWhy } from "./why.js";

const find = (id) => document.getElementById(id);
const video = find("video");
const shown = find("shown");
const smoother = new Smoother();
const photos = new Photos(showPhoto, complain);
let model = null;
let live = null; // of the open camera: { view, stop }
let last = null; // what is drawn: { region, width, height }
let camera = null; // which of several cameras
let forgetWhy = () => {};

function complain(text) {
  find("problem").textContent = text;
  find("problem").hidden = !text;
}

// Show the video, the photo, or nothing; whatever was said of another picture goes.
function showPicture(element) {
  for (const one of [video, shown]) one.hidden = one !== element;
  find("hint").hidden = Boolean(element);
  find("drop").dataset.showing = element === video ? "camera" : element ? "photo" : "nothing";
  clearAnswer();
  forgetWhy();
}

function draw(region, width, height) {
  last = { region, width, height };
  drawRegion(region, width, height);
}

async function showPhoto(photo) {
  closeCamera();
  shown.src = photo.url;
  shown.alt = photo.file.name;
  showPicture(shown);
  const seen = await shown.decode().then(() => true, () => false);
  if (photos.shown !== photo || live) return; // another one was chosen meanwhile
  complain(photo.error ? `${photo.file.name}: ${photo.error}` : seen ? "" : `This browser cannot show ${photo.file.name}; the model can read it.`);
  draw(photo.said?.region, shown.naturalWidth, shown.naturalHeight);
  if (!photo.said) return;
  showAnswer(forView(photo.said));
  speak(photo.said.label, 0);
}

const wanted = () => ({ pixels: find("pixels").checked, hand: find("hand").value || null });
const forView = (said) => (find("pixels").checked ? said : { ...said, pixels: null });

// Camera

async function toggleCamera() {
  if (!live) return startCamera();
  closeCamera();
  if (photos.shown) return photos.choose(photos.shown);
  return showPicture(null);
}

async function startCamera() {
  complain("");
  try {
    const stop = await openCamera(video, camera, () => {
      closeCamera();
      showPicture(null);
      complain("The camera was taken away: plug it in, or allow it again, and open it.");
    });
    photos.mark(null);
    showPicture(video);
    find("camera").textContent = "Close the camera";
    find("other-camera").hidden = (await cameras()).length < 2;
    startLiveView(stop);
  } catch (error) {
    complain(error.message);
  }
}

async function otherCamera() {
  const all = await cameras();
  const now = video.srcObject?.getVideoTracks()[0].getSettings().deviceId;
  camera = all[(all.indexOf(now) + 1) % all.length];
  closeCamera();
  await startCamera();
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
      showAnswer(answer, find("smooth").checked ? `smoothed over ${smoother.frames} ${smoother.frames === 1 ? "frame" : "frames"}` : "of this frame");
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
      if (ended) {
        closeCamera();
        showPicture(null);
      }
      complain(reason);
    },
  });
  view.want(wanted());
  const stopFrames = watchFrames(video, 2 * model.decode_side_px, view.ready, view.send);
  live = { view, stop: () => { stopFrames(); stopCamera(); view.close(); } };
}

// The bytes of what is in view, null where nothing is.
async function inView() {
  if (!live) return photos.shown?.file ?? null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return jpegOf(canvas, 0.95);
}

function closeCamera() {
  if (!live) return;
  const { stop } = live;
  live = null;
  stop();
  find("camera").textContent = "Open the camera";
  find("other-camera").hidden = true;
  draw(null, 0, 0);
}

// The page

function listen() {
  find("camera").onclick = toggleCamera;
  find("other-camera").onclick = otherCamera;
  find("choose").onchange = (event) => {
    photos.add(event.target.files);
    event.target.value = ""; // the same photo may be chosen again
  };
  find("mirror").onchange = (event) => find("view").classList.toggle("mirrored", event.target.checked);
  find("smooth").onchange = () => smoother.clear();
  find("pixels").onchange = () => {
    live?.view?.want(wanted());
    if (!live && photos.shown?.said) showAnswer(forView(photos.shown.said));
  };
  find("hand").onchange = async () => {
    smoother.clear();
    live?.view?.want(wanted());
    if (!live) await photos.again();
  };
  document.addEventListener("paste", (event) => event.clipboardData.files.length && photos.add(event.clipboardData.files));
  document.addEventListener("dragover", (event) => { event.preventDefault(); find("drop").classList.add("over"); });
  document.addEventListener("dragleave", () => find("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    find("drop").classList.remove("over");
    photos.add(event.dataTransfer.files);
  });
  window.addEventListener("resize", () => last && drawRegion(last.region, last.width, last.height));
}

listen();
try {
  model = await describe();
  describeModel(model);
  forgetWhy = offerWhy(model.classes, inView);
  if (model.teachable) {
    const { offerTeaching } = await import("./teach.js");
    offerTeaching(() => (live ? inView() : null), () => live || startCamera(), async () => {
      const open = Boolean(live);
      closeCamera();
      model = await describe();
      describeModel(model);
      forgetWhy = offerWhy(model.classes, inView);
      if (open) await startCamera();
      else await photos.again();
    });
  }
} catch (error) {
  complain(error.message);
}
