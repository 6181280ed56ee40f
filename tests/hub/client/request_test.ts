import assert from "node:assert/strict";
import {
  createHubArtifact,
  getHubArtifact,
  getHubCredentials,
  getHubProof,
  HubClientError,
  HubRefusedError,
  HubUnreachableError,
  listHubArtifacts,
  proveHub,
} from "../../../hub/mod.ts";
import { data, errorOf, KEY, refusal, scripted } from "./scripted.ts";

const ARTIFACT = { id: "a", name: "lenet", status: "PENDING", errors: [] };
const DRAFT = { name: "lenet", model: Uint8Array.of(1, 2), data: `{"input_data": [[1.0]]}`, organizationId: "o" };

/** A port that nothing listens at. */
function deadUrl(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return `http://127.0.0.1:${listener.addr.port}`;
}

Deno.test("a busy hub is asked again, after as long as it says", async () => {
  for (const [status, after] of [[503, "1"], [429, new Date(Date.now() + 1500).toUTCString()], [502, null]] as const) {
    await using hub = scripted((_, index) =>
      index < 2
        ? new Response("busy", { status, headers: index === 0 && after !== null ? { "retry-after": after } : {} })
        : data({ artifact: ARTIFACT })
    );
    const begun = performance.now();
    const artifact = await getHubArtifact("a", { url: hub.url, apiKey: KEY });
    assert.equal(artifact.name, "lenet");
    assert.equal(hub.got.length, 3);
    const took = performance.now() - begun;
    // HTTP dates have whole seconds.
    assert.ok(took > (status === 503 ? 1000 : status === 429 ? 400 : 500), `${status}: ${took} ms`);
    assert.ok(took < 6000, `${status}: ${took} ms`);
  }
});

