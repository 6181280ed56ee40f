/**
 * What the files of a proving folder are called, and how they are read.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { readFile } from "../../../core/base/files.ts";
import { builtin, type FileSystem } from "../../../core/base/host.ts";

/** Names of the files in a proving folder, as EZKL's tutorials have them. */
export interface FolderFiles {
  /** The settings. */
  settings: string;
  /** The network with its weights on the circuit's grid, where a calibration for fidelity made one. */
  calibrated: string;
  /** The compiled circuit. */
  compiled: string;
  /** The ceremony's reference string. */
  srs: string;
  /** A reference string made on this machine, for tests alone. */
  unsafeSrs: string;
  /** The proving key of EZKL's format, where there is one. */
  pk: string;
  /** The verifying key. */
  vk: string;
  /** The input to prove something about. */
  input: string;
  /** The samples to calibrate with. */
  calibration: string;
  /** What the circuit computed. */
  witness: string;
  /** The proof. */
  proof: string;
  /** The contract that verifies proofs on Ethereum, in Solidity. */
  solidity: string;
  /** The same as bytecode with its ABI and its gas. */
  contract: string;
  /** The proof as call data of that contract. */
  calldata: string;
  /** What each file was made from. */
  artifacts: string;
}

/** The names unless others are given. */
export const FOLDER_FILES: Readonly<FolderFiles> = {
  settings: "settings.json",
  calibrated: "network.calibrated.onnx",
  compiled: "network.compiled",
  srs: "kzg.srs",
  unsafeSrs: "kzg.unsafe.srs",
  pk: "key.pk",
  vk: "key.vk",
  input: "input.json",
  calibration: "cal_data.json",
  witness: "witness.json",
  proof: "test.pf",
  solidity: "verifier.sol",
  contract: "verifier.json",
  calldata: "calldata",
  artifacts: "artifacts.json",
};

/** The size and the content of a file, as a number of bytes and a SHA-256. */
export interface FileMark {
  /** Its size. */
  bytes: number;
  /** Its SHA-256, in lower-case hexadecimal. */
  sha256: string;
}

/** Proving keys have up to a gigabyte, which is more than `readFile` allows of itself. */
export const FILE_LIMIT: number = 2 ** 32;

const PART = 4 << 20;

/** The marks of files. A file is read again only where its time, its size or its place on the disk changed. */
export class FileMarks {
  readonly #known = new Map<string, { stamp: string; mark: FileMark }>();

  /** The mark of a file, or null where there is none. */
  async of(path: string): Promise<FileMark | null> {
    const stamp = await stampOf(path);
    if (stamp === null) return null;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.mark;
    const mark = await markOf(path).catch((error) => notRead(path, error));
    this.#known.set(path, { stamp, mark });
    return mark;
  }

  /** Takes the mark of a file that was just written. */
  async note(path: string, mark: FileMark): Promise<void> {
    const stamp = await stampOf(path);
    if (stamp !== null) this.#known.set(path, { stamp, mark });
  }
}

async function stampOf(path: string): Promise<string | null> {
  try {
    const { size, mtimeNs, ino } = await fileSystem().stat(path, { bigint: true });
    return `${size} ${mtimeNs} ${ino}`;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    return await notRead(path, error);
  }
}

async function notRead(path: string, error: unknown): Promise<never> {
  await readFile(path); // says why, as every reading does
  throw error;
}

/** Reads in parts: a proving key should not be in memory for its hash. */
async function markOf(path: string): Promise<FileMark> {
  const hash = builtin("node:crypto")!.createHash("sha256");
  const handle = await fileSystem().open(path, "r");
  try {
    const part = new Uint8Array(PART);
    let bytes = 0;
    while (true) {
      const { bytesRead } = await handle.read(part, 0, PART, null);
      if (bytesRead === 0) return { bytes, sha256: hash.digest("hex") };
      hash.update(part.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Milliseconds after which a temporary file belongs to nobody who is still writing it. */
const STALE = 600_000;

/** Removes what runs that were killed while writing left of these files. */
export async function removeLeftovers(folder: string, names: readonly string[]): Promise<void> {
  const fs = fileSystem();
  const entries = await fs.readdir(folder).catch(() => []);
  for (const entry of entries) {
    const name = /^(.+)\.[0-9a-f]{8}\.tmp$/.exec(entry)?.[1];
    if (name === undefined || !names.includes(name)) continue;
    const path = `${folder}/${entry}`;
    const old = await fs.stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs > STALE, () => false);
    if (old) await fs.rm(path, { force: true }).catch(() => {});
  }
}

/** The runtime's files; throws an `ArgumentError` where there are none. */
export function fileSystem(): FileSystem {
  const fs = builtin("node:fs/promises");
  if (fs) return fs;
  throw new ArgumentError(
    "ProvingFolder: there is no file system in this runtime; use setup(), prove() and the other functions on bytes",
  );
}
