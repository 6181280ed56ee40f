/**
 * The engine's WebAssembly, compiled once for a process. Imported in its source phase it
 * needs no permission to read files and reaches the Workers without a copy. The syntax
 * stands alone here because a runtime that does not know it refuses the whole file.
 * @module
 */

/** Compiles the engine, or takes what was compiled before. */
export async function wasmModule(): Promise<WebAssembly.Module> {
  // @ts-expect-error: TypeScript does not know source phase imports yet
  return await import.source("npm:@ezkljs/engine@21.0.0/web/ezkl_bg.wasm") as WebAssembly.Module;
}