Deno.test("an upload is sent again where the hub said that it was busy, and never where it may have been taken", async () => {
  {
    await using hub = scripted((_, index) =>
      index === 0 ? new Response(null, { status: 503 }) : data({ generateArtifact: ARTIFACT })
    );
    await createHubArtifact({ url: hub.url, apiKey: KEY, ...DRAFT });
    assert.equal(hub.got.length, 2);
    assert.equal(await (hub.got[1].form!.get("0") as File).text(), "\x01\x02");
  }
  {
    await using hub = scripted(() => new Response(null, { status: 502 }));
    const error = await errorOf(createHubArtifact({ url: hub.url, apiKey: KEY, ...DRAFT }));
    assert.ok(error instanceof HubClientError);
    assert.equal(hub.got.length, 1);
  }
  {
    // A connection that closes without an answer.
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let connections = 0;
    const serving = (async () => {
      for await (const connection of listener) {
        connections++;
        await connection.read(new Uint8Array(1024));
        connection.close();
      }
    })();
    const url = `http://127.0.0.1:${listener.addr.port}`;
    const error = await errorOf(proveHub({ url, apiKey: KEY, id: "a", data: "{}" }));
    assert.ok(error instanceof HubUnreachableError, `${error}`);
    assert.match(error.message, /^proveHub\(\): .* the hub may have taken the request, so look at what it lists/);
    assert.equal(connections, 1);
    const asked = await errorOf(getHubProof("p", { url, apiKey: KEY, patience: 600 }));
    assert.match(asked.message, /^getHubProof\(\): .* does not answer \(.*; check the address/);
    assert.ok(connections > 2, `${connections}`);
    listener.close();
    await serving;
  }
});

Deno.test("patience has an end, and the error says what was heard last", async () => {
  const dead = deadUrl();
  const begun = performance.now();
  const error = await errorOf(createHubArtifact({ url: dead, apiKey: KEY, patience: 700, ...DRAFT }));
  assert.ok(error instanceof HubUnreachableError);
  assert.match(error.message, new RegExp(`^createHubArtifact\\(\\): ${dead}/graphql does not answer \\(`));
  assert.ok(performance.now() - begun < 3000);

  await using hub = scripted(() =>
    Response.json({ errors: [{ message: "this API key has made 10 requests" }] }, {
      status: 429,
      headers: { "retry-after": "3600", "x-request-id": "r-1" },
    })
  );
  const busy = await errorOf(getHubArtifact("a", { url: hub.url, apiKey: KEY }));
  assert.ok(busy instanceof HubUnreachableError);
  assert.deepEqual([busy.status, busy.requestId], [429, "r-1"]);
  assert.match(busy.message, /answers 429: this API key has made 10 requests; try again in 3600 s/);
  assert.equal(hub.got.length, 1);
});

Deno.test("errors are sentences with the hub's own reason, its code, and no key", async () => {
  const answers: [Response, RegExp, typeof HubClientError, number | null, string | null][] = [
    [
      refusal("this API key is not known here", "UNAUTHORIZED", 401),
      /: http:\/\/127\.0\.0\.1:\d+\/graphql refuses: this API key is not known here; check apiKey/,
      HubRefusedError,
      401,
      "UNAUTHORIZED",
    ],
    [refusal("Unexpected error."), /refuses: Unexpected error$/, HubRefusedError, 200, null],
    [
      new Response("<html>", { status: 404 }),
      /answers 404 with text\/plain.*, expected GraphQL; check/,
      HubClientError,
      404,
      null,
    ],
    [Response.json([1]), /answers 200 with application\/json, expected GraphQL/, HubClientError, 200, null],
    [Response.json({ message: "Forbidden." }, { status: 403 }), /answers Forbidden; check/, HubRefusedError, 403, null],
    [data({ artifact: null }), /has no artifact "a" for this key/, HubRefusedError, null, "NOT_FOUND"],
    [data({ artifact: { name: "no id" } }), /the hub's answer has no id/, HubClientError, null, null],
  ];
  for (const [answer, message, Kind, status, code] of answers) {
    await using hub = scripted(() => answer);
    const error = await errorOf(getHubArtifact("a", { url: hub.url, apiKey: KEY }));
    assert.match(error.message, message);
    assert.equal(error.constructor, Kind, error.message);
    const { status: foundStatus, code: foundCode } = error as HubClientError;
    assert.deepEqual([foundStatus, foundCode], [status, code], error.message);
    assert.doesNotMatch(`${error.stack} ${Deno.inspect(error)}`, /SECRET/);
    assert.doesNotMatch(error.message, /\.$/);
  }
});

Deno.test("what cannot be asked is refused before anything is sent", async () => {
  const url = deadUrl();
  const refused: [Promise<unknown>, RegExp][] = [
    [getHubArtifact("a", { url: "127.0.0.1:8000", apiKey: KEY }), /url is no address of a hub/],
    [getHubArtifact("a", { url: "file:///etc", apiKey: KEY }), /url is no address of a hub/],
    [getHubArtifact("a", { url: "http://me:SECRET@127.0.0.1", apiKey: KEY }), /url has more than an address in it/],
    [getHubArtifact("a", { url: "http://127.0.0.1/?key=SECRET", apiKey: KEY }), /url has more than an address in it/],
    [getHubArtifact("a", { url, apiKey: "" }), /apiKey is empty/],
    [getHubArtifact("a", { url, apiKey: "SECRET\n" }), /apiKey is no plain word/],
    [getHubArtifact("", { url, apiKey: KEY }), /getHubArtifact\(\): id is empty/],
    [getHubCredentials({ url, apiKey: KEY, organization: "" }), /organization is empty/],
    [createHubArtifact({ url, apiKey: KEY, ...DRAFT, model: new Uint8Array() }), /model is empty, expected the bytes/],
    [createHubArtifact({ url, apiKey: KEY, ...DRAFT, name: "" }), /name is empty/],
    [createHubArtifact({ url, apiKey: KEY, ...DRAFT, data: "" }), /data is empty, expected .* inputJson\(\)/],
    [
      createHubArtifact({ url, apiKey: KEY, ...DRAFT, calibrationData: Float32Array.of(1) as unknown as string }),
      /calibrationData is of the class Float32Array, expected .* calibrationJson\(\)/,
    ],
    [createHubArtifact({ url, apiKey: KEY, ...DRAFT, tolerance: 2 }), /tolerance is 2, expected a number from 0 to 1/],
    [createHubArtifact({ url, apiKey: KEY, ...DRAFT, runArgs: { logrows: -1 } }), /logrows is -1/],
    [
      createHubArtifact({ url, apiKey: KEY, ...DRAFT, runArgs: { outputVisibility: "KZGCommit" } }),
      /outputVisibility is "KZGCommit"/,
    ],
    [getHubArtifact("a", { url, apiKey: KEY, timeout: -1 }), /timeout is -1, expected a number of milliseconds/],
  ];
  const { organizationId: _, ...homeless } = DRAFT;
  refused.push([createHubArtifact({ url, apiKey: KEY, ...homeless }), /there is no organizationId/]);
  for (const [promise, message] of refused) {
    const error = await errorOf(promise);
    assert.equal(error.name, "ArgumentError", error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /SECRET/);
  }
});

Deno.test("redirects are not followed, for the key would go along", async () => {
  await using other = scripted(() => data({ artifact: ARTIFACT }));
  await using hub = scripted(() => Response.redirect(`${other.url}/graphql?token=SECRET`, 307));
  const error = await errorOf(getHubArtifact("a", { url: hub.url, apiKey: KEY }));
  assert.match(error.message, /redirects to http:\/\/127\.0\.0\.1:\d+\/graphql, and the key is not sent there/);
  assert.doesNotMatch(error.message, /SECRET/);
  assert.equal(other.got.length, 0);
});

Deno.test("a signal and a timeout end a call at once, while it is on its way or pauses", async () => {
  for (const status of [200, 503]) {
    const { promise: forever, resolve } = Promise.withResolvers<Response>();
    await using hub = scripted(() => status === 503 ? new Response(null, { status }) : forever);
    const access = { url: hub.url, apiKey: KEY };
    const reason = new Error("enough");
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 100);
    assert.equal(await errorOf(getHubArtifact("a", { ...access, signal: stop.signal })), reason);
    assert.equal(await errorOf(getHubArtifact("a", { ...access, signal: stop.signal })), reason);
    const late = await errorOf(getHubArtifact("a", { ...access, timeout: 100 }));
    assert.equal(late.name, "HubTimeoutError");
    assert.match(late.message, /took longer than the 100 ms allowed/);
    resolve(new Response());
  }
});

Deno.test("an address may be the hub's or its GraphQL's, with a folder or without", async () => {
  await using hub = scripted(() => data({ organizations: [{ id: "o", name: "local" }] }));
  for (
    const [end, path] of [["", "/graphql"], ["/", "/graphql"], ["/graphql", "/graphql"], [
      "/hub/graphql",
      "/hub/graphql",
    ]]
  ) {
    const url = hub.url + end;
    const credentials = await getHubCredentials({ url, apiKey: KEY, organization: "local" });
    assert.deepEqual(credentials, { url, apiKey: KEY, organizationId: "o", organization: "local" });
    assert.equal(hub.got.at(-1)!.path, path);
    assert.equal(hub.got.at(-1)!.headers.get("api-key"), KEY);
  }
  await using empty = scripted(() => data({ organizations: [] }));
  const error = await errorOf(getHubCredentials({ url: empty.url, apiKey: KEY, organization: "others" }));
  assert.ok(error instanceof HubRefusedError);
  assert.match(error.message, /has no organisation "others" for this key/);
});

Deno.test("uploads follow the multipart request specification, with the hosted hub's names", async () => {
  await using hub = scripted(({ query }) =>
    query.includes("initiateProof") ? data({ initiateProof: { id: "p" } }) : data({ generateArtifact: ARTIFACT })
  );
  const access = { credentials: { url: hub.url, apiKey: KEY, organizationId: "o" } };
  const calibrationData = { input_data: [Float32Array.of(0.5, 1)] };
  const found = await createHubArtifact({ ...access, ...DRAFT, calibrationData, description: "five", tolerance: 0.1 });
  assert.deepEqual(found, ARTIFACT);
  const [{ form, query, variables }] = hub.got;
  assert.deepEqual([...form!.keys()], ["operations", "map", "0", "1", "2"]);
  assert.deepEqual(JSON.parse(String(form!.get("map"))), {
    0: ["variables.uncompiledModel"],
    1: ["variables.input"],
    2: ["variables.calibrationInput"],
  });
  assert.deepEqual(variables, {
    uncompiledModel: null,
    input: null,
    calibrationInput: null,
    organizationId: "o",
    name: "lenet",
    description: "five",
    calibrationTarget: "resources",
    tolerance: 0.1,
    inputVisibility: "private",
    outputVisibility: "public",
    paramVisibility: "fixed",
  });
  const files = ["0", "1", "2"].map((name) => form!.get(name) as File);
  assert.deepEqual(files.map(({ name }) => name), ["network.onnx", "input.json", "cal_data.json"]);
  assert.equal(await files[1].text(), DRAFT.data);
  assert.equal(await files[2].text(), `{"input_data":[[0.5,1]]}`);
  assert.doesNotMatch(query, /runArgs/);
  assert.match(query, /\{ id name status errors \}\s*\}$/);

  await createHubArtifact({ ...access, ...DRAFT, runArgs: { lookupRange: [-4n, 4n], paramVisibility: "Private" } });
  const more = hub.got[1];
  assert.deepEqual(JSON.parse(String(more.variables.runArgs)), { lookupRange: [-4, 4], paramVisibility: "Private" });
  assert.equal(more.variables.paramVisibility, "private");
  assert.equal(await (more.form!.get("2") as File).text(), DRAFT.data);

  assert.deepEqual(await proveHub({ ...access, id: "a", data: new TextEncoder().encode("{}") }), { id: "p" });
  assert.deepEqual(hub.got[2].variables, { input: null, id: "a" });
});

