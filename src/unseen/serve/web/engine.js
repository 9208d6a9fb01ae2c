// Run the model in this browser: the same functions as those that ask a server.

const worker = new Worker(new URL("./model_worker.js", import.meta.url), { type: "module" });
const waiting = new Map();
let number = 0;

worker.onmessage = ({ data }) => {
  const { resolve, reject } = waiting.get(data.number);
  waiting.delete(data.number);
  if (data.error) reject(new Error(data.error));
  else resolve(data.said);
};
worker.onerror = () => {
  for (const { reject } of waiting.values()) reject(new Error("this browser cannot run the model: try a newer one"));
  waiting.clear();
};

function ask(image, pixels) {
  number += 1;
  const { width, height, data } = image;
  const answer = new Promise((resolve, reject) => { waiting.set(number, { resolve, reject }); });
  worker.postMessage({ number, width, height, rgba: data.buffer, pixels }, [data.buffer]);
  return answer;
}

// The pixels of a photo, upright, on white where it is transparent.
async function pixelsOf(photo) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(photo);
  } catch {
    throw new Error("the photo cannot be used: this browser cannot open it");
  }
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

export async function describe() {
  // a service worker needs https or localhost; without one the page works, but not offline
  navigator.serviceWorker?.register(new URL("../sw.js", import.meta.url)).catch(() => {});
  return (await fetch("model.json")).json();
}

export const predict = async (photo, { pixels = false } = {}) => ask(await pixelsOf(photo), pixels);

// Explanations replay a photo in Python: a folder without a server has none.
export const explain = null;

export function liveView({ answered, failed }) {
  let busy = false;
  let wanted = false;
  let closed = false;
  return {
    ready: () => !busy && !closed,
    send(canvas) {
      const began = performance.now();
      busy = true;
      const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      ask(image, wanted)
        .then((said) => closed || answered(said, performance.now() - began))
        .catch((error) => closed || failed(error.message))
        .finally(() => { busy = false; });
    },
    want({ pixels }) { wanted = pixels; },
    close() { closed = true; },
  };
}
