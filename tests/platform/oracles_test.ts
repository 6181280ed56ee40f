import assert from "node:assert/strict";
import { modulesIn, ROOT } from "./locks.ts";

Deno.test("Python is asked in isolation, or this repository's own folders would pass for its packages", async () => {
  let asked = 0;
  for (const module of [...await modulesIn("tests/"), ...await modulesIn("bench/")]) {
    const text = await Deno.readTextFile(new URL(module));
    for (
      const [start] of text.matchAll(
        /(?:Deno\.Command|run|json|report)\(\s*(?:PYTHON|TORCH_PYTHON|nativePython|python)\b[\s\S]{0,60}/g,
      )
    ) {
      assert.match(start, /\[\s*"-I"/, `${module.slice(ROOT.href.length)}: ${start}`);
      asked++;
    }
  }
  assert.ok(asked > 3, `${asked}`);
});

Deno.test("an isolated Python takes no folder of the working directory for a package", async () => {
  const probe = (...args: string[]) =>
    new Deno.Command("python3", { args: [...args, "-c", "import tests"], cwd: ROOT, stderr: "null" }).output()
      .then(({ success }) => success, () => null);
  const [open, isolated] = [await probe(), await probe("-I")];
  if (open === null) return; // there is no Python, so nothing is asked
  assert.deepEqual([open, isolated], [true, false]);
});
