/**
 * One step of a proving folder: looks whether its files are there and belong to what
 * they would be made from, and makes them only where they do not.
 *
 * A step writes its files whole, one after another, and its record last. Killed anywhere
 * between, it leaves files that no record knows, and the next run makes them again.
 * @module
 */
import { readFile, writeFileAtomic } from "../../../core/base/files.ts";
import { sha256 } from "../srs/sha256.ts";
import { FILE_LIMIT, type FileMark, FileMarks, removeLeftovers } from "./files.ts";
import { Manifest, type StepRecord } from "./manifest.ts";

/** A file that a step wrote, or found as it should be. */
export interface StepFile extends FileMark {
  /** Its name in the folder. */
  name: string;
  /** Where it is. */
  path: string;
}

/** What a step did. */
export interface StepResult {
  /** The step, under EZKL's name. */
  step: string;
  /** Whether it made its files; false where they were there already and matched. */
  made: boolean;
  /** Why it made them, or null. */
  reason: string | null;
  /** Seconds that it took, the look at the files included. */
  seconds: number;
  /** Its files. */
  files: StepFile[];
}

/** What a step reads and writes. */
export interface Plan {
  /** Its name. */
  step: string;
  /** Names of the files that it reads. */
  inputs: readonly string[];
  /** What else decides about its files, as text. */
  options: string;
  /** Names of the files that it must have written. */
  outputs: readonly string[];
  /** Makes them, in the order in which they are to be written. */
  make(read: (name: string) => Promise<Uint8Array<ArrayBuffer>>): Promise<Made>;
}

/** What a step made. */
export interface Made {
  /** Files with their names. */
  files: [name: string, bytes: Uint8Array][];
  /** SHA-256 of what counts as read, where that is not what the files hold. */
  used?: Record<string, string>;
  /** Goes into the record. */
  base?: string;
}

/** The steps of one folder. */
export class Steps {
  /** The records. */
  readonly manifest: Manifest;
  /** The marks of the folder's files. */
  readonly marks: FileMarks = new FileMarks();
  readonly #folder: string;
  readonly #names: readonly string[];
  #tidy: Promise<void> | null = null;

  /** Over `folder`; `names` are the files that may be written there, `manifest` among them. */
  constructor(folder: string, manifest: string, names: readonly string[]) {
    this.#folder = folder;
    this.#names = names;
    this.manifest = new Manifest(this.path(manifest));
  }

  /** Where a file of the folder is; a name with a root is a path of its own. */
  path(name: string): string {
    return /^([/\\]|[A-Za-z]:)/.test(name) ? name : `${this.#folder}/${name}`;
  }

  /** The mark of a file, or null where there is none. */
  mark(name: string): Promise<FileMark | null> {
    return this.marks.of(this.path(name));
  }

  /** Runs a step where its record does not fit what is in the folder. */
  async run(plan: Plan): Promise<StepResult> {
    const begun = performance.now();
    this.#tidy ??= removeLeftovers(this.#folder, this.#names);
    await this.#tidy;
    const records = await this.manifest.read();
    const reason = await this.#reason(plan, records);
    const names = reason === null ? Object.keys(records[plan.step].outputs) : await this.#make(plan);
    return await this.result(plan.step, reason, names, begun);
  }

  /** What to say of a step that began at `begun`, by the runtime's clock. */
  async result(step: string, reason: string | null, names: readonly string[], begun: number): Promise<StepResult> {
    const files: StepFile[] = [];
    for (const name of names) files.push({ name, path: this.path(name), ...(await this.mark(name))! });
    return { step, made: reason !== null, reason, seconds: (performance.now() - begun) / 1000, files };
  }

  /** Records a file that somebody else made as a step's own. */
  async adopt(step: string, name: string, options: string): Promise<void> {
    await this.manifest.write(step, { inputs: {}, options, outputs: { [name]: (await this.mark(name))! } });
  }

  async #make({ step, inputs, options, make }: Plan): Promise<string[]> {
    // Of the bytes that were used, should somebody change the file meanwhile.
    const used: Record<string, string> = {};
    const { files, used: others, ...rest } = await make(async (name) => {
      const bytes = await readFile(this.path(name), FILE_LIMIT);
      used[name] = await sha256(bytes);
      return bytes;
    });
    Object.assign(used, others);
    for (const name of inputs) used[name] ??= (await this.mark(name))?.sha256 ?? "";
    const outputs: Record<string, FileMark> = {};
    for (const [name, bytes] of files) {
      outputs[name] = { bytes: bytes.length, sha256: await sha256(bytes) };
      await writeFileAtomic(this.path(name), bytes);
      await this.marks.note(this.path(name), outputs[name]);
    }
    const ordered = Object.fromEntries(inputs.map((name) => [name, used[name]]));
    await this.manifest.write(step, { inputs: ordered, options, outputs, ...rest });
    return files.map(([name]) => name);
  }

  /** Why a step has to make its files, or null where it has not. */
  async #reason({ step, inputs, options, outputs }: Plan, records: Record<string, StepRecord>): Promise<string | null> {
    const record = records[step];
    for (const name of outputs) {
      if (await this.mark(name) === null) return `there is no ${name}`;
    }
    if (record === undefined) return `nothing is known of how ${outputs.join(" and ")} was made`;
    if (outputs.some((name) => !(name in record.outputs))) return "its files had other names";
    if (record.options !== options) return "its options changed";
    if (Object.keys(record.inputs).join("\n") !== inputs.join("\n")) return "it reads other files";
    for (const name of inputs) {
      const found = await this.#logical(name, step, records);
      if (found !== record.inputs[name]) return found === null ? `there is no ${name}` : `${name} changed`;
    }
    for (const [name, { sha256 }] of Object.entries(record.outputs)) {
      const found = (await this.mark(name))?.sha256;
      if (found === sha256) continue;
      if (found === undefined) return `there is no ${name}`;
      const replaced = Object.entries(records).some(([other, later]) =>
        other !== step && later.inputs[name] === sha256 && later.outputs[name]?.sha256 === found
      );
      if (!replaced) return `${name} is not as it was made: it was damaged or replaced`;
    }
    return null;
  }

  /** What a step read under a name: where it replaced the file, what was there before. */
  async #logical(name: string, step: string, records: Record<string, StepRecord>): Promise<string | null> {
    const found = (await this.mark(name))?.sha256 ?? null;
    const record = records[step];
    return record.outputs[name]?.sha256 === found ? record.inputs[name] : found;
  }
}
