/**
 * `deno task bench:layers`: training steps of small networks around one layer each, beside PyTorch on as many threads and
 * TensorFlow.js on WebAssembly where it has the kernels, each in a process of its own; the least of all steps counts.
 *
 *     deno run -A bench/layers/mod.ts [--only LSTM,...] [--seconds 2] [--gpu] [--json FILE]
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ArgumentError } from "../../mod.ts";
import { hasTorch, TORCH_PYTHON } from "../peers/torch_python.ts";
import { flags, FROZEN, names, runProgram, say, thisMachine, writeJson } from "../program.ts";
import { LAYERS } from "./layers.ts";

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The milliseconds that a program says. */
async function millisecondsOf(program: string, args: readonly string[]): Promise<number> {
  const env = { NO_COLOR: "1", XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp" };
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], env }).output();
  if (!success) throw new ArgumentError(new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "it failed");
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!).ms;
}

async function main(): Promise<void> {
  const { only, seconds, gpu, json } = flags({
    only: { type: "string" },
    seconds: { type: "string", default: "2" },
    gpu: { type: "boolean", default: false },
    json: { type: "string" },
  });
  if (!(Number(seconds) > 0)) throw new ArgumentError(`--seconds is ${seconds}, expected a positive number`);
  const { cpu, cores, system, deno } = thisMachine();
  say(`${cpu}, ${cores} cores, ${system}, Deno ${deno}; ms of a training step of 64 samples, 2 threads\n`);
  const torch = await hasTorch();
  if (!torch) say("there is no PyTorch in .venv-torch; deno task bench makes it\n");
  const found: Record<string, Record<string, number>> = {};
  say(`${"layer".padEnd(24)}   zkgrad  PyTorch  ratio  tfjs wasm  ratio${gpu ? "   WebGPU" : ""}`);
  for (const name of names("--only", only, Object.keys(LAYERS))) {
    const { torch: expression, shape, features } = LAYERS[name];
    const own = (device: string) =>
      millisecondsOf(Deno.execPath(), ["run", "-A", ...FROZEN, file("zkgrad.ts"), name, device, seconds]);
    const zkgrad = await own("cpu");
    const args = ["-I", file("torch_layers.py"), expression, JSON.stringify(shape), String(features), seconds];
    const peer = torch ? await millisecondsOf(TORCH_PYTHON, args) : null;
    const tfjs = await millisecondsOf(Deno.execPath(), [
      ...["run", "-A", ...FROZEN, file("tfjs_layers.ts"), name, JSON.stringify([...shape].reverse()), seconds],
    ]).catch(() => null);
    const webgpu = gpu ? await own("gpu") : null;
    found[name] = {
      zkgrad,
      ...peer !== null && { pytorch: peer },
      ...tfjs !== null && { tfjs },
      ...webgpu !== null && { webgpu },
    };
    const cell = (value: number | null, width: number) => (value?.toFixed(2) ?? "-").padStart(width);
    say(
      `${name.padEnd(24)} ${cell(zkgrad, 8)} ${cell(peer, 8)} ${cell(peer && peer / zkgrad, 6)} ${cell(tfjs, 10)} ${
        cell(tfjs && tfjs / zkgrad, 6)
      }` +
        (webgpu === null ? "" : ` ${cell(webgpu, 8)}`),
    );
  }
  await writeJson(json, { machine: thisMachine(), seconds: Number(seconds), found });
}

if (import.meta.main) await runProgram(main);
