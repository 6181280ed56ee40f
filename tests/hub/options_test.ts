/** Every options object of the client, of the server and of programs is known or refused, with the nearest name. */
import assert from "node:assert/strict";
import {
  HubRun,
  parseFlags,
  parseRunOptions,
  ProvingRun,
  RunFiles,
  type RunOptions,
  wordFlag,
} from "../../hub/cli/mod.ts";
import {
  cancelHubArtifact,
  cancelHubProof,
  createHubArtifact,
  createHubKey,
  deleteHubArtifact,
  deleteHubProof,
  downloadArtifactFile,
  downloadProof,
  getHubArtifact,
  getHubArtifactLine,
  getHubCredentials,
  getHubKey,
  getHubModelInputs,
  getHubProof,
  getHubProofLine,
  hubPin,
  listHubArtifacts,
  listHubKeys,
  listHubProofs,
  listHubWorkers,
  pinArtifact,
  proveHub,
  revokeHubKey,
  verifyHubProof,
  waitForArtifact,
  waitForProof,
} from "../../hub/client/mod.ts";
import { defaultConfig, startHub } from "../../hub/server/mod.ts";
import { parseCommand } from "../../hub/server/options.ts";

/** An address that nobody may be asked at: what is refused is refused before. */
const credentials = {
  url: "http://127.0.0.1:1",
  apiKey: "SECRET",
  organizationId: "o",
  organization: "local",
};
const asked: string[] = [];
const fetch = (url: string | URL | Request) => {
  asked.push(String(url));
  return Promise.reject(new TypeError("nobody is to be asked"));
};

const draft = { name: "x", model: Uint8Array.of(1), data: "{}" };

type Call = (options: never) => Promise<unknown>;
const calls: Readonly<Record<string, readonly [call: Call, own: object, wrong: string, nearest: string]>> = {
  getHubCredentials: [getHubCredentials, { organization: "local" }, "organisation", "organization"],
  createHubArtifact: [createHubArtifact, draft, "calibrationdata", "calibrationData"],
  getHubArtifact: [(o) => getHubArtifact("a", o), {}, "time_out", "timeout"],
  listHubArtifacts: [(o) => listHubArtifacts(o).next(), { pageSize: 2 }, "pagesize", "pageSize"],
  cancelHubArtifact: [(o) => cancelHubArtifact("a", o), {}, "Signal", "signal"],
  deleteHubArtifact: [(o) => deleteHubArtifact("a", o), {}, "patient", "patience"],
  proveHub: [proveHub, { id: "a", data: "{}" }, "dat", "data"],
  getHubProof: [(o) => getHubProof("p", o), {}, "apikey", "apiKey"],
  listHubProofs: [(o) => listHubProofs(o).next(), { artifactId: "a" }, "artifact_id", "artifactId"],
  cancelHubProof: [(o) => cancelHubProof("p", o), {}, "fetsh", "fetch"],
  deleteHubProof: [(o) => deleteHubProof("p", o), {}, "timeouts", "timeout"],
  waitForArtifact: [(o) => waitForArtifact("a", o), { onProgress() {} }, "onprogress", "onProgress"],
  waitForProof: [(o) => waitForProof("p", o), { onProgress() {} }, "onProgres", "onProgress"],
  downloadArtifactFile: [(o) => downloadArtifactFile("a", "key.vk", o), { onProgress() {} }, "progress", "onProgress"],
  downloadProof: [(o) => downloadProof("p", o), { onProgress() {} }, "on_progress", "onProgress"],
  pinArtifact: [(o) => pinArtifact("a", o), {}, "credential", "credentials"],
  createHubKey: [createHubKey, { label: "a", scopes: ["read"] }, "scope", "scopes"],
  listHubKeys: [listHubKeys, {}, "time_out", "timeout"],
  getHubKey: [getHubKey, {}, "apikey", "apiKey"],
  revokeHubKey: [(o) => revokeHubKey("a", o), {}, "credential", "credentials"],
  getHubArtifactLine: [(o) => getHubArtifactLine("a", o), {}, "timeouts", "timeout"],
  getHubProofLine: [(o) => getHubProofLine("a", o), {}, "patient", "patience"],
  getHubModelInputs: [(o) => getHubModelInputs("a", o), {}, "Signal", "signal"],
  listHubWorkers: [listHubWorkers, {}, "fetsh", "fetch"],
};

function refusal(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "ArgumentError", error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /SECRET/);
    return true;
  };
}