Deno.test("a hub of the old contract is asked for what it knows", async () => {
  const known =
    /^(query|mutation)[^{]*\{ (artifact\(id: \$id\) \{ id name status errors \}|getProof\(id: "p"\) \{ id artifact \{ id name \} status proof instances transcriptType \}) \}$/;
  await using hub = scripted(({ query }) => {
    if (!known.test(query)) return refusal(`Unknown field "stage" on type "Artifact".`);
    if (query.includes("getProof")) {
      return data({
        getProof: {
          id: "p",
          artifact: ARTIFACT,
          status: "SUCCESS",
          proof: "0x01",
          instances: `[["02"]]`,
          transcriptType: "EVM",
        },
      });
    }
    return data({ artifact: { ...ARTIFACT, status: "FAILED", errors: "it is too large" } });
  });
  const access = { url: hub.url, apiKey: KEY };
  assert.deepEqual(await getHubArtifact("a", access), { ...ARTIFACT, status: "FAILED", errors: ["it is too large"] });
  assert.deepEqual(await getHubProof("p", access), {
    id: "p",
    artifact: { id: "a", name: "lenet" },
    status: "SUCCESS",
    errors: [],
    proof: "0x01",
    instances: [["02"]],
    transcriptType: "EVM",
  });
  const list = listHubArtifacts({ credentials: access })[Symbol.asyncIterator]();
  assert.match((await errorOf(list.next())).message, /does not list artifacts, as hubs of the old contract do not/);
  const runArgs = { logrows: 12 };
  const error = await errorOf(createHubArtifact({ ...access, ...DRAFT, runArgs }));
  assert.match(error.message, /takes no run arguments but who sees what; leave the others out/);
  const brief = await errorOf(proveHub({ ...access, id: "a", data: DRAFT.data, keepSeconds: 60 }));
  assert.match(brief.message, /takes no keepSeconds; leave it out, and delete the proof/);
});

Deno.test("lists ask for the next page when it is wanted, and end where the cursor stands still", async () => {
  await using hub = scripted(({ variables: { after } }) => {
    const from = after === null ? 0 : Number(after);
    const nodes = [0, 1].map((index) => ({ ...ARTIFACT, id: `a${from + index}` }));
    return data({ artifacts: { nodes, pageInfo: { hasNextPage: true, endCursor: String(Math.min(4, from + 2)) } } });
  });
  const ids: string[] = [];
  const options = { credentials: { url: hub.url, apiKey: KEY, organizationId: "o" }, pageSize: 2 };
  for await (const { id } of listHubArtifacts(options)) {
    ids.push(id);
    if (ids.length === 3) assert.equal(hub.got.length, 2);
  }
  assert.deepEqual(ids, ["a0", "a1", "a2", "a3", "a4", "a5"]);
  assert.deepEqual(
    hub.got.map(({ variables }) => variables),
    [null, "2", "4"].map((after) => ({ organizationId: "o", first: 2, after })),
  );
});
