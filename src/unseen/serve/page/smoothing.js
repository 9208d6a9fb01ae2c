// Smooth answers over frames: a running mean of log-probabilities, in which an answer fades in `SECONDS`.

const SECONDS = 0.4;
const SMALLEST = 1e-6;

export class Smoother {
  #logs = null;
  #unknown = 0;
  #last = 0;
  frames = 0;

  clear() {
    this.#logs = null;
    this.frames = 0;
  }

  // Return a prediction of the same shape as `said`, with what the last frames say together.
  add(said, now = performance.now()) {
    const names = Object.keys(said.probabilities);
    const logs = names.map((name) => Math.log(Math.max(said.probabilities[name], SMALLEST)));
    const unknown = said.label === null ? 1 : 0;
    const kept = this.#logs ? Math.exp(-(now - this.#last) / 1000 / SECONDS) : 0;
    this.#logs = logs.map((value, i) => (kept ? kept * this.#logs[i] + (1 - kept) * value : value));
    this.#unknown = kept * this.#unknown + (1 - kept) * unknown;
    this.frames = kept ? Math.min(this.frames + 1, Math.round(1 / (1 - kept))) : 1;
    this.#last = now;
    const shares = this.#logs.map(Math.exp);
    const sum = shares.reduce((a, b) => a + b, 0);
    const probabilities = Object.fromEntries(names.map((name, i) => [name, shares[i] / sum]));
    const best = names.reduce((a, b) => (probabilities[b] > probabilities[a] ? b : a));
    const label = this.#unknown > 0.5 ? null : best;
    return { ...said, label, probability: probabilities[best], probabilities };
  }
}