for (const [name, [call, own, wrong, nearest]] of Object.entries(calls)) {
  const access = name === "getHubCredentials" ? credentials : { credentials };
  Deno.test(`${name}() refuses ${wrong}, and what else nobody reads, before it asks the hub`, async () => {
    asked.length = 0;
    const options = { ...own, ...access, fetch, patience: 0 };
    const unknown = new RegExp(`^${name}\\(\\): there is no option ${wrong}, did you mean ${nearest}\\? It takes `);
    await assert.rejects(call({ ...options, [wrong]: 1 } as never), refusal(unknown));
    for (const given of [undefined, null, "SECRET", [credentials]]) {
      await assert.rejects(call(given as never), refusal(/: there are no credentials; give /));
    }
    if (access !== credentials) {
      const wrongKey = { ...options, credentials: { ...credentials, apikey: "SECRET" } };
      await assert.rejects(call(wrongKey as never), refusal(/: credentials: .* no option apikey, did you mean apiKey/));
    }
    assert.deepEqual(asked, []);
    // What it does know it takes, in both ways of naming the hub.
    for (const known of [options, { ...own, ...credentials, fetch, patience: 0, timeout: 5000, signal: undefined }]) {
      await assert.rejects(call(known as never), { name: "HubUnreachableError" });
    }
    assert.ok(asked.length >= 2);
  });
}

Deno.test("every call of the client that takes options is in the table", async () => {
  const client: Record<string, unknown> = await import("../../hub/client/mod.ts");
  const isClass = (value: unknown) => /^class\b/.test(Function.prototype.toString.call(value));
  const functions = Object.keys(client).filter((name) => typeof client[name] === "function" && !isClass(client[name]));
  // A record's bytes take none; the other two are below.
  const others = ["hubProofFile", "hubPin", "verifyHubProof"];
  assert.deepEqual(functions.filter((name) => !others.includes(name)).sort(), Object.keys(calls).sort());
});

Deno.test("pins refuse files and options that they do not know", async () => {
  const files = { settings: new Uint8Array(), vk: new Uint8Array(), srs: new Uint8Array(), pk: new Uint8Array() };
  await assert.rejects(hubPin("a", files), refusal(/^hubPin\(\): files: there is no option pk/));
  const options = { timeOut: 1 } as object;
  await assert.rejects(
    verifyHubProof(new Uint8Array(), {} as never, options as never),
    refusal(/^verifyHubProof\(\) takes a proof and a pin, and nothing else/),
  );
});

Deno.test("a hub refuses settings that it does not know, before it makes a folder", async () => {
  const data = `${await Deno.makeTempDir()}/hub`;
  const s3 = { endpoint: "http://127.0.0.1:1", bucket: "b", region: "r", accessKeyId: "k", secretAccessKey: "SECRET" };
  const wrong: [settings: object, message: RegExp][] = [
    [{ data, ports: 1 }, /: there is no option ports, did you mean port\? It takes host, port, data, /],
    [{ data, memoryGB: 1 }, /no option memoryGB, did you mean memoryGiB\?/],
    [{ data, s3: { ...s3, accesskeyid: "k" } }, /: s3: there is no option accesskeyid, did you mean accessKeyId\?/],
    [["data"], /expected an object of options/],
  ];
  for (const [settings, message] of wrong) {
    assert.throws(() => defaultConfig(settings), refusal(message));
    await assert.rejects(startHub(settings), refusal(new RegExp(`^startHub\\(\\).*${message.source}`)));
  }
  await assert.rejects(Deno.stat(data), Deno.errors.NotFound);
  assert.equal(defaultConfig({ data, s3 }).s3, s3);
  assert.throws(() => parseCommand(["--ports", "1"], () => undefined), {
    name: "ConfigError",
    message: "Unknown option '--ports', did you mean --port? --help lists the flags",
  });
});

Deno.test("a program's run refuses options that it does not know, and flags with the nearest one", async () => {
  const options = parseRunOptions(["--hub", "local", "--quiet"]);
  const run = (given: object) => () => new ProvingRun(new RunFiles("out"), "a.onnx", given as RunOptions);
  run(options)();
  const wrong: [options: object, message: RegExp][] = [
    [{ ...options, tolerence: 1 }, /: there is no option tolerence, did you mean tolerance\?/],
    [{ ...options, hub: { ...options.hub, key: "SECRET" } }, /: hub: there is no option key; it takes url, apiKey, /],
  ];
  for (const [given, message] of wrong) {
    assert.throws(run(given), refusal(message));
    await assert.rejects(HubRun.open(given as RunOptions), refusal(message));
  }
  assert.throws(() => wordFlag("--target", "fidelty", ["fidelity", "resources"]), {
    message:
      '--target takes fidelity, resources and was given "fidelty", did you mean fidelity? --help lists the flags',
  });
  assert.throws(() => parseFlags(["--epoch", "3"], { epochs: { type: "string" } }), {
    message: "there is no flag --epoch, did you mean --epochs? --help lists the flags",
  });
});
