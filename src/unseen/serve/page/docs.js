// Show the OpenAPI document as a page: what each path takes and answers, with a command to try it.

function add(parent, tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
  return element;
}

function table(parent, heading, rows) {
  if (!rows.length) return;
  add(parent, "h3", heading);
  const list = add(parent, "dl", "");
  for (const [name, said] of rows) {
    add(list, "dt", name);
    add(list, "dd", said);
  }
}

const described = await (await fetch("openapi.json")).json();
const whole = (one) => (one.$ref ? described.components.responses[one.$ref.split("/").at(-1)] : one);
document.getElementById("about").textContent = `${described.info.description} Version ${described.info.version}.`;
for (const [path, methods] of Object.entries(described.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const section = add(document.getElementById("paths"), "section", "");
    add(section, "h2", `${method.toUpperCase()} ${path}`);
    add(section, "p", operation.description ?? operation.summary);
    table(section, "Takes", [
      ...(operation.parameters ?? []).map((one) => [one.name, one.description]),
      ...Object.entries(operation.requestBody?.content ?? {}).map(([kind, one]) => [kind, one.schema.description ?? ""]),
    ]);
    table(section, "Answers", Object.entries(operation.responses).map(([status, one]) => [status, whole(one).description]));
    if (operation["x-try"]) add(section, "pre", operation["x-try"].replaceAll("ADDRESS", location.origin)).tabIndex = 0; // it scrolls
  }
}
