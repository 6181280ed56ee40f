/**
 * Which file of a multipart request stands for which variable: the `map` of the GraphQL
 * multipart request specification.
 * @module
 */
import { BadRequestError } from "../errors.ts";
import type { RequestLimits } from "./limits.ts";
import type { Operation } from "../graphql/operation.ts";
import { parseObject } from "./operation.ts";
import type { Upload } from "../upload.ts";

/** Steps from `variables` to a value. */
type Path = readonly string[];

const STEP = /^(?:[A-Za-z][A-Za-z0-9_]{0,63}|0|[1-9][0-9]{0,2})$/;
const FORBIDDEN = new Set(["constructor", "prototype"]);

/** The places of each file, by the file's name. */
export class UploadMap {
  readonly #places: ReadonlyMap<string, readonly Path[]>;

  private constructor(places: ReadonlyMap<string, readonly Path[]>) {
    this.#places = places;
  }

  /** From the text of `map`, such as `{"0": ["variables.input"]}`. */
  static parse(text: string, limits: RequestLimits): UploadMap {
    const entries = Object.entries(parseObject(text, '"map"'));
    if (entries.length > limits.files) {
      throw new BadRequestError(`"map" names ${entries.length} files, and the limit is ${limits.files}`);
    }
    const taken = new Set<string>();
    return new UploadMap(
      new Map(entries.map(([name, paths]) => {
        if (name === "" || name.length > limits.nameLength) {
          throw new BadRequestError('a file name in "map" is too long');
        }
        if (!Array.isArray(paths) || paths.length === 0 || paths.length > limits.pathsPerFile) {
          throw new BadRequestError(
            `a file in "map" has no list of 1 to ${limits.pathsPerFile} places, expected one such as ["variables.input"]`,
          );
        }
        for (const path of paths) {
          if (taken.has(path)) throw new BadRequestError('"map" puts two files at one place');
          taken.add(path);
        }
        return [name, paths.map((path) => parsePath(path, limits))];
      })),
    );
  }

  /** Whether a file is expected under this name. */
  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** Puts the files where they belong; every one that was named must be there. */
  place(operation: Operation, uploads: ReadonlyMap<string, Upload>): void {
    for (const [name, paths] of this.#places) {
      const upload = uploads.get(name);
      if (upload === undefined) throw new BadRequestError('"map" names a file that is not in the body');
      for (const path of paths) put(operation.variables, path, upload);
    }
  }
}

function parsePath(path: unknown, limits: RequestLimits): Path {
  const [root, ...steps] = typeof path === "string" && path.length <= limits.nameLength ? path.split(".") : [];
  if (
    root !== "variables" || steps.length === 0 || steps.length > limits.pathDepth ||
    steps.some((step) => !STEP.test(step) || FORBIDDEN.has(step))
  ) {
    throw new BadRequestError('a place in "map" is not a path to a variable, expected one such as "variables.input"');
  }
  return steps;
}

/** Goes through own properties alone, and makes none but the last. */
function put(variables: Record<string, unknown>, path: Path, upload: Upload): void {
  let at: Record<string, unknown> = variables;
  for (const step of path.slice(0, -1)) {
    const next = Object.hasOwn(at, step) ? at[step] : undefined;
    if (typeof next !== "object" || next === null) throw noSuchPlace();
    at = next as Record<string, unknown>;
  }
  const last = path.at(-1)!;
  if (Array.isArray(at) && !Object.hasOwn(at, last)) throw noSuchPlace();
  at[last] = upload;
}

function noSuchPlace(): BadRequestError {
  return new BadRequestError('a place in "map" is not in the variables; put null there in "operations"');
}
