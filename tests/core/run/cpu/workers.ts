/** Threads as they are made, to be ended by a test; imported before the engine, which takes Worker when it is loaded. */
export const made: Worker[] = [];
/** Those that have computed. */
export const working = new Set<Worker>();

const Original = globalThis.Worker;
globalThis.Worker = class extends Original {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    made.push(this);
    this.addEventListener("message", ({ data }) => data.kind === "done" && working.add(this));
  }
};
