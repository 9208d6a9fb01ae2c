// Ask the server. The exported page has a file of the same name that runs the model in the browser instead.

import { jpegOf } from "./camera.js";

async function json(answer) {
  const said = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
  if (!answer.ok) throw new Error(said.error);
  return said;
}

async function ask(path, options) {
  try {
    return await json(await fetch(path, options));
  } catch (error) {
    if (error instanceof TypeError) throw new Error("the server cannot be reached: start unseen serve again");
    throw error;
  }
}

export const describe = () => ask("v1/model");

const query = (settings) => new URLSearchParams(Object.entries(settings).filter(([, value]) => value));

export async function predict(photo, { pixels = false, hand = "" } = {}) {
  const said = await ask(`v1/predict?${query({ pixels: pixels && "1", hand })}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: photo,
  });
  return said.predictions[0];
}

export async function explain(photo, { label = "", hand = "" } = {}) {
  return ask(`v1/explain?${query({ label, hand })}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: photo,
  });
}

// A live view: `send` takes a frame as a canvas, `answered` is given what the model says and the milliseconds it took.
export function liveView({ answered, failed }) {
  const address = new URL("v1/frames", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  const sent = new Map();
  let number = 0;
  let closed = false;
  socket.onmessage = (message) => {
    const said = JSON.parse(message.data);
    const began = sent.get(said.frame);
    for (const one of sent.keys()) if (one <= said.frame) sent.delete(one);
    if (said.error) failed(said.error);
    else answered(said, performance.now() - began);
  };
  socket.onclose = ({ reason }) => closed || failed(reason || "the server ended the live view: start unseen serve again", true);
  return {
    // one frame is with the model while the next one is on its way
    ready: () => socket.readyState === WebSocket.OPEN && sent.size < 2,
    send(canvas) {
      number += 1;
      sent.set(number, performance.now());
      socket.send(jpegOf(canvas, 0.9));
    },
    want(settings) { // { pixels, hand }
      const say = () => socket.send(JSON.stringify(settings));
      if (socket.readyState === WebSocket.OPEN) say();
      else socket.addEventListener("open", say, { once: true });
    },
    close() {
      closed = true;
      socket.close();
    },
  };
}
