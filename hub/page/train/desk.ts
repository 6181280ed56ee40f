/**
 * A training as the page sees it: what the Worker told last, and what a visitor may ask of it. It outlives the section,
 * so that one may look at others while a network learns.
 * @module
 */
import { signal } from "npm:@preact/signals@2.11.4";
import { Calls } from "../app/calls.ts";
import { sentenceOf } from "../app/errors.ts";
import type { ChosenCircuit, EpochProgress, EpochReport, Mistake, News, Weighed } from "./news.ts";
import { DIGITS_FILE, type PresetId } from "./presets.ts";
import type { TrainFunctions } from "./train_worker.ts";

/** Where a training is. */
export type Stage =
  | "idle"
  | "starting"
  | "training"
  | "pausing"
  | "paused"
  | "weighing"
  | "choosing"
  | "keys"
  | "ready"
  | "cancelled"
  | "failed";

/** While it is in one of these, it may be cancelled, and another cannot begin. */
export const BUSY: readonly Stage[] = ["starting", "training", "pausing", "paused", "weighing"];

/** Milliseconds that the Worker is given to end by itself. */
const ENDING = 2000;

/** What is trained. */
export interface Task {
  /** The network. */
  readonly preset: PresetId;
  /** Times that it sees all digits. */
  readonly epochs: number;
}

/** One training at a time, and what is known of it. */
export class Desk {
  /** Where it is. */
  readonly stage = signal<Stage>("idle");
  /** What it is. */
  readonly task = signal<Task | null>(null);
  /** What it computes on, in words. */
  readonly device = signal<string | null>(null);
  /** How far the epoch is. */
  readonly progress = signal<EpochProgress | null>(null);
  /** Epochs that are done. */
  readonly epochs = signal<readonly EpochReport[]>([]);
  /** Test digits that it answers wrongly. */
  readonly mistakes = signal<readonly Mistake[]>([]);
  /** How far the weighing of circuits is, from 0 to 1. */
  readonly share = signal(0);
  /** What was weighed. */
  readonly weighed = signal<Weighed | null>(null);
  /** The network as it was trained, in floats. */
  readonly onnx = signal<Uint8Array<ArrayBuffer> | null>(null);
  /** The circuit that is taken. */
  readonly circuit = signal<ChosenCircuit | null>(null);
  /** What went wrong, a sentence. */
  readonly failure = signal<string | null>(null);
  readonly #calls = new Calls<TrainFunctions>("train/train_worker.js");
  #ending: Promise<unknown> = Promise.resolve();
  #run = 0;

  /** Trains anew, then weighs circuits. */
  async start(task: Task): Promise<void> {
    const run = ++this.#run;
    this.task.value = task;
    this.epochs.value = this.mistakes.value = [];
    this.progress.value =
      this.weighed.value =
      this.circuit.value =
      this.failure.value =
      this.device.value =
        null;
    this.share.value = 0;
    this.stage.value = "starting";
    await this.#ending;
    await this.#attempt("failed", async () => {
      // From the page's address and not the Worker's.
      const digits = new URL(DIGITS_FILE, document.baseURI).href;
      const onProgress = (news: News) => run === this.#run && this.#hear(news);
      const { mistakes, onnx } = await this.#calls.call("train", { ...task, digits }, { onProgress });
      if (run !== this.#run) return;
      this.mistakes.value = mistakes;
      this.onnx.value = onnx;
      this.stage.value = "weighing";
      const found = await this.#calls.call("weigh", null, { onProgress: (share) => this.share.value = share });
      if (run !== this.#run) return;
      this.weighed.value = found.weighed;
      this.circuit.value = found.circuit;
      this.stage.value = "ready";
    });
  }

  /** Stops after the epoch under way. */
  pause(): void {
    if (this.stage.value !== "training") return;
    this.stage.value = "pausing";
    this.#calls.call("pause", null).catch(() => {});
  }

  /** Goes on. */
  resume(): void {
    if (this.stage.value !== "paused") return;
    this.stage.value = "training";
    this.#calls.call("resume", null).catch(() => {});
  }

  /** Ends what is under way, and the Worker; what is shown stays. */
  cancel(): void {
    this.#run++;
    this.stage.value = "cancelled";
    const late = new Promise((resolve) => setTimeout(resolve, ENDING));
    const asked = this.#calls.call("end", null).catch(() => {});
    this.#ending = Promise.race([asked, late]).then(() => this.#calls.end());
  }

  /** Takes another candidate's circuit. */
  async choose(candidate: number): Promise<void> {
    if (this.stage.value !== "ready" || candidate === this.circuit.value?.candidate) return;
    await this.#aside("choosing", async () => this.circuit.value = await this.#calls.call("choose", candidate));
  }

  /** The key of the circuit that is taken, with the string that is given where that fits; null where it could not be made. */
  async keys(srs: { readonly logrows: number; readonly srs: Uint8Array<ArrayBuffer> } | null): Promise<
    Awaited<ReturnType<TrainFunctions["keys"]>> | null
  > {
    const { compiled } = this.circuit.value!;
    return await this.#aside("keys", async () => await this.#calls.call("keys", { compiled, srs }));
  }

  /** Something that is done with a network that is there: where it fails, the network stays. */
  async #aside<T>(stage: Stage, body: () => Promise<T>): Promise<T | null> {
    this.failure.value = null;
    this.stage.value = stage;
    return await this.#attempt("ready", async () => {
      const result = await body();
      this.stage.value = "ready";
      return result;
    });
  }

  async #attempt<T>(otherwise: Stage, body: () => Promise<T>): Promise<T | null> {
    const run = this.#run;
    try {
      return await body();
    } catch (error) {
      if (run !== this.#run) return null;
      this.failure.value = sentenceOf(error);
      this.stage.value = otherwise;
      return null;
    }
  }

  #hear(news: News): void {
    switch (news.kind) {
      case "device":
        this.device.value = news.description;
        this.stage.value = "training";
        break;
      case "progress":
        this.progress.value = news.progress;
        break;
      case "epoch":
        this.epochs.value = [...this.epochs.value, news.epoch];
        break;
      case "paused":
        this.stage.value = "paused";
    }
  }
}

/** The page's training. */
export const desk: Desk = new Desk();
