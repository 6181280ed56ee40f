/**
 * The flags of `deno task page`.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { parseArgs } from "node:util";

/** What `--help` says. */
export const HELP = `Builds the page into out/page/ and serves it on this machine.

deno task page [flags]

  --out FOLDER      where the page is written; default out/page
  --build-only      writes it and ends; any host of plain files can serve the folder
  --port PORT       where it is served; default 8000, 0 for any that is free
  --network FOLDER  the network of a run of deno task mnist, as out, in place of the page's own
  --srs FILE        the ceremony's reference string, as perpetual-powers-of-tau-raw-11; one for more rows than the circuit
                    has is cut. Without it one is made on this machine, and the page says what that means
  --help            this text
`;

/** The flags as values. */
export interface BuildOptions {
  /** Where the page is written. */
  readonly out: string;
  /** Whether nothing is served. */
  readonly buildOnly: boolean;
  /** Where it is served. */
  readonly port: number;
  /** The folder of a run, or null for the page's own network. */
  readonly network: string | null;
  /** A file with a reference string, or null. */
  readonly srs: string | null;
}

/** Reads the flags; null where help is asked for. Throws a sentence for what is none. */
export function readOptions(args: readonly string[]): BuildOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string", default: "out/page" },
      "build-only": { type: "boolean", default: false },
      port: { type: "string", default: "8000" },
      network: { type: "string" },
      srs: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new ArgumentError(`--port is ${values.port}, expected a whole number from 0 to 65535`);
  }
  return {
    out: values.out,
    buildOnly: values["build-only"],
    port,
    network: values.network ?? null,
    srs: values.srs ?? null,
  };
}
