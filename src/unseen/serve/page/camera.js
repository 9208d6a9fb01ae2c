// Open the camera, or say why it cannot be had and what works instead.

const INSTEAD = "Photos can still be dropped, pasted or chosen here.";

export function whyNot(error) {
  if (!window.isSecureContext) {
    return `Browsers give the camera only to https pages and to this machine's own (http://127.0.0.1). Serve with --certificate and --key, or open the page on the machine that serves. ${INSTEAD} On a phone, "Choose photos" can take one.`;
  }
  if (!navigator.mediaDevices?.getUserMedia) return `This browser offers no camera to pages: try another browser. ${INSTEAD}`;
  const reasons = {
    NotAllowedError: "The camera was not allowed: allow it in the address bar, then try again.",
    NotFoundError: "No camera was found: plug one in, then try again.",
    NotReadableError: "The camera is in use by another program: close that, then try again.",
    OverconstrainedError: "The camera cannot give a picture of a usable size: try another one.",
  };
  return `${reasons[error?.name] ?? `The camera cannot be opened (${error?.message ?? error}).`} ${INSTEAD}`;
}

// The bytes of a canvas as a JPEG, at once: `toBlob` waits for an idle moment of the page, which under load comes
// seconds later.
export function jpegOf(canvas, quality) {
  const text = atob(canvas.toDataURL("image/jpeg", quality).split(",", 2)[1]);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = text.charCodeAt(i);
  return new Blob([bytes], { type: "image/jpeg" });
}

// Which cameras there are; a browser tells once one was allowed.
export async function cameras() {
  return (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput").map((one) => one.deviceId);
}

// Open the camera `id`, or the one that the browser likes best; `ended` is called if it is taken away.
export async function openCamera(video, id, ended) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new Error(whyNot());
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { width: { ideal: 640 }, height: { ideal: 480 }, ...(id ? { deviceId: { exact: id } } : { facingMode: "user" }) },
    });
  } catch (error) {
    throw new Error(whyNot(error));
  }
  video.srcObject = stream;
  await video.play();
  stream.getVideoTracks()[0].onended = ended;
  return () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}

// Call `take` with a canvas that holds the newest frame, as often as `ready` says so; returns what stops it.
export function watchFrames(video, shortSide, ready, take) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let running = true;
  let before = -1;
  const next = () => running && (video.requestVideoFrameCallback ? video.requestVideoFrameCallback(look) : requestAnimationFrame(look));
  function look() {
    if (!running) return;
    if (ready() && video.videoWidth && video.currentTime !== before) {
      before = video.currentTime;
      const scale = Math.min(1, shortSide / Math.min(video.videoWidth, video.videoHeight));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      take(canvas);
    }
    next();
  }
  next();
  return () => { running = false; };
}
