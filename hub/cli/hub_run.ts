/**
 * The same by way of a hub: it makes circuit, keys and proof, and the proof is verified here
 * against what was pinned at deployment; told as it goes.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";
import { readFile } from "../../core/base/files.ts";
import { formatDuration } from "../../core/base/format.ts";
import {
  createHubArtifact,
  downloadProof,
  getHubCredentials,
  type HubArtifact,
  type HubCredentials,
  type HubPin,
  type HubProof,
  pinArtifact,
  proveHub,
  verifyHubProof,
  waitForArtifact,
  waitForProof,
} from "../client/mod.ts";
import { describeSrs, readProof } from "../ezkl/mod.ts";
import { LocalHub } from "./local_hub.ts";
import { priceText, verdictText } from "./report.ts";
import { hubReportText } from "./weighed.ts";
import type { RunFiles } from "./run_files.ts";
import { checkRunOptions, type RunOptions } from "./run_options.ts";
import { statusLine } from "./status_line.ts";

/** One network's way to a proof by way of a hub. What is kept of it goes to the folder `hub`. */
export class HubRun implements AsyncDisposable {
  readonly #options: RunOptions;
  readonly #local: LocalHub | null;
  readonly #credentials: HubCredentials;
  #pin: HubPin | null = null;
  #proof: Uint8Array | null = null;

  private constructor(options: RunOptions, local: LocalHub | null, credentials: HubCredentials) {
    this.#options = options;
    this.#local = local;
    this.#credentials = credentials;
  }

  /**
   * To the hub that the options name, which is asked for; null where they name none. A local one runs from now on.
   * @throws {ArgumentError} for an option that no run has
   */
  static async open(options: RunOptions): Promise<HubRun | null> {
    checkRunOptions("HubRun.open()", options);
    const { hub, out, output } = options;
    if (hub === undefined) return null;
    await using parts = new AsyncDisposableStack();
    const local = hub.url === undefined ? parts.use(await LocalHub.start(`${out}/hub`, options)) : null;
    const { url, apiKey } = local ?? { url: hub.url!, apiKey: hub.apiKey! };
    const { organization } = hub;
    const credentials = await getHubCredentials({ url, apiKey, organization });
    output.write(`${local ? "a hub of our own" : "the hub"} at ${url}, organisation ${organization}\n`);
    parts.move();
    return new HubRun(options, local, credentials);
  }

  /** Ends the local hub, where there is one. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#local?.[Symbol.asyncDispose]();
  }

  /** Deploys the network in `onnx`, a file of `files`, waits for its keys, and pins what a verifier needs. */
  async deploy(files: RunFiles, onnx: string): Promise<void> {
    const { output, target, tolerance } = this.#options;
    const credentials = this.#credentials;
    const begun = performance.now();
    const { id } = await createHubArtifact({
      credentials,
      name: onnx.replace(/\.onnx$/, ""),
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
    await files.write("hub/settings.json", pin.settingsFile, "the circuit's settings, pinned");
    await files.write("hub/key.vk", pin.vk, "verifying key, pinned");
    const warning = artifact.srs?.unsafe === false ? "of a ceremony" : "UNSAFE, for tests only";
    await files.write("hub/verifier.srs", pin.srs, `the verifier's part of the reference string, ${warning}`);
    const hashes = `${JSON.stringify({ artifactId: id, sha256: pin.hashes }, null, 2)}\n`;
    await files.write("hub/pin.json", hashes, "the artifact, and the hashes of what was pinned");
    this.#pin = pin;
  }

  /** Asks for a proof of `input.json` and downloads it. */
  async prove(files: RunFiles): Promise<void> {
    const credentials = this.#credentials;
    const data = await this.#read("input.json");
    const { id } = await proveHub({ credentials, id: this.#pin!.artifactId, data });
    const { timings = {} } = await waitForProof(id, { credentials, onProgress: (proof) => this.#show(proof) });
    this.#status("");
    this.#proof = await downloadProof(id, { credentials });
    await files.write("hub/test.pf", this.#proof, "the hub's proof, with the logits");
    const told = Object.entries(timings).map(([stage, seconds]) => `${stage} ${formatDuration(seconds)}`);
    if (told.length > 0) this.#options.output.write(`the hub proved input.json: ${told.join(", ")}\n`);
  }

  /**
   * Verifies the proof on this machine, with the files that were pinned, and says what it shows.
   * @param verdict A sentence about the outputs that are proven.
   * @throws {ZkgradError} where the proof does not hold
   */
  async verify(verdict: (outputs: ArrayLike<number>) => string): Promise<void> {
    const { output, out } = this.#options;
    const pin = this.#pin!, proof = this.#proof!;
    const begun = performance.now();
    if (!await verifyHubProof(proof, pin)) {
      throw new ZkgradError(`${out}/hub/test.pf does not hold for ${out}/hub/key.vk; do not believe this hub`);
    }
    const seconds = (performance.now() - begun) / 1000;
    const [shown] = readProof(proof, pin.settings).outputs!;
    output.write(verdictText(shown, seconds, verdict(shown)));
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

  #status(text: string): void {
    statusLine(this.#options.output, text);
  }
}

/** What became of the network on the hub. */
function deployedText({ id, report, price }: HubArtifact, seconds: number): string {
  const lines = [`deployed as artifact ${id} in ${formatDuration(seconds)}\n`];
  if (report) lines.push(hubReportText(JSON.parse(report)));
  if (price) {
    const { secondsKeys: keys, secondsProof: proof, ...sizes } = price;
    lines.push(priceText({ ...sizes, seconds: { keys, proof } }));
  }
  return lines.join("");
}
