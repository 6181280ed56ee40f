/**
 * The other second half of `mnist.ts`: a hub makes circuit, keys and proof, and the proof is
 * verified here against what was pinned at deployment; told as it goes.
 * @module
 */
import { formatBytes, formatCount, formatDuration, formatPercent, readFile, ZkgradError } from "../../mod.ts";
import {
  createHubArtifact,
  describeSrs,
  downloadProof,
  getHubCredentials,
  type HubArtifact,
  type HubCredentials,
  type HubPin,
  type HubProof,
  pinArtifact,
  proveHub,
  readProof,
  verifyHubProof,
  waitForArtifact,
  waitForProof,
} from "../../hub/mod.ts";
import type { Artifacts } from "./artifacts.ts";
import type { CalibrationReport } from "../../hub/server/jobs/calibration_report.ts";
import { LocalHub } from "./local_hub.ts";
import type { Options } from "./options.ts";
import { priceText, tableText, verdictText } from "./proving.ts";

/** One network's way to a proof by way of a hub. What is kept of it goes to the folder `hub`. */
export class Deployment implements AsyncDisposable {
  readonly #options: Options;
  readonly #local: LocalHub | null;
  readonly #credentials: HubCredentials;
  #pin: HubPin | null = null;
  #proof: Uint8Array | null = null;

  private constructor(options: Options, local: LocalHub | null, credentials: HubCredentials) {
    this.#options = options;
    this.#local = local;
    this.#credentials = credentials;
  }

  /** To the hub that the options name, which is asked for; null where they name none. A local one runs from now on. */
  static async open(options: Options): Promise<Deployment | null> {
    const { hub, out, output } = options;
    if (hub === undefined) return null;
    await using parts = new AsyncDisposableStack();
    const local = hub.url === undefined ? parts.use(await LocalHub.start(`${out}/hub`, options)) : null;
    const { url, apiKey } = local ?? { url: hub.url!, apiKey: hub.apiKey! };
    const { organization } = hub;
    const credentials = await getHubCredentials({ url, apiKey, organization });
    output.write(`${local ? "a hub of our own" : "the hub"} at ${url}, organisation ${organization}\n`);
    parts.move();
    return new Deployment(options, local, credentials);
  }

