/** Whatever is given to the public functions is used, or refused in a sentence of the library's own. */
import assert from "node:assert/strict";
import { GpuDevice, ZkgradError } from "../../mod.ts";
import { inFolder } from "../folder.ts";
import { type Call, JUNK, type Junk, LEFT_OUT } from "./call.ts";
import { makeCalls } from "./calls.ts";
import { documented, takesOptions } from "./documented.ts";

/** What a call threw, or null. */
async function thrown(call: Call, args: readonly unknown[]): Promise<unknown> {
  try {
    await call.call(...args);
    return null;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What is wrong with an answer to junk, or null; undefined: it may be used or refused. */
function verdict(error: unknown, fine: boolean | undefined): string | null {
  if (error === null) return fine === false ? "was accepted" : null;
  if (!(error instanceof ZkgradError)) return `${(error as Error).name}: ${(error as Error).message}`;
  const { message } = error;
  if (message.endsWith(".") || message.length < 20 || message.includes("[object")) return `no sentence: ${message}`;
  return fine ? `refused: ${message}` : null;
}

/** Works in `folder` until it is disposed of. */
function within(folder: string): Disposable {
  const before = Deno.cwd();
  Deno.chdir(folder);
  return { [Symbol.dispose]: () => Deno.chdir(before) };
}

Deno.test("every public function answers junk in the place of any argument, or of any option, with a sentence", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    // Junk that is taken for the name of a folder makes one.
    using _there = within(folder);
    const calls = await makeCalls(device, folder);
    const problems: string[] = [];
    let tried = 0;
    const check = async (name: string, call: Call, place: string, args: readonly unknown[], junk: Junk) => {
      const leftOut = place.includes(".") && junk === "undefined";
      const fine = leftOut ? undefined : call.fine?.[place]?.includes(junk) ?? false;
      const problem = verdict(await thrown(call, args), fine);
      if (problem !== null) problems.push(`${name}, ${junk} for ${place}: ${problem}`);
      tried++;
    };
    for (const [name, call] of Object.entries(calls)) {
      assert.equal(await thrown(call, call.args), null, `${name} refuses what is right`);
      for (const [index, right] of call.args.entries()) {
        for (const junk of Object.keys(JUNK) as Junk[]) {
          const given = call.args.map((arg, k) => k === index ? JUNK[junk] : arg);
          await check(name, call, `${index}`, given, junk);
          if (!isPlain(right) || call.whole?.includes(index)) continue;
          for (const option of Object.keys(right)) {
            const options = { ...right, [option]: JUNK[junk] };
            const changed = call.args.map((arg, k) => k === index ? options : arg);
            await check(name, call, `${index}.${option}`, changed, junk);
          }
        }
      }
    }
    assert.deepEqual(problems, []);
    assert.ok(tried > 2000, `${tried}`);
  }));

Deno.test("the table of calls has every public function, constructor and method", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    const table = [...Object.keys(await makeCalls(device, folder)), ...Object.keys(LEFT_OUT)];
    const core = await documented("mod.ts");
    const onnx = await documented("onnx/mod.ts", takesOptions);
    assert.ok(core.length > 100 && onnx.includes("exportOnnx"), `${core.length} and ${onnx}`);
    assert.deepEqual([...core, ...onnx].filter((name) => !table.includes(name)), []);
    // What is left out is there, and no other than what the table has.
    assert.deepEqual(Object.keys(LEFT_OUT).filter((name) => !core.includes(name)), []);
  }));
