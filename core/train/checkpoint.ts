/**
 * Checkpoints: safetensors files with the parameters by name, the optimiser's
 * values as `exp_avg.conv1.weight`, and in the metadata the step, the caller's
 * notes and a checksum of it all.
 * @module
 */
import { bytes as checkBytes, text } from "../base/arguments.ts";
import { ArgumentError, FormatError } from "../base/errors.ts";
import type { AnyModule, HostTensor } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import type { LRScheduler } from "../graph/scheduler.ts";
import { readSafetensors, type TensorData, writeSafetensors } from "./safetensors.ts";
import { showShape } from "../base/shape.ts";

/** What a checkpoint holds. */
export interface Checkpoint {
  /** The parameters by name. */
  readonly parameters: ReadonlyMap<string, HostTensor>;
  /** The optimiser's values by parameter name, in the order of `optimizer.state`. */
  readonly moments: readonly ReadonlyMap<string, Float32Array>[];
  /** Steps of the optimiser so far. */
  readonly step: number;
  /** The learning rates of the groups in the epoch to come. */
  readonly lrs: readonly number[];
  /** Steps of those parameters that have taken another number of them, having been frozen for a while. */
  readonly steps: Readonly<Record<string, number>>;
  /** The schedule and how often it has gone on; null without one. */
  readonly schedule: { readonly settings: string; readonly count: number } | null;
  /** The caller's own notes: epoch, random state. */
  readonly notes: Readonly<Record<string, string>>;
}

const FORMAT = "zkgrad checkpoint 1";

/** Names of the optimiser's values in files that do not list them. */
const OLD_STATE = "exp_avg exp_avg_sq momentum_buffer";

/** The file's bytes. */
export function packCheckpoint(checkpoint: Checkpoint, optimizer: Optimizer): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, HostTensor>(checkpoint.parameters);
  for (const [index, values] of checkpoint.moments.entries()) {
    for (const [name, data] of values) {
      const { shape } = checkpoint.parameters.get(name)!;
      tensors.set(`${optimizer.state[index]}.${name}`, { shape, data });
    }
  }
  const notes = Object.entries(checkpoint.notes).map(([key, value]) => [`note.${key}`, value]);
  const metadata = {
    format: FORMAT,
    optimizer: optimizer.name,
    state: optimizer.state.join(" "),
    settings: optimizer.settings,
    lr: checkpoint.lrs.join(" "),
    step: String(checkpoint.step),
    ...Object.keys(checkpoint.steps).length > 0 && { steps: JSON.stringify(checkpoint.steps) },
    ...checkpoint.schedule && { schedule: checkpoint.schedule.settings, scheduled: String(checkpoint.schedule.count) },
    ...Object.fromEntries(notes),
  };
  return writeSafetensors(tensors, { ...metadata, checksum: checksum(tensors, metadata) });
}

/** Reads a file of this model and optimiser; throws before anything is taken over. */
export function unpackCheckpoint(
  bytes: Uint8Array,
  model: AnyModule,
  optimizer: Optimizer,
  name: string,
  scheduler?: Pick<LRScheduler, "settings">,
): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== FORMAT) {
    throw new FormatError(
      `${name} is a safetensors file but no checkpoint: its format is ${metadata.format}; ` +
        "model.loadStateDict() takes the weights of any",
    );
  }
  verify(tensors, metadata, name);
  const by = (schedule: string | undefined): string => schedule === undefined ? "" : ` and ${schedule}`;
  const made = `${metadata.optimizer} (${metadata.settings})${by(metadata.schedule)}`;
  const now = `${optimizer.name} (${optimizer.settings})${by(scheduler?.settings)}`;
  if (made !== now) {
    throw new ArgumentError(
      `${name} was made with ${made} and this run uses ${now}; { weightsOnly: true } takes the weights alone`,
    );
  }
  const step = wholeOf(metadata.step, name);
  const lrs = metadata.lr.split(" ").map(Number);
  if (!lrs.every(Number.isFinite) || lrs.length !== optimizer.paramGroups.length) {
    throw new FormatError(`${name}: ${metadata.lr} is no learning rate for each group`);
  }
  const schedule = metadata.schedule === undefined
    ? null
    : { settings: metadata.schedule, count: wholeOf(metadata.scheduled, name) };
  const take = (prefix: string): Map<string, HostTensor> =>
    new Map(
      model.namedState().map(([parameter, { shape }]) => {
        const tensor = tensors.get(prefix + parameter);
        if (tensor === undefined || tensor.shape.join() !== shape.join() || !(tensor.data instanceof Float32Array)) {
          const found = tensor === undefined ? "missing" : showShape(tensor.shape);
          throw new ArgumentError(
            `${name} is the checkpoint of another model: ${prefix}${parameter} should be ${showShape(shape)} ` +
              `and is ${found}`,
          );
        }
        return [parameter, { shape, data: tensor.data }];
      }),
    );
  const parameters = take("");
  const moments = optimizer.state.map((state) => {
    return new Map([...take(`${state}.`)].map(([parameter, { data }]) => [parameter, data]));
  });
  const expected = parameters.size * (1 + moments.length);
  if (tensors.size !== expected) {
    throw new ArgumentError(
      `${name} is the checkpoint of another model: it holds ${tensors.size} tensors and this model has ${expected}`,
    );
  }
  return {
    parameters,
    moments,
    step,
    lrs,
    steps: stepsOf(metadata, name),
    schedule,
    notes: notesOf(metadata),
  };
}

