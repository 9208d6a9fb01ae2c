// Show an answer: the class, a bar a class, the box and joints over the picture, the pixels that the model is given.

const MOST_BARS = 12; // more classes than this: the likeliest ones, in order
const SHOWN = 6;
const BONES = [[0, 1], [1, 2], [2, 3], [3, 4], [0, 5], [5, 6], [6, 7], [7, 8], [5, 9], [9, 10], [10, 11], [11, 12],
  [9, 13], [13, 14], [14, 15], [15, 16], [13, 17], [17, 18], [18, 19], [19, 20], [0, 17]];

const find = (id) => document.getElementById(id);
const percent = (share) => `${(share * 100).toFixed(share > 0.995 || share < 0.005 ? 0 : 1)}%`;

// Forget the answer: what is shown is another picture.
export function clearAnswer() {
  for (const id of ["label", "sure", "speed", "spoken"]) find(id).textContent = "";
  find("bars").replaceChildren();
  find("caption").hidden = find("seen").hidden = true;
  find("before").hidden = find("known").hidden = false;
  find("view").classList.remove("asks");
  spoken = { label: undefined, since: 0 };
}

export function showAnswer(said, note = "") {
  find("before").hidden = find("known").hidden = true;
  find("view").classList.toggle("asks", !find("why").hidden);
  const label = find("label");
  label.textContent = said.label ?? "unknown";
  label.classList.toggle("unknown", said.label === null);
  const likeliest = Object.entries(said.probabilities).sort((a, b) => b[1] - a[1]);
  const sure = said.label === null ? `like none of the classes; the nearest is ${likeliest[0][0]}` : `${percent(said.probability)} sure`;
  find("sure").textContent = note ? `${sure}, ${note}` : sure;
  find("caption").textContent = said.label === null ? "unknown" : `${said.label}  ${percent(said.probability)}`;
  find("caption").hidden = false;
  showBars(Object.keys(said.probabilities).length > MOST_BARS ? likeliest.slice(0, SHOWN) : Object.entries(said.probabilities), said.label);
  find("seen").hidden = !said.pixels;
  if (said.pixels) find("seen-pixels").src = said.pixels;
}

function showBars(rows, best) {
  const list = find("bars");
  while (list.children.length > rows.length) list.lastChild.remove();
  while (list.children.length < rows.length) {
    const row = document.createElement("li");
    row.innerHTML = '<span class="name"></span><span class="track"><i></i></span><span class="share"></span>';
    list.append(row);
  }
  rows.forEach(([name, share], i) => {
    const row = list.children[i];
    row.classList.toggle("best", name === best);
    row.children[0].textContent = name;
    row.children[0].title = name;
    row.children[1].firstChild.style.width = `${share * 100}%`;
    row.children[2].textContent = percent(share);
  });
}

// Say the class aloud once it has held for a second: a screen reader is not to stutter with the frames.
let spoken = { label: undefined, since: 0 };
export function speak(label, steady = 1000) {
  const now = performance.now();
  if (label !== spoken.label) spoken = { label, since: now };
  const text = label ?? "unknown";
  if (now - spoken.since >= steady && find("spoken").textContent !== text) find("spoken").textContent = text;
}

// Draw the region into the canvas that lies over `picture`, which is shown whole in its frame (object-fit: contain).
export function drawRegion(region, width, height) {
  const canvas = find("overlay");
  const frame = canvas.getBoundingClientRect();
  const dense = window.devicePixelRatio || 1;
  canvas.width = Math.round(frame.width * dense);
  canvas.height = Math.round(frame.height * dense);
  const context = canvas.getContext("2d");
  if (!region || !width) return;
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const left = (canvas.width - width * scale) / 2;
  const top = (canvas.height - height * scale) / 2;
  const place = ([x, y]) => [left + x * width * scale, top + y * height * scale];
  context.beginPath();
  context.rect(left, top, width * scale, height * scale); // what was looked for may reach beyond the picture
  context.clip();
  context.lineWidth = 2.5 * dense;
  context.lineJoin = context.lineCap = "round";
  if (region.box) {
    const inside = region.box.map((share) => Math.min(1, Math.max(0, share)));
    const [[x0, y0], [x1, y1]] = [place(inside), place(inside.slice(2))];
    context.strokeStyle = "#ffd54a";
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }
  if (!region.keypoints) return;
  const points = region.keypoints.map(place);
  context.strokeStyle = "#4ad0ff";
  if (points.length === 21) {
    for (const [from, to] of BONES) {
      context.beginPath();
      context.moveTo(...points[from]);
      context.lineTo(...points[to]);
      context.stroke();
    }
  }
  context.fillStyle = "#ffffff";
  for (const point of points) {
    context.beginPath();
    context.arc(...point, 3 * dense, 0, 2 * Math.PI);
    context.fill();
  }
}
