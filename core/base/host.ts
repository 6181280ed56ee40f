/**
 * What the runtime around this library has: Deno's own names, and the modules that Deno, Node and Bun share.
 *
 * Their types are written out here, as far as they are used: a project that is checked without those of Deno or of
 * Node, as those for browsers are, then checks this library too.
 * @module
 */

/** The little of Deno that is used; a page may carry an imitation with less. */
export interface DenoLike {
  /** The standard output. */
  readonly stdout?: { isTerminal(): boolean; writeSync(bytes: Uint8Array): number };
  /** Whether `NO_COLOR` is set. */
  readonly noColor: boolean;
  /** The terminal's size in characters; throws where there is no terminal. */
  consoleSize(): { readonly columns: number };
  /** The system, as in `linux`. */
  readonly build: { readonly os: string };
  /** What the program may do, found out without a question. */
  readonly permissions: { querySync(what: { readonly name: string }): { readonly state: string } };
  /** What lies in a folder. */
  readDirSync(path: string): Iterable<{ readonly name: string }>;
  /** Its errors by class. */
  readonly errors: { readonly BrokenPipe: new (message?: string) => Error };
  /** Calls `handler` at every such signal, which then ends the process no more. */
  addSignalListener(signal: "SIGINT", handler: () => void): void;
  /** The opposite. */
  removeSignalListener(signal: "SIGINT", handler: () => void): void;
  /** Ends the process. */
  exit(code: number): never;
}

/** The little of Node's `process` that is used. */
export interface ProcessLike {
  /** The standard output. */
  readonly stdout?: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  /** The environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A module that comes with the runtime. */
  getBuiltinModule?(name: string): unknown;
}

/** What a file is. */
export interface FileStat {
  /** Its bytes. */
  readonly size: number;
  /** When it was last changed, in milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Whether it is a regular file. */
  isFile(): boolean;
  /** Whether it is a folder. */
  isDirectory(): boolean;
}

/** What tells one state of a file from another. */
export interface ExactFileStat {
  /** Its bytes. */
  readonly size: bigint;
  /** When it was last changed, in nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Its number in the file system. */
  readonly ino: bigint;
}

/** An open file. */
export interface FileHandle {
  /** Reads up to `length` bytes to `offset` on; `position` null: from where the last reading ended. */
  read(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  /** Writes `length` bytes from `offset` on, or fewer. */
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  /** Waits until all is on the disk. */
  sync(): Promise<void>;
  /** Closes it. */
  close(): Promise<void>;
}

/** The little of `node:fs/promises` that is used. */
export interface FileSystem {
  /** Opens a file: `r` reads it, `wx` makes it and fails where it is there. */
  open(path: string, flags: "r" | "wx"): Promise<FileHandle>;
  /** Renames a file, over one of that name. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; with `force` a missing one is no error. */
  rm(path: string, options: { readonly force: boolean }): Promise<void>;
  /** What a file is. */
  stat(path: string | URL): Promise<FileStat>;
  /** The same to the nanosecond. */
  stat(path: string | URL, options: { readonly bigint: true }): Promise<ExactFileStat>;
  /** A file's bytes. */
  readFile(path: string | URL): Promise<Uint8Array>;
  /** The names in a folder. */
  readdir(path: string): Promise<string[]>;
  /** Makes a folder and those above it. */
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>;
}

/** The little of `node:crypto` that is used. */
export interface Hashing {
  /** A hash that takes its bytes part by part. */
  createHash(algorithm: "sha256"): Hash;
}

/** A hash of what it was given. */
export interface Hash {
  /** Takes bytes in. */
  update(bytes: Uint8Array): Hash;
  /** The hash in lower-case hexadecimal. */
  digest(encoding: "hex"): string;
}

/** What a thread that runs a text speaks with its maker by, in that text. */
export const NODE_PORT = 'process.getBuiltinModule("node:worker_threads").parentPort';

/** Node's threads, as far as they are used. */
export interface ThreadModule {
  /** A thread that runs a text. */
  readonly Worker: new (text: string, options: { readonly eval: true }) => NodeThread;
}

/** A thread of Node's. */
export interface NodeThread {
  /** Sends it a message. */
  postMessage(message: unknown): void;
  /** Hears what it says, how it fails, and that it has ended. */
  on(event: "message" | "error" | "exit", listener: (value: never) => void): unknown;
  /** Ends it. */
  terminate(): unknown;
}

/** The modules of the runtime, with the part of them that is written out here. */
export interface Builtins {
  /** Files. */
  readonly "node:fs/promises": FileSystem;
  /** Hashes. */
  readonly "node:crypto": Hashing;
  /** Threads. */
  readonly "node:worker_threads": ThreadModule;
  /** The machine. */
  readonly "node:os": { availableParallelism(): number };
  /** Paths of files from addresses. */
  readonly "node:url": { fileURLToPath(url: URL): string };
}

/** Locks that all threads of a page or process know by name. */
export interface LocksLike {
  /** Calls `held` when nobody else holds the lock of this name, which is kept until its promise is settled. */
  request(name: string, held: () => unknown): Promise<unknown>;
}

/** `navigator`, as far as it is used. */
export interface NavigatorLike {
  /** Missing in Node and Bun. */
  readonly locks?: LocksLike;
}

/** Deno's own names, or undefined elsewhere. */
export function deno(): DenoLike | undefined {
  return (globalThis as { Deno?: DenoLike }).Deno;
}

/** Node's `process`, which Deno and Bun have too, or undefined in a browser. */
export function hostProcess(): ProcessLike | undefined {
  return (globalThis as { process?: ProcessLike }).process;
}

/** How many threads the machine runs at once, and 1 where nobody says; Node 20 has no `navigator`. */
export function processors(): number {
  return globalThis.navigator?.hardwareConcurrency ?? builtin("node:os")?.availableParallelism() ?? 1;
}

/**
 * A module of the runtime such as `node:crypto`, or undefined in a browser.
 * Without an import, so that a bundler for browsers finds nothing to resolve.
 */
export function builtin<K extends keyof Builtins>(name: K): Builtins[K] | undefined {
  return hostProcess()?.getBuiltinModule?.(name) as Builtins[K] | undefined;
}
