/**
 * The hub's server, fetched only when it is needed: `prove` and `--help` are to wait for none of its packages.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { deno } from "../../core/base/host.ts";

/**
 * Refuses `what` where a runtime other than Deno has it run a server.
 * @throws {ArgumentError} which says how it is run
 */
export function needDeno(what: string): void {
  if (deno() !== undefined) return;
  throw new ArgumentError(
    `${what} runs in Deno alone, whose server and files a hub is made of; all else runs here too. With the package in ` +
      "node_modules: npx -y deno@2.9.6 run -A node_modules/@zkgrad/zkgrad/zkgrad.js serve",
  );
}

/**
 * A module of the server by its address, which the caller resolves so that nobody who only reads the program fetches
 * it; `what` needs it.
 * @throws {ArgumentError} where the program was started with a lock file that lacks its packages
 */
export async function loadServer<T>(module: string, what: string): Promise<T> {
  try {
    return await import(module);
  } catch (cause) {
    const [, missing] = /Cannot find package '([^']+)'/.exec(`${cause}`) ?? [];
    if (missing !== undefined) {
      throw new ArgumentError(
        `${what} needs ${missing}, which is not installed; add the packages that zkgrad's package.json names as optional`,
        { cause },
      );
    }
    if (!/lock ?file/i.test(`${cause}`)) throw cause;
    throw new ArgumentError(
      `${what} needs the hub's packages, which the program was not started with; run it as deno task mnist:hub, ` +
        "which fetches them too",
      { cause },
    );
  }
}
