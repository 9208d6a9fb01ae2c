// How probable it is that a photo shows nothing the model knows: the arithmetic of inference/unknown.py.

const clip = (value, low, high) => Math.min(high, Math.max(low, value));

export function opened(facts) {
  if (!facts) return null;
  const numbers = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  return { ...facts, ...Object.fromEntries(Object.entries(facts.arrays).map(([name, text]) => [name, numbers(text)])) };
}

function squareFromNearest(known, features) {
  const directions = known.whiten.length / features.length;
  const seen = new Float64Array(directions);
  features.forEach((value, i) => {
    const deviation = clip((value - known.mean[i]) / known.std[i], -known.farthest, known.farthest);
    for (let k = 0; k < directions; k += 1) seen[k] += deviation * known.whiten[i * directions + k];
  });
  let nearest = Infinity;
  for (let start = 0; start < known.centres.length; start += directions) {
    const square = seen.reduce((sum, value, k) => sum + (value - known.centres[start + k]) ** 2, 0);
    if (square < nearest) nearest = square; // not where a class had no photos: that is NaN
  }
  return nearest;
}

function logOddsOf(share, most) {
  const kept = clip(Number.isFinite(share) ? share : 0, 1e-6, 1 - 1e-6);
  return clip(Math.log(kept / (1 - kept)), -most, most);
}

// Log odds that it is another known sign than those of the classes; null where that is not known.
function otherSign(known, said, features) {
  if (!known.sign_classes.includes(said)) return null;
  const width = known.signs.length / known.sign_classes.length;
  const last = features.subarray(features.length - width);
  const scores = known.sign_classes.map((_, label) =>
    last.reduce((sum, value, i) => sum + value * known.signs[i * known.sign_classes.length + label], known.sign_bias[label]));
  const highest = Math.max(...scores);
  const shares = scores.map((score) => Math.exp(score - highest));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return -logOddsOf(sum(shares.filter((_, label) => known.sign_classes[label] >= 0)) / sum(shares), known.most_other);
}

// known: what `opened` returned. logits and features: of one photo. score: of the locator, null without one.
export function doubtOf(known, logits, features, score) {
  const said = logits.indexOf(Math.max(...logits));
  const other = otherSign(known, said, features);
  const signals = {
    absent: score === null || !known.usual.length ? 0 : Math.max(0, known.usual[said] - logOddsOf(score, known.most_sure)),
    far: Math.log(Math.max(Math.sqrt(squareFromNearest(known, features)), known.near) / Math.max(known.near, known.median)),
    other: other ?? 0,
    no_other: other === null ? 1 : 0,
  };
  const odds = known.names.reduce(
    (sum, name, i) => sum + ((signals[name] - known.means[i]) / known.scales[i]) * known.weights[i], known.bias);
  return 1 / (1 + Math.exp(-odds));
}
