// Hold the model, and answer one photo at a time, away from the page so that it stays quick.

import * as ort from "../ort/ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = new URL("../ort/", import.meta.url).href;
ort.env.wasm.numThreads = 1;

const load = async (name) => {
  const answer = await fetch(new URL(`../${name}`, import.meta.url));
  if (!answer.ok) throw new Error(`${name} is missing from the folder: copy all of it`);
  return answer;
};
const model = load("model.json").then((answer) => answer.json());
const session = load("model.onnx").then(async (answer) => ort.InferenceSession.create(new Uint8Array(await answer.arrayBuffer())));

function rgbOf(rgba) {
  const from = new Uint8Array(rgba);
  const rgb = new Uint8Array((from.length / 4) * 3);
  for (let i = 0, j = 0; i < from.length; i += 4) {
    rgb[j++] = from[i];
    rgb[j++] = from[i + 1];
    rgb[j++] = from[i + 2];
  }
  return rgb;
}

async function pictureOf(tensor) {
  const [, height, width] = tensor.dims;
  const image = new ImageData(width, height);
  for (let i = 0, j = 0; i < image.data.length; i += 4) {
    image.data.set([tensor.data[j++], tensor.data[j++], tensor.data[j++], 255], i);
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
  return `data:image/png;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

function regionOf(found) {
  if (!found.found_boxes) return null;
  const box = Array.from(found.found_boxes.data);
  const flat = found.found_keypoints ? Array.from(found.found_keypoints.data) : [];
  const keypoints = flat.length && flat.every(Number.isFinite) ? flat.flatMap((x, i) => (i % 2 ? [] : [[x, flat[i + 1]]])) : null;
  return { box: box.every(Number.isFinite) ? box : null, keypoints, score: found.found_scores.data[0] };
}

async function answer({ width, height, rgba, pixels }) {
  const { classes, unknown_at } = await model;
  const loaded = await session;
  const asked = ["probabilities", "unknown", ...(pixels ? ["pixels"] : [])];
  const wanted = loaded.outputNames.filter((name) => asked.includes(name) || name.startsWith("found_"));
  const found = await loaded.run({ photos: new ort.Tensor("uint8", rgbOf(rgba), [1, height, width, 3]) }, wanted);
  const shares = Array.from(found.probabilities.data);
  const best = shares.indexOf(Math.max(...shares));
  const doubt = found.unknown && unknown_at !== null ? found.unknown.data[0] : null;
  return {
    label: doubt !== null && doubt > unknown_at ? null : classes[best],
    unknown: doubt,
    probability: shares[best],
    probabilities: Object.fromEntries(classes.map((name, i) => [name, shares[i]])),
    region: regionOf(found),
    pixels: pixels ? await pictureOf(found.pixels) : null,
  };
}

let before = Promise.resolve();
self.onmessage = ({ data }) => {
  before = before.then(() => answer(data)).then(
    (said) => self.postMessage({ number: data.number, said }),
    (error) => self.postMessage({ number: data.number, error: error.message }),
  );
};
