// Record labelled photos, see what is wanted next, teach a model from them, and take it.

import { between } from "./model_facts.js";

const find = (id) => document.getElementById(id);
const BURST_MILLISECONDS = 250; // between two photos of a burst

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("the server cannot be reached: start unseen serve again; photos that were counted are kept");
  }
  const said = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
  if (!answer.ok) throw new Error(said.error);
  return said;
}

function rows(table, head, body) {
  const row = (cells, tag) => {
    const line = document.createElement("tr");
    cells.forEach((text, i) => {
      const cell = document.createElement(i ? tag : "th");
      cell.textContent = text;
      if (!i || tag === "th") cell.scope = tag === "th" ? "col" : "row";
      cell.classList.toggle("none", text === 0);
      line.append(cell);
    });
    return line;
  };
  table.replaceChildren(row(head, "th"), ...body.map((cells) => row(cells, "td")));
  table.hidden = !body.length;
}

function showCoverage({ counts }) {
  const names = [...new Set(Object.values(counts).flatMap((row) => Object.keys(row)))].sort((a, b) => a - b);
  rows(find("coverage"), ["Class", "All", ...names.map((name) => `Session ${name}`)], Object.entries(counts).map(([name, row]) => [
    name, Object.values(row).reduce((a, b) => a + b, 0), ...names.map((one) => row[one] ?? 0),
  ]));
}

const share = (found) => (found.value === null ? "–" : `${(100 * found.value).toFixed(1)}%${between(found) && ` (${between(found)})`}`);

// The photos that were kept back, by the model before and after; nothing where there was no model before.
function showCompared(extended) {
  const parts = { old_photos: "Photos of before", new_photos: "New photos", new_classes: "New classes" };
  const measured = Object.entries(parts).filter(([name]) => extended?.[name]?.after?.n);
  rows(find("teach-compared"), ["Kept back", "Photos", "Before", "After"], measured.map(([name, title]) => [
    title, extended[name].after.n, share(extended[name].before), share(extended[name].after),
  ]));
}

// inView: gives the JPEG of what the camera shows, or null; modelTaken: is called when another model answers.
export function offerTeaching(inView, openCamera, modelTaken) {
  let session = 0;
  let recording = false;
  find("teach").hidden = false;

  function show(project) {
    session ||= project.last_session + 1;
    showSession();
    find("wanted").replaceChildren(...(project.wanted.length ? project.wanted : ["Enough of everything: teach the model."]).map((text) => {
      const row = document.createElement("li");
      row.textContent = text;
      return row;
    }));
    find("known-classes").replaceChildren(...project.classes.map((name) => new Option(name, name)));
    find("folder").textContent = `Photos are kept in ${project.folder}.`;
    showCoverage(project);
  }

  function showSession() { find("session").textContent = `Session ${session}`; }
  function say(text) { find("recorded").textContent = text; }

  async function record() {
    if (recording) return;
    recording = true;
    let kept = 0;
    let blurred = 0;
    await openCamera();
    while (recording) {
      const photo = await inView();
      if (!photo) { say("Open the camera first."); break; }
      try {
        const said = await ask(`v1/record?label=${encodeURIComponent(find("record-label").value)}&session=${session}`, {
          method: "POST", headers: { "Content-Type": "image/jpeg" }, body: photo,
        });
        if (said.kept) kept += 1;
        else blurred += 1;
        show(said);
        say(`${kept} kept${blurred ? `, ${blurred} blurred and left out` : ""}`);
      } catch (error) {
        say(error.message);
        break;
      }
      await new Promise((done) => { setTimeout(done, BURST_MILLISECONDS); });
    }
    recording = false;
    find("record").setAttribute("aria-pressed", "false");
  }

  find("record").onclick = () => {
    if (recording) { recording = false; return; }
    if (!find("record-label").value.trim()) { say("Name the class first."); find("record-label").focus(); return; }
    find("record").setAttribute("aria-pressed", "true");
    record();
  };
  find("undo").onclick = async () => {
    try {
      const said = await ask(`v1/undo?label=${encodeURIComponent(find("record-label").value)}&session=${session}`, { method: "POST" });
      show(said);
      say(said.removed ? "The last photo is deleted." : "There is none to delete in this session.");
    } catch (error) { say(error.message); }
  };
  find("new-session").onclick = () => {
    session += 1;
    showSession();
    say("Another person or another place from here on.");
  };

  async function watch() {
    const said = await ask("v1/teach");
    const running = said.state === "running";
    find("teach-start").hidden = running;
    find("teach-cancel").hidden = find("teach-going").hidden = !running;
    find("teach-take").hidden = said.state !== "done" || said.taken;
    const spent = said.seconds === undefined ? "" : `${Math.floor(said.seconds / 60)}:${String(Math.floor(said.seconds) % 60).padStart(2, "0")}  `;
    const lines = { none: "", running: `${spent}${said.lines.at(-1) ?? "Starting …"}`, cancelled: "Stopped; the model is as it was.", failed: said.lines.at(-1) ?? "It failed.", done: said.result?.summary ?? "" };
    const flatters = said.state === "done" && said.one_session ? " Photos of the same session, or ones just like them, were kept back: another session, of another person or place, would tell more." : "";
    find("teach-said").textContent = lines[said.state] + flatters;
    showCompared(said.state === "done" ? said.result?.extended : null);
    if (running) setTimeout(() => watch().catch((error) => { find("teach-said").textContent = error.message; }), 1000);
  }
  const job = (path, method, after) => async () => {
    try {
      await ask(path, { method });
      await after();
    } catch (error) { find("teach-said").textContent = error.message; }
  };
  find("teach-start").onclick = job("v1/teach", "POST", watch);
  find("teach-cancel").onclick = job("v1/teach", "DELETE", watch);
  find("teach-take").onclick = job("v1/take", "POST", async () => {
    await modelTaken();
    find("teach-take").hidden = true;
    find("teach-said").textContent = "The new model answers now.";
  });

  ask("v1/project").then(show).then(watch).catch((error) => say(error.message));
}
