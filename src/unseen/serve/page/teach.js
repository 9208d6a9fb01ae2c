// Record labelled photos, see what is wanted next, teach a model from them, and take it.

const find = (id) => document.getElementById(id);
const BURST_MILLISECONDS = 250; // between two photos while the button is held

async function ask(path, options) {
  const answer = await fetch(path, options);
  const said = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
  if (!answer.ok) throw new Error(said.error);
  return said;
}

function fill(id, tag, texts) {
  find(id).replaceChildren(...texts.map((text) => {
    const row = document.createElement(tag);
    row.textContent = text;
    return row;
  }));
}

function showCoverage(project) {
  const sessions = Object.values(project.counts).flatMap((row) => Object.keys(row));
  const names = [...new Set(sessions)].sort((a, b) => a - b);
  const row = (cells, tag) => {
    const line = document.createElement("tr");
    cells.forEach((text, i) => {
      const cell = document.createElement(i ? tag : "th");
      cell.textContent = text;
      line.append(cell);
    });
    return line;
  };
  const classes = Object.keys(project.counts);
  find("coverage").replaceChildren(
    row(["Class", ...names.map((name) => `Session ${name}`)], "th"),
    ...classes.map((name) => row([name, ...names.map((one) => project.counts[name][one] ?? 0)], "td")),
  );
  find("coverage").hidden = !classes.length;
}

// inView: gives the JPEG of what the camera shows, or null; modelTaken: is called when another model answers.
export function offerTeaching(inView, openCamera, modelTaken) {
  let session = 0;
  let recording = false;
  find("teach").hidden = false;

  function show(project) {
    session ||= project.last_session + 1;
    find("session").textContent = `Session ${session}`;
    fill("wanted", "li", project.wanted.length ? project.wanted : ["Enough of everything: teach the model."]);
    fill("known-classes", "option", []);
    find("known-classes").replaceChildren(...project.classes.map((name) => new Option(name, name)));
    find("folder").textContent = `Photos are kept in ${project.folder}.`;
    showCoverage(project);
  }

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
    find("session").textContent = `Session ${session}`;
    say("Another person or another place from here on.");
  };

  async function watch() {
    const said = await ask("v1/teach");
    const running = said.state === "running";
    find("teach-start").hidden = running;
    find("teach-cancel").hidden = !running;
    find("teach-take").hidden = said.state !== "done";
    const lines = { none: "", running: said.lines.at(-1) ?? "Starting …", cancelled: "Stopped; the model is as it was.", failed: said.lines.at(-1) ?? "It failed.", done: said.result?.summary ?? "" };
    find("teach-said").textContent = lines[said.state];
    if (running) setTimeout(() => watch().catch((error) => say(error.message)), 1000);
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
