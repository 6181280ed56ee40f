import assert from "node:assert/strict";
import {
  HubFailedError,
  HubRefusedError,
  HubTimeoutError,
  HubUnreachableError,
  waitForArtifact,
  waitForProof,
} from "../../../hub/mod.ts";
import { data, errorOf, events, type Got, KEY, next, refusal, scripted, wantsEvents } from "./scripted.ts";

const at = (stage: string, progress: number, status = "PENDING", errors: string[] = []) => {
  const order = ["queued", "calibration", "circuit", "srs", "keys", "done"].indexOf(stage);
  const updatedAt = `2024-01-01T00:00:0${order}.${String(progress * 100).padStart(3, "0")}Z`;
  return { id: "a", name: "lenet", status, errors, stage, progress, waiting: null, updatedAt };
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An answer to a poll: all fields are asked for once at the end. */
function polled({ query }: Got, record: Record<string, unknown>): Response {
  return data({ artifact: query.includes("settings") ? { ...record, settings: "{}" } : record });
}

Deno.test("a wait follows the hub's events and hardly asks", async () => {
  async function* story() {
    yield next("artifactChanged", at("queued", 0));
    for (const progress of [0, 0.5, 1]) {
      await pause(150);
      yield ":\n\n" + next("artifactChanged", at("calibration", progress));
    }
    await pause(150);
    yield next("artifactChanged", at("done", 1, "SUCCESS"));
    yield "event: complete\ndata:\n\n";
  }
  let done = false;
  await using hub = scripted((got) => {
    if (wantsEvents(got)) {
      done = true;
      return events(story());
    }
    return polled(got, got.query.includes("settings") ? at("done", 1, "SUCCESS") : at("queued", 0));
  });
  const told: string[] = [];
  const artifact = await waitForArtifact("a", {
    url: hub.url,
    apiKey: KEY,
    onProgress: ({ stage, progress, status }) => told.push(`${status} ${stage} ${progress}`),
  });
  assert.ok(done);
  assert.equal(artifact.settings, "{}");
  assert.deepEqual(told, [
    "PENDING queued 0",
    "PENDING calibration 0",
    "PENDING calibration 0.5",
    "PENDING calibration 1",
    "SUCCESS done 1",
  ]);
  const streams = hub.got.filter(wantsEvents);
  assert.equal(streams.length, 1);
  assert.match(
    streams[0].query,
    /^subscription\(\$id: String!\) \{ artifactChanged\(id: \$id\) \{ id name status errors stage/,
  );
  assert.ok(hub.got.length - streams.length <= 3, `${hub.got.length}`);
});

const BROKEN: Record<string, (index: number) => Response> = {
  "knows no subscriptions": () => refusal("Schema is not configured for subscriptions", undefined, 400),
  "answers a page": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  "is behind a proxy that holds events back": () =>
    events((async function* () {
      await pause(3000);
      yield "";
    })()),
  "ends each stream at once": () => events([]),
  "sends no JSON": () => events(["event: next\ndata: {\n\n"]),
  "sends errors as events": () =>
    events([`event: next\ndata: {"errors":[{"message":"no"}]}\n\nevent: complete\ndata:\n\n`]),
  "cuts streams in the middle": () => events([next("artifactChanged", at("calibration", 0)).slice(0, 40)]),
  "fails": () => new Response(null, { status: 500 }),
};

for (const [what, stream] of Object.entries(BROKEN)) {
  Deno.test(`a wait asks again and again where the hub ${what}`, async () => {
    let polls = 0, streams = 0;
    await using hub = scripted((got) => {
      if (wantsEvents(got)) return stream(streams++);
      polls++;
      return polled(got, polls < 5 ? at("calibration", polls / 10) : at("done", 1, "SUCCESS"));
    });
    const begun = performance.now();
    const artifact = await waitForArtifact("a", { url: hub.url, apiKey: KEY });
    assert.equal(artifact.status, "SUCCESS");
    // 100 ms, growing by 1.3: the fifth answer comes after 0.6 s, give or take a quarter.
    const took = performance.now() - begun;
    assert.ok(took > 300 && took < 6000, `${took} ms`);
    assert.equal(polls, 6);
    assert.ok(streams <= 3, `${streams}`);
  });
}

Deno.test("a wait opens a stream again that broke after an event, and misses nothing", async () => {
  let streams = 0;
  await using hub = scripted((got) => {
    if (!wantsEvents(got)) return polled(got, got.query.includes("settings") ? at("done", 1, "SUCCESS") : at("srs", 0));
    return events(
      streams++ === 0
        ? [next("artifactChanged", at("srs", 0.1))]
        : [next("artifactChanged", at("keys", 0.1)), next("artifactChanged", at("done", 1, "SUCCESS"))],
    );
  });
  const stages = new Set<string>();
  await waitForArtifact("a", { url: hub.url, apiKey: KEY, onProgress: ({ stage }) => void stages.add(stage!) });
  assert.equal(streams, 2);
  assert.deepEqual([...stages].filter((stage) => stage !== "keys"), ["srs", "done"]);
});

Deno.test("a wait does not go back to an event that is older than the last answer", async () => {
  const stale = Promise.withResolvers<void>();
  await using hub = scripted(async (got) => {
    if (wantsEvents(got)) {
      return events((async function* () {
        yield next("artifactChanged", at("queued", 0));
        stale.resolve();
        await pause(300);
        yield next("artifactChanged", at("done", 1, "SUCCESS"));
      })());
    }
    await stale.promise;
    await pause(50);
    return polled(got, got.query.includes("settings") ? at("done", 1, "SUCCESS") : at("keys", 0.5));
  });
  const stages: string[] = [];
  await waitForArtifact("a", { url: hub.url, apiKey: KEY, onProgress: ({ stage }) => stages.push(stage!) });
  assert.deepEqual(stages, ["keys", "done"]);
});

Deno.test("a wait ends with an error that names the stage where the job failed or was cancelled", async () => {
  const endings: [Record<string, unknown>, RegExp, string | null, string[]][] = [
    [
      at("calibration", 0.2, "FAILED", ["node Conv_3 has no circuit", "use another"]),
      /^waitForArtifact\(\): artifact "lenet" \(a\) on http:.* failed at the stage calibration: node Conv_3 has no circuit; use another$/,
      "calibration",
      ["node Conv_3 has no circuit", "use another"],
    ],
    [at("keys", 0, "CANCELLED"), / was cancelled at the stage keys: somebody asked for that$/, "keys", []],
    [{ id: "a", name: "lenet", status: "FAILURE", errors: null }, / failed: its status is FAILURE$/, null, []],
    [{ id: "a", name: "lenet", status: "DONE", errors: "no memory" }, / failed: no memory$/, null, ["no memory"]],
  ];
  for (const [record, message, stage, errors] of endings) {
    await using hub = scripted((got) => wantsEvents(got) ? new Response(null, { status: 404 }) : polled(got, record));
    const error = await errorOf(waitForArtifact("a", { url: hub.url, apiKey: KEY }));
    assert.ok(error instanceof HubFailedError, `${error}`);
    assert.match(error.message, message);
    assert.deepEqual([error.stage, error.errors, error.id, error.outcome], [stage, errors, "a", record.status]);
  }
});

Deno.test("a wait works with a hub of the old contract, whatever its word for success is", async () => {
  for (const status of ["SUCCESS", "DONE", "COMPLETED"]) {
    let polls = 0;
    await using hub = scripted(({ query, headers }) => {
      if (headers.get("accept") === "text/event-stream") return refusal("Unknown operation");
      if (/stage|files/.test(query)) return refusal(`Unknown field "stage" on type "Proof". Did you mean "status"?`);
      return data({
        getProof: {
          id: "p",
          artifact: { id: "a", name: "n" },
          status: polls++ < 3 ? "PENDING" : status,
          proof: "0x00",
        },
      });
    });
    const proof = await waitForProof("p", { url: hub.url, apiKey: KEY });
    assert.deepEqual([proof.status, proof.proof], [status, "0x00"]);
    assert.equal(hub.got.filter(({ query }) => query.includes("stage") && query.startsWith("query")).length, 1);
  }
});

Deno.test("a wait ends with its timeout, its signal and its listener, and leaves nothing behind", async () => {
  await using hub = scripted((got) =>
    wantsEvents(got)
      ? events((async function* () {
        yield next("artifactChanged", at("keys", 0.5));
        await pause(600);
      })())
      : polled(got, at("keys", 0.25))
  );
  const access = { url: hub.url, apiKey: KEY };
  const late = await errorOf(waitForArtifact("a", { ...access, timeout: 300 }));
  assert.ok(late instanceof HubTimeoutError);
  assert.equal(late.stage, "keys");
  assert.match(
    late.message,
    /artifact a was at the stage keys after the 300 ms allowed; the hub goes on, so wait again$/,
  );

  const reason = new Error("enough");
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 100);
  assert.equal(await errorOf(waitForArtifact("a", { ...access, signal: stop.signal })), reason);

  const bug = new Error("a bug of the listener");
  const thrower = () => {
    throw bug;
  };
  assert.equal(await errorOf(waitForArtifact("a", { ...access, onProgress: thrower })), bug);
});

Deno.test("a wait endures a hub that is away for a while, and no longer than its patience", async () => {
  let polls = 0;
  await using hub = scripted((got) => {
    if (wantsEvents(got)) return new Response(null, { status: 503 });
    polls++;
    if (polls > 1 && polls < 5) return new Response(null, { status: 503 });
    return polled(got, polls < 6 ? at("keys", 0) : at("done", 1, "SUCCESS"));
  });
  assert.equal((await waitForArtifact("a", { url: hub.url, apiKey: KEY })).status, "SUCCESS");

  await using gone = scripted((got) =>
    wantsEvents(got) || polls++ > 8 ? new Response(null, { status: 503 }) : polled(got, at("keys", 0))
  );
  const error = await errorOf(waitForArtifact("a", { url: gone.url, apiKey: KEY, patience: 300 }));
  assert.ok(error instanceof HubUnreachableError);
  assert.match(error.message, /^waitForArtifact\(\): .* answers 503; try again later, or with more patience$/);
});

Deno.test("a wait for what is not there, or was deleted meanwhile, says so at once", async () => {
  let polls = 0;
  await using hub = scripted((got) => {
    if (wantsEvents(got)) return refusal("there is no artifact of that id", "NOT_FOUND");
    return polls++ < 2 ? polled(got, at("keys", 0)) : refusal("there is no artifact a", "NOT_FOUND");
  });
  const error = await errorOf(waitForArtifact("a", { url: hub.url, apiKey: KEY }));
  assert.ok(error instanceof HubRefusedError);
  assert.equal(error.code, "NOT_FOUND");
  assert.match(error.message, /refuses: there is no artifact a$/);
});