  /** Ends the local hub, where there is one. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#local?.[Symbol.asyncDispose]();
  }

  /** Deploys the network in `onnx`, a file of `artifacts`, waits for its keys, and pins what a verifier needs. */
  async deploy(artifacts: Artifacts, onnx: string): Promise<void> {
    const { output, target, tolerance } = this.#options;
    const credentials = this.#credentials;
    const begun = performance.now();
    const { id } = await createHubArtifact({
      credentials,
      name: "mnist",
      model: await this.#read(onnx),
      data: await this.#read("input.json"),
      calibrationData: await this.#read("cal_data.json"),
      target,
      tolerance,
      // Who sees what, as in the tutorial.
      runArgs: { inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" },
    });
    const artifact = await waitForArtifact(id, { credentials, onProgress: (artifact) => this.#show(artifact) });
    this.#status("");
    output.write(deployedText(artifact, (performance.now() - begun) / 1000));
    const pin = await pinArtifact(id, { credentials });
    await artifacts.write("hub/settings.json", pin.settingsFile, "the circuit's settings, pinned");
    await artifacts.write("hub/key.vk", pin.vk, "verifying key, pinned");
    const warning = artifact.srs?.unsafe === false ? "of a ceremony" : "UNSAFE, for tests only";
    await artifacts.write("hub/verifier.srs", pin.srs, `the verifier's part of the reference string, ${warning}`);
    const hashes = `${JSON.stringify({ artifactId: id, sha256: pin.hashes }, null, 2)}\n`;
    await artifacts.write("hub/pin.json", hashes, "the artifact, and the hashes of what was pinned");
    this.#pin = pin;
  }

  /** Asks for a proof of `input.json` and downloads it. */
  async prove(artifacts: Artifacts): Promise<void> {
    const credentials = this.#credentials;
    const data = await this.#read("input.json");
    const { id } = await proveHub({ credentials, id: this.#pin!.artifactId, data });
    const { timings = {} } = await waitForProof(id, { credentials, onProgress: (proof) => this.#show(proof) });
    this.#status("");
    this.#proof = await downloadProof(id, { credentials });
    await artifacts.write("hub/test.pf", this.#proof, "the hub's proof, with the logits");
    const told = Object.entries(timings).map(([stage, seconds]) => `${stage} ${formatDuration(seconds)}`);
    if (told.length > 0) this.#options.output.write(`the hub proved input.json: ${told.join(", ")}\n`);
  }

  /**
   * Verifies the proof on this machine, with the files that were pinned, and says what it shows.
   * @throws {ZkgradError} where the proof does not hold
   */
  async verify(): Promise<void> {
    const { output, out } = this.#options;
    const pin = this.#pin!, proof = this.#proof!;
    const begun = performance.now();
    if (!await verifyHubProof(proof, pin)) {
      throw new ZkgradError(`${out}/hub/test.pf does not hold for ${out}/hub/key.vk; do not believe this hub`);
    }
    output.write(verdictText(readProof(proof, pin.settings).outputs![0], (performance.now() - begun) / 1000));
    const { origin } = await describeSrs(pin.srs);
    if (origin !== "ceremony") {
      output.write(
        "  the hub's reference string is none of a ceremony: it proves nothing to anyone else (see --srs)\n",
      );
    }
  }

  #read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return readFile(`${this.#options.out}/${name}`);
  }

  #show({ stage = "", progress = 0, waiting = "" }: HubArtifact | HubProof): void {
    const share = progress > 0 && progress < 1 ? ` ${Math.floor(100 * progress)} %` : "";
    this.#status(`${stage}${share}${waiting === "" ? "" : `, ${waiting}`}`);
  }

  /** One line that is written over; nothing where output is no terminal. */
  #status(text: string): void {
    const { output } = this.#options;
    if (output.terminal) output.write(`\r\x1b[K${text}`);
  }
}

/** What became of the network on the hub. */
function deployedText({ id, report, price }: HubArtifact, seconds: number): string {
  const lines = [`deployed as artifact ${id} in ${formatDuration(seconds)}\n`];
  if (report) lines.push(reportText(JSON.parse(report)));
  if (price) {
    const { secondsKeys: keys, secondsProof: proof, ...sizes } = price;
    lines.push(priceText({ ...sizes, seconds: { keys, proof } }));
  }
  return lines.join("");
}

/** What was weighed, a line for each circuit; where EZKL's own does not fit, why. */
function reportText({ target, used, why, candidates = [], points = [] }: CalibrationReport): string {
  const instead = why === ""
    ? ""
    : `${target} finds no circuit that fits (${why.split("; ")[0]}); ${used} is taken instead\n`;
  if (candidates.length > 0) {
    const head = ["", "bits", "dropped", "zero below", "images", "accuracy", "float", "logit error", "cells", "key"];
    const rows = candidates.map((row) => [
      row.chosen ? "*" : "",
      String(row.bits),
      String(row.dropBits),
      String(row.deadZone),
      ...row.dropped === null || row.cells !== null
        ? [
          shown(row.samples, formatCount),
          shown(row.accuracy, formatPercent),
          shown(row.floatAccuracy, formatPercent),
          shown(row.largestError, (error) => error.toFixed(2)),
          shown(row.cells, formatCount),
          shown(row.pkBytes, formatBytes),
        ]
        : [row.dropped, "", "", "", "", ""],
    ]);
    return `${instead}circuits weighed on cal_data.json, exact integers, cheapest first; * the chosen one\n${
      tableText([head, ...rows])
    }`;
  }
  if (points.length === 0) return instead;
  const head = ["", "input scale", "weight scale", "rebase", "rows", "cells"];
  const rows = points.map(({ chosen, inputScale, paramScale, scaleRebaseMultiplier, logrows, cells }) => [
    chosen ? "*" : "",
    String(inputScale),
    String(paramScale),
    String(scaleRebaseMultiplier),
    logrows === null ? "dropped" : `2^${logrows}`,
    shown(cells, formatCount),
  ]);
  return `${instead}circuits weighed by EZKL's rules for ${used}; * the chosen one\n${tableText([head, ...rows])}`;
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? "" : format(value);
}
