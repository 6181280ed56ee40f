/**
 * What a program from training to proof is made of; run as a program, the command `zkgrad`:
 * `deno run -A jsr:@zkgrad/zkgrad/cli prove network.onnx --input input.json`.
 * @module
 */
import type { Tutorial } from "./hub/cli/command/train.ts";
export * from "./hub/cli/mod.ts";

// Nothing of it is loaded before somebody asks for it.
const loadTutorial = async (): Promise<Tutorial> => {
  const { ABOUT: about, main } = await import(import.meta.resolve("./examples/mnist/mnist.ts"));
  return { about, main };
};

// Not awaited: the tutorial imports this module, which must be whole by then.
if (import.meta.main) import("./hub/cli/command/main.ts").then(({ main }) => main(loadTutorial));
