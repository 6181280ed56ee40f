/**
 * The hub's server, fetched only when it is needed: `prove` and `--help` are to wait for none of its packages.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";

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
