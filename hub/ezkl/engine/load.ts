/**
 * Loads the engine's web build, the one that can use threads, over a memory of ours.
 * @module
 */
import * as web from "npm:@ezkljs/engine@21.0.0/web/ezkl.js";

/** The engine's functions. */
export type EngineFunctions = typeof web;

/** A running engine and what its threads need to join it. */
export interface LoadedEngine {
  /** The engine's functions. */
  functions: EngineFunctions;
  /** Its compiled code. */
  module: WebAssembly.Module;
}

interface FetchStarter {
  (address: undefined, memory: WebAssembly.Memory): Promise<unknown>;
  __wbindgen_wasm_module: WebAssembly.Module;
}

/** Starts the engine in this Worker. */
export async function loadEngine(memory: WebAssembly.Memory): Promise<LoadedEngine> {
  try {
    const { wasmModule } = await import("./wasm_module.ts");
    const module = await wasmModule();
    web.initSync(module, memory);
    web.init_panic_hook();
    return { functions: web, module };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  const startWithFetch = web.default as unknown as FetchStarter;
  // Browsers and bundlers: the engine fetches its own file, and keeps the compiled code on its starter.
  await startWithFetch(undefined, memory);
  web.init_panic_hook();
  const { __wbindgen_wasm_module: module } = startWithFetch;
  return { functions: web, module };
}
