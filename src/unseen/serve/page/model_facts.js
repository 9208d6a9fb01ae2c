// Say which model this is, what it knows, and how good it was on photos that it was not taught.

const find = (id) => document.getElementById(id);

const share = (value, digits = 0) => `${(100 * value).toFixed(digits)}%`;
// Rounded outwards, as in the report; the inner rounding removes binary dust.
const rounded = (value, way) => way(Number((100 * value).toFixed(6)));
export const between = ({ low, high }) => (low === null ? "" : `${rounded(low, Math.floor)} to ${rounded(high, Math.ceil)}`);

// The honest number with its interval, and what to expect for another person.
function measured({ accuracy, over, strangers }) {
  const found = [];
  if (accuracy?.value != null) {
    const interval = between(accuracy) && ` (95% interval ${between(accuracy)}, ${over})`;
    found.push(`right on ${share(accuracy.value, 1)} of ${accuracy.n} photos kept back${interval}`);
  }
  if (strangers?.value != null) found.push(`about ${share(strangers.value)} (${between(strangers)}) expected for another person`);
  return found;
}

export function describeModel(model) {
  const known = model.classes.length;
  const said = model.said ?? [];
  const numbers = measured(model);
  find("model-name").textContent = model.name;
  document.title = `${model.name}: try the model`;
  document.body.classList.toggle("no-model", !known);
  find("model-facts").textContent = known
    ? numbers.length ? [`${known} classes`, ...numbers].join("; ") : [`${known} classes.`, ...said].join(" ")
    : "No model yet: record photos of two classes, and teach one.";
  const [title, , text] = find("invitation").childNodes;
  title.textContent = known ? "Show it something" : "Teach it something";
  text.textContent = known ? "Open the camera, or drop, paste or choose photos." : "Open the camera, name a class, and record it.";
  find("hands").hidden = !model.hands;
  find("measured").hidden = !numbers.length;
  find("measured-text").textContent = said.join(" ");
  find("known").replaceChildren(...model.classes.map((name) => {
    const row = document.createElement("li");
    row.textContent = name;
    return row;
  }));
}
