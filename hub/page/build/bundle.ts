/**
 * The page's modules as scripts for browsers, by `deno bundle`: shared code in chunks, what is imported later in chunks
 * of its own.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { fileURLToPath } from "node:url";

const ROOM = new URL("../", import.meta.url);
const ROOT = new URL("../../", ROOM);

/** What a browser asks for by name: the page, its Workers, the service worker. A script has its module's path. */
export const ENTRIES: readonly string[] = [
  "app/main.tsx",
  "draw/predict_worker.ts",
  "prove/prove_worker.ts",
  "verify/verify_worker.ts",
  "train/train_worker.ts",
  "contract/contract_worker.ts",
  "by_hub/by_hub_worker.ts",
  "hub/main.tsx",
  "hub/hub_worker.ts",
  "service_worker.ts",
];

/** Writes the scripts of every entry into a folder. */
export async function bundle(folder: string): Promise<void> {
  const entries = ENTRIES.map((entry) => fileURLToPath(new URL(entry, ROOM)));
  const args = [
    ...[
      "bundle",
      "-q",
      `--lock=${fileURLToPath(new URL("deno.lock", ROOM))}`,
      "--frozen",
      "--platform",
      "browser",
      "--minify",
      "--code-splitting",
      "--outdir",
      folder,
      ...entries,
    ],
  ];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: fileURLToPath(ROOT) }).output();
  if (!success) throw new ArgumentError(`the page's scripts could not be bundled: ${new TextDecoder().decode(stderr)}`);
}
