/**
 * `deno task bench:nets`: whole training steps of networks of several kinds beside PyTorch, each in a process of its own,
 * and what zkgrad's products and convolutions reach of what 128-bit multiply-adds can do, on one thread.
 *
 *     deno run -A bench/nets/mod.ts [--only LeNet,...] [--seconds 5] [--gpu] [--json FILE]
 *
 * `--gpu` adds the kernels of WebGPU, on whatever adapter answers.
 * @module
 */
import { fileURLToPath } from "node:url";
import { ArgumentError } from "../../mod.ts";
import { hasTorch, TORCH_PYTHON } from "../peers/torch_python.ts";
import { flags, FROZEN, names, runProgram, say, thisMachine, writeJson } from "../program.ts";
import { NETS } from "./nets.ts";
import type { NetReport } from "./zkgrad.ts";

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function report(program: string, args: readonly string[]): Promise<NetReport> {
  const env = { NO_COLOR: "1", XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp" };
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], env }).output();
  if (!success) throw new ArgumentError(new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "it failed");
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

async function main(): Promise<void> {
  const values = flags({
    only: { type: "string" },
    seconds: { type: "string", default: "5" },
    gpu: { type: "boolean", default: false },
    json: { type: "string" },
  });
  if (!(Number(values.seconds) > 0)) {
    throw new ArgumentError(`--seconds is ${values.seconds}, expected a positive number`);
  }
  const only = names("--only", values.only, Object.keys(NETS));
  const { cpu, cores, system, deno } = thisMachine();
  say(`${cpu}, ${cores} cores, ${system}, Deno ${deno}\n`);
  const torch = await hasTorch();
  if (!torch) say("there is no PyTorch in .venv-torch; deno task bench makes it\n");
  const found: Record<string, Record<string, NetReport>> = {};
  say("network         batch  zkgrad ms  PyTorch ms  ratio  first step ms" + (values.gpu ? "  WebGPU ms" : ""));
  for (const name of only) {
    const own = (device: string): Promise<NetReport> =>
      report(Deno.execPath(), [
        ...["run", "-A", ...FROZEN, file("zkgrad.ts"), "--net", name, "--device", device, "--seconds", values.seconds],
      ]);
    const net = NETS[name];
    const zkgrad = await own("cpu");
    const peer = torch
      ? await report(TORCH_PYTHON, ["-I", file("torch_nets.py"), JSON.stringify(net), values.seconds])
      : null;
    const gpu = values.gpu ? await own("gpu") : null;
    found[name] = { zkgrad, ...peer && { pytorch: peer }, ...gpu && { webgpu: gpu } };
    const cells = [
      name.padEnd(14),
      String(net.batch).padStart(6),
      zkgrad.msPerStep.toFixed(2).padStart(10),
      (peer?.msPerStep.toFixed(2) ?? "-").padStart(11),
      (peer === null ? "-" : (peer.msPerStep / zkgrad.msPerStep).toFixed(2)).padStart(6),
      zkgrad.firstStepMs.toFixed(0).padStart(14),
      gpu === null ? "" : gpu.msPerStep.toFixed(1).padStart(11),
    ];
    say(cells.join(" ").trimEnd());
  }
  for (const [name, { zkgrad: { ceiling, kernels } }] of Object.entries(found)) {
    say(`\n${name}: products and convolutions on one thread; the ceiling is ${ceiling!.toFixed(1)} GFLOP/s`);
    for (const { node, milliseconds, rate } of kernels!) {
      const share = `${(100 * rate / ceiling!).toFixed(0)} %`;
      say(
        `${milliseconds.toFixed(3).padStart(9)} ms ${rate.toFixed(1).padStart(6)} GFLOP/s ${
          share.padStart(5)
        }  ${node}`,
      );
    }
  }
  await writeJson(values.json, { machine: thisMachine(), seconds: Number(values.seconds), found });
}

if (import.meta.main) await runProgram(main);
