import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { giveWay } from "../../../../hub/server/jobs/background.ts";

/** How nice each Worker's thread is. */
function workers(): number[] {
  const threads = [...Deno.readDirSync("/proc/self/task")].map(({ name }) => name);
  return threads.filter((thread) => Deno.readTextFileSync(`/proc/self/task/${thread}/comm`).startsWith("worker-"))
    .map((thread) => getPriority(Number(thread)));
}

Deno.test({
  name: "Workers' threads give way to the one that answers, also those that come later",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const code = URL.createObjectURL(new Blob(["postMessage(0)"], { type: "text/javascript" }));
    const start = async (): Promise<Worker> => {
      const worker = new Worker(code, { type: "module" });
      await new Promise((resolve) => worker.onmessage = resolve);
      return worker;
    };
    const first = await start();
    const answering = getPriority(Deno.pid);
    assert.deepEqual(workers().filter((nice) => nice > answering), []);
    const end = giveWay();
    const second = await start();
    await new Promise((resolve) => setTimeout(resolve, 600));
    end();
    assert.equal(workers().length, 2);
    assert.ok(workers().every((nice) => nice > answering), `${workers()}`);
    assert.equal(getPriority(Deno.pid), answering);
    for (const worker of [first, second]) worker.terminate();
    URL.revokeObjectURL(code);
  },
});
