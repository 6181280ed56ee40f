import assert from "node:assert/strict";
import type { S3Config } from "../../../../hub/server/config.ts";
import { inFolder } from "../../../folder.ts";
import { TestS3 } from "../s3.ts";
import { noise } from "./noise.ts";
import { FROZEN } from "../../../frozen.ts";

const SIZE = 200 * 2 ** 20;
/** About what V8 lets gather before it collects (75 to 105 MB, for 600 MB as for 200), far from the file's size. */
const LIMIT = 140;

/** MB that each step took above the idle process, measured in a process of its own. */
async function measured(s3: S3Config | null): Promise<Record<string, number>> {
  let took = {};
  await inFolder(async (root) => {
    const path = `${root}/large`;
    const piece = noise(2 ** 20);
    using file = await Deno.open(path, { createNew: true, write: true });
    for (let at = 0; at < SIZE; at += piece.length) file.writeSync(piece);
    const script = new URL("memory_run.ts", import.meta.url).pathname;
    const args = ["run", "-A", "-q", ...FROZEN, script, path, `${root}/data`, JSON.stringify(s3)];
    const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
    assert.ok(success);
    took = JSON.parse(new TextDecoder().decode(stdout));
  });
  return took;
}

function flat(took: Record<string, number>): void {
  assert.equal(Object.keys(took).length, 4);
  for (const [step, megabytes] of Object.entries(took)) {
    assert.ok(megabytes < LIMIT, `${step} of 200 MB took ${megabytes} MB of memory: ${JSON.stringify(took)}`);
  }
}

Deno.test("200 MB go into a folder and out again without filling the memory", async () => flat(await measured(null)));

Deno.test("200 MB go into S3 and out again without filling the memory", async () => {
  await using s3 = await TestS3.create();
  flat(await measured(s3.config));
});
