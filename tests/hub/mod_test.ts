/** The two public faces of hub/ outside the server. */
import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url);

Deno.test("/ezkl is the toolchain and knows nothing of a hub; /hub is the client, and has the toolchain's names still", async () => {
  const [toolchain, client, both] = (await Promise.all([
    import("../../hub/ezkl/mod.ts"),
    import("../../hub/client/mod.ts"),
    import("../../hub/mod.ts"),
  ])).map((module): string[] => Object.keys(module));
  assert.deepEqual(toolchain.filter((name) => /hub/i.test(name)), []);
  assert.deepEqual(both.toSorted(), [...toolchain, ...client].toSorted());
  for (const name of ["genSettings", "setup", "prove", "verify", "ProvingFolder"]) assert.ok(toolchain.includes(name));
  for (const name of ["createHubArtifact", "proveHub", "pinArtifact"]) assert.ok(client.includes(name));
});

Deno.test("the package exports both", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  assert.equal(exports["./ezkl"], "./hub/ezkl/mod.ts");
  assert.equal(exports["./hub"], "./hub/mod.ts");
});

Deno.test("the example of /hub runs: a hub, a model on it, a proof that is verified here", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-lock", "--doc", "hub/mod.ts"],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text + new TextDecoder().decode(stderr));
  assert.match(text, /^ok \| 1 passed \| 0 failed/m);
});
