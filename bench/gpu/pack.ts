/**
 * `deno task bench:gpu` before it runs: everything that the bench needs as plain files in one folder, `.gpu`, so that a
 * machine with a GPU needs neither this repository nor a network. With `--bare` the folder also holds Deno itself and, on
 * Debian and Ubuntu, the loaders of Vulkan; then `sh .gpu/run.sh` is all that such a machine runs.
 *
 *     deno run -A bench/gpu/pack.ts [--bare]
 *
 * @module
 */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError } from "../../mod.ts";
import { flags, runProgram, say } from "../program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = `${root}.gpu`;
/** What runs there, and under whose lock file its packages are. */
const PROGRAMS = { bench: ["bench/gpu/mod.ts", "bench/gpu/net.ts", "bench/gpu/tiles.ts"] };
const TESTS = [
  "tests/ops/suite_test.ts",
  "tests/ops/product_tiles_test.ts",
  "tests/ops/lanes_test.ts",
  "tests/ops/networks/networks_test.ts",
  "tests/core/run/determinism_test.ts",
];
const SCRIPTS = ["bench/nets/torch_nets.py", "bench/gpu/jax_nets.py", "bench/gpu/run.sh"];
/** What ONNX Runtime loads beside its bundle, to read back what was exported. */
const RUNTIME = ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];
/** The packages of Debian whose libraries find a driver of Vulkan. */
const LOADERS = ["libvulkan1", "libegl1", "libglvnd0", "libopengl0", "libgl1", "libglx0", "libgles2"];

async function run(program: string, args: readonly string[], cwd = root): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], cwd }).output();
  if (success) return new TextDecoder().decode(stdout).trim();
  throw new ArgumentError(
    `${program} ${args[0]} failed: ${new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join(" ")}`,
  );
}

async function bundle(entry: string, lock: string): Promise<void> {
  const output = `${FOLDER}/${basename(entry).replace(/\.ts$/, ".js")}`;
  await run(Deno.execPath(), [
    ...["bundle", "-q", `--lock=${root}${lock}/deno.lock`, "--frozen", "--platform", "deno", entry, "-o", output],
  ]);
}

if (import.meta.main) {
  await runProgram(async () => {
    const { bare } = flags({ bare: { type: "boolean", default: false } });
    await Deno.mkdir(FOLDER, { recursive: true });
    for (const entry of PROGRAMS.bench) await bundle(entry, "bench");
    for (const entry of TESTS) await bundle(entry, "tests");
    for (const script of SCRIPTS) await Deno.copyFile(root + script, `${FOLDER}/${basename(script)}`);
    const runtime = await run(Deno.execPath(), [
      ...["run", "-A", `--lock=${root}tests/deno.lock`, "--frozen", "tests/onnx/runtime_folder.ts"],
    ]);
    for (const each of RUNTIME) {
      await Deno.writeFile(`${FOLDER}/${each}`, await Deno.readFile(fileURLToPath(new URL(each, runtime))));
    }
    if (bare) {
      say(`packing ${Deno.execPath()}: a minute`);
      await Deno.copyFile(Deno.execPath(), `${FOLDER}/deno`);
      await run("xz", ["-6", "-f", "-T0", `${FOLDER}/deno`, `${FOLDER}/${RUNTIME[1]}`]);
      await run("apt-get", ["download", ...LOADERS], FOLDER);
    }
    let bytes = 0;
    for await (const { name } of Deno.readDir(FOLDER)) bytes += (await Deno.stat(`${FOLDER}/${name}`)).size;
    say(`${FOLDER}: ${(bytes / 1e6).toFixed(1)} MB`);
  });
}
