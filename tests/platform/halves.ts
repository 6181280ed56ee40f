/**
 * Runs tasks of deno.json at the same time, each to its end whatever becomes of the others, where the dependencies of a
 * task are broken off as soon as one of them fails. Lines bear the name of their task.
 *
 *     deno run --allow-run tests/platform/halves.ts test:training test:proving
 *
 * Exit code 1 if one of them failed.
 * @module
 */

/** Says the lines of a stream as they come, behind a name. */
async function tell(name: string, stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) console.log(`[${name}] ${line}`);
  }
  if (rest !== "") console.log(`[${name}] ${rest}`);
}

/** Runs a task to its end; whether it passed. */
async function run(task: string): Promise<boolean> {
  const options: Deno.CommandOptions = { args: ["task", task], stdin: "null", stdout: "piped", stderr: "piped" };
  const child = new Deno.Command(Deno.execPath(), options).spawn();
  const [{ success }] = await Promise.all([child.status, tell(task, child.stdout), tell(task, child.stderr)]);
  return success;
}

if (import.meta.main) {
  const passed = await Promise.all(Deno.args.map(run));
  Deno.exit(passed.every(Boolean) ? 0 : 1);
}