function wholeOf(text: string, name: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new FormatError(`${name}: ${text} is no step number`);
  return number;
}

function stepsOf({ steps = "{}" }: Record<string, string>, name: string): Record<string, number> {
  try {
    const read: Record<string, number> = JSON.parse(steps);
    Object.values(read).forEach((count) => wholeOf(String(count), name));
    return read;
  } catch (cause) {
    throw new FormatError(`${name}: ${steps} are no numbers of steps`, { cause });
  }
}

/**
 * The weights in a safetensors file, by name: all of its tensors or, where it is a checkpoint,
 * the parameters without the optimiser's values. Throws a `FormatError` for damaged bytes.
 *
 * @example
 * ```ts
 * import { nn, readWeights, writeSafetensors } from "@zkgrad/zkgrad";
 *
 * const trained = new nn.Linear(2, 1), model = new nn.Linear(2, 1);
 * const file = writeSafetensors(new Map(trained.stateDict())); // or best.safetensors of a run
 * model.loadStateDict(readWeights(file));
 * if (model.weight.data[0] !== trained.weight.data[0]) throw new Error("the weights are the same");
 * ```
 */
export function readWeights(bytes: Uint8Array, name = "the safetensors file"): Map<string, TensorData> {
  checkBytes("readWeights(): the file", bytes);
  text("readWeights(): the name", name);
  return unpackWeights(bytes, name).weights;
}

/** The same, with the caller's notes where it is a checkpoint. */
export function unpackWeights(
  bytes: Uint8Array,
  name: string,
): { weights: Map<string, TensorData>; notes: Record<string, string> } {
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== FORMAT) return { weights: tensors, notes: {} };
  verify(tensors, metadata, name);
  const state = (metadata.state ?? OLD_STATE).split(" ");
  const kept = (key: string): boolean =>
    !state.some((prefix) => key.startsWith(`${prefix}.`) && tensors.has(key.slice(prefix.length + 1)));
  return { weights: new Map([...tensors].filter(([key]) => kept(key))), notes: notesOf(metadata) };
}

function notesOf(metadata: Record<string, string>): Record<string, string> {
  const notes = Object.entries(metadata).filter(([key]) => key.startsWith("note."));
  return Object.fromEntries(notes.map(([key, value]) => [key.slice(5), value]));
}

/** Throws a `FormatError` unless the checksum in the metadata is that of all else. */
function verify(tensors: ReadonlyMap<string, TensorData>, metadata: Record<string, string>, name: string): void {
  const { checksum: written, ...content } = metadata;
  const found = checksum(tensors, content);
  if (written === found) return;
  throw new FormatError(
    `${name} is damaged: its checksum is ${written} and its contents have ${found}; take another checkpoint`,
  );
}

/** 32-bit FNV-1a (Fowler, Noll and Vo; RFC 9923) over 32-bit words: a change of any one word always shows. */
function checksum(
  tensors: ReadonlyMap<string, Pick<HostTensor | TensorData, "shape" | "data">>,
  metadata: Readonly<Record<string, string>>,
): string {
  let hash = 0x811c9dc5;
  const mix = (word: number): number => hash = Math.imul(hash ^ word, 0x01000193);
  const mixText = (text: string): void => new TextEncoder().encode(text).forEach(mix);
  mixText(JSON.stringify(metadata));
  for (const [name, { shape, data }] of tensors) {
    mixText(`${name} ${showShape(shape)}`);
    const words = data.BYTES_PER_ELEMENT === 4 && data.byteOffset % 4 === 0;
    (words
      ? new Uint32Array(data.buffer, data.byteOffset, data.length)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).forEach(mix);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
