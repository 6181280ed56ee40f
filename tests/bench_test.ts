import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FROZEN } from "./frozen.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Runs a bench with flags that it refuses before it measures anything. */
async function refused(script: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", ...FROZEN, script, ...args], cwd: ROOT });
  const { code, stdout, stderr } = await command.output();
  assert.equal(code, 1, `${script} ${args}`);
  assert.doesNotMatch(new TextDecoder().decode(stderr), /Uncaught/);
  return new TextDecoder().decode(stdout);
}

Deno.test("every bench says in one sentence what is wrong with its flags", async () => {
  const cases: [script: string, flags: string[], said: RegExp][] = [
    ["bench/mod.ts", ["--oops"], /^Unknown option '--oops'; there are --only, --seconds, --json\n$/],
    ["bench/mod.ts", ["--seconds", "0"], /^--seconds is 0, expected a positive number\n$/],
    ["bench/nets/mod.ts", ["--only", "GPT"], /^--only names GPT, expected some of LeNet, .*\n$/],
    ["bench/nets/mod.ts", ["--seconds", "no"], /^--seconds is no, expected a positive number\n$/],
    ["bench/hub/mod.ts", ["--models", "tiny"], /^--models names tiny, expected some of small, middle, large\n$/],
    ["bench/hub/mod.ts", ["--rounds", "1.5"], /^--rounds is 1.5, expected a whole number from 1\n$/],
    ["bench/prove/mod.ts", ["--only"], /argument missing.*there are --folder/s],
    ["bench/prove/mod.ts", ["--until", "never"], /^--until is never, expected one of .*\n$/],
  ];
  for (const [script, flags, said] of cases) assert.match(await refused(script, ...flags), said);
});
