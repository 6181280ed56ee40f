/**
 * The reference string of a proving folder: the ceremony's or one for tests, got or made
 * only where it is not there.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { readFileIfThere, writeFileAtomic } from "../../../core/base/files.ts";
import { CEREMONY_SHA256 } from "../srs/ceremony.ts";
import { checkSrs } from "../srs/check.ts";
import { genSrs, type GenSrsOptions } from "../srs/generate.ts";
import { checkGetSrsOptions, getSrs, type GetSrsOptions } from "../srs/get.ts";
import { sha256 } from "../srs/sha256.ts";
import { isUnsafe } from "../srs/unsafe.ts";
import { FILE_LIMIT, type FolderFiles } from "./files.ts";
import type { StepResult, Steps } from "./steps.ts";

/** The reference string of a folder. */
export class ReferenceString {
  readonly #steps: Steps;
  readonly #files: Readonly<FolderFiles>;
  #chosen: string | null = null;

  /** Among the files of `steps`. */
  constructor(steps: Steps, files: Readonly<FolderFiles>) {
    this.#steps = steps;
    this.#files = files;
  }

  /** The file that keys and proofs are made with. */
  async name(): Promise<string> {
    if (this.#chosen !== null) return this.#chosen;
    const { srs, unsafeSrs } = this.#files;
    if (await this.#steps.mark(srs) !== null) return srs;
    if (await this.#steps.mark(unsafeSrs) !== null) return unsafeSrs;
    throw new ArgumentError(
      `${
        this.#steps.path(srs)
      } is not there; get the ceremony's reference string with getSrs(), or make ${unsafeSrs} for ` +
        "tests with genSrs()",
    );
  }

  /** Gets the ceremony's string. Its hash is known, so a file that is there needs no record. */
  async get(logrows: number, options: GetSrsOptions): Promise<StepResult> {
    checkGetSrsOptions(options);
    const { srs } = this.#files, begun = performance.now();
    const expected = (options.sha256 ?? CEREMONY_SHA256[logrows])?.toLowerCase();
    const found = await this.#steps.mark(srs);
    let reason: string | null = null;
    if (found === null || found.sha256 !== expected) {
      reason = found ? `${srs} is not the reference string for k = ${logrows}` : `there is no ${srs}`;
      await writeFileAtomic(this.#steps.path(srs), await getSrs(logrows, options));
    }
    this.#chosen = srs;
    return await this.#steps.result("getSrs", reason, [srs], begun);
  }

  /** Makes a string for tests. */
  async generate(logrows: number, options: GenSrsOptions): Promise<StepResult> {
    const { unsafeSrs } = this.#files, { secret } = options;
    const wanted = secret === undefined
      ? `${logrows}`
      : `${logrows} ${await sha256(new TextEncoder().encode(`${secret}`))}`;
    const isKnown = (await this.#steps.manifest.read()).genSrs !== undefined;
    if (!isKnown && secret === undefined && await this.#servesTests(logrows)) {
      await this.#steps.adopt("genSrs", unsafeSrs, wanted);
    }
    const result = await this.#steps.run({
      step: "genSrs",
      inputs: [],
      options: wanted,
      outputs: [unsafeSrs],
      make: async () => ({ files: [[unsafeSrs, await genSrs(logrows, options)]] }),
    });
    this.#chosen = unsafeSrs;
    return result;
  }

  /** Whether there is an unsafe string that can be used as it is: a new one would make new keys and proofs. */
  async #servesTests(logrows: number): Promise<boolean> {
    const bytes = await readFileIfThere(this.#steps.path(this.#files.unsafeSrs), FILE_LIMIT);
    try {
      return bytes !== null && isUnsafe(bytes) && checkSrs("genSrs()", bytes) === logrows;
    } catch {
      return false;
    }
  }
}
