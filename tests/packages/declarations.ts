/**
 * The declarations of the npm package, by the TypeScript compiler.
 * @module
 */
import ts from "npm:typescript@5.9.3";
import { fileURLToPath } from "node:url";
import { ROOT } from "../platform/locks.ts";

/** Names that only the newest libraries of TypeScript have, which a project need not ask for. */
const DISPOSABLE = /\bAsyncDisposable\b|\bSymbol\.asyncDispose\b/;
const LIBRARY = '/// <reference lib="esnext.disposable" />\n';

/**
 * The declarations of modules, by path from the root with `.d.ts` for `.ts`. Types are checked by `deno task check`;
 * here they are only written down.
 */
export function declarations(paths: readonly string[]): Map<string, string> {
  const root = fileURLToPath(ROOT);
  const found = new Map<string, string>();
  const program = ts.createProgram(paths.map((path) => root + path), {
    declaration: true,
    emitDeclarationOnly: true,
    noCheck: true,
    allowImportingTsExtensions: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    stripInternal: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
    types: [],
    rootDir: root,
    outDir: root,
  });
  const write = (path: string, text: string) =>
    void found.set(path.slice(root.length), DISPOSABLE.test(text) ? LIBRARY + text : text);
  program.emit(undefined, write, undefined, true);
  return found;
}
