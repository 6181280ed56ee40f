/** The embedded hub is killed while uploads come in: one that stops half-way, others at any moment. */
import assert from "node:assert/strict";
import { createHubArtifact, HubUnreachableError, listHubArtifacts } from "../../../hub/mod.ts";
import { filesWith, Invariants } from "./invariants.ts";
import { sleep } from "./member.ts";
import { SECRETS } from "./models.ts";
import { inRounds, seconds, upTo } from "./rounds.ts";
import { System } from "./system.ts";

Deno.test("no upload that was acknowledged is lost where the hub is killed, and nothing is left of others", async () => {
  await using system = await System.open({ shared: false });
  const { credentials } = system;
  const known = system.model();
  const invariants = new Invariants(system);
  await inRounds("hub killed during uploads", async (_, note) => {
    const hub = system.hub();
    await hub.url();
    await system.deploy();
    const half = halfSent(system);
    await half.sent;
    const delay = upTo(400);
    const uploads = [1, 2].map(() => system.deploy(known, { patience: 0 }).then(() => null, (error) => error));
    await sleep(delay);
    await hub.kill();
    const killed = performance.now();
    const failures = (await Promise.all(uploads)).filter((error) => error !== null);
    for (const error of [...failures, await half.failure]) assert.ok(error instanceof HubUnreachableError, `${error}`);
    assert.deepEqual(await filesWith(system.root, SECRETS), []);
    note(`killed after ${delay} ms, ${2 - failures.length} of 2 uploads acknowledged`);

    await system.hub().url();
    await invariants.hold();
    let all = 0;
    for await (const { id } of listHubArtifacts({ credentials })) {
      await system.artifactDone(id);
      all++;
    }
    note(`all ${all} done ${seconds(killed)} s later`);
    await system.stop();
    const { strays } = await invariants.booksHold("some");
    note(`${strays} stray files`);
  });
});

/** An upload of megabytes that stops in the middle, and what its sender is told. */
function halfSent(system: System): { sent: Promise<void>; failure: Promise<unknown> } {
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  const model = { ...system.model(), model: crypto.getRandomValues(new Uint8Array(65_536)) };
  const fetchHalf = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const half = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, bytes.length - 500)),
      pull: () => {
        resolve();
        return new Promise(() => {});
      },
    });
    return await fetch(request.url, { method: "POST", headers: request.headers, body: half, signal: request.signal });
  };
  const draft = { credentials: system.credentials, name: "half", ...model, patience: 0, fetch: fetchHalf };
  return { sent, failure: createHubArtifact(draft).then(() => "it was acknowledged", (error) => error) };
}
