import assert from "node:assert/strict";
import { decide, probe, type SystemFacts } from "../setup.ts";

const bare: SystemFacts = { debian: true, adapter: undefined, backend: undefined, rights: "root", installed: false };

const mayRun = (await Deno.permissions.query({ name: "run" })).state === "granted" &&
  (await Deno.permissions.query({ name: "env" })).state === "granted";

Deno.test("decide() says nothing where an adapter answers, and its name where it was brought", () => {
  assert.deepEqual(decide({ ...bare, adapter: "Apple M3" }), { kind: "ready" });
  const brought = decide({ ...bare, adapter: "llvmpipe", installed: true });
  assert.deepEqual(brought, { kind: "ready", line: "WebGPU runs on llvmpipe" });
});

Deno.test("decide() installs where there is apt-get, as root or through sudo, once", () => {
  const root = decide(bare);
  assert.ok(root.kind === "install");
  const [update, install] = root.commands;
  assert.equal(update.at(-1), "update");
  assert.deepEqual(install.slice(-2), ["mesa-vulkan-drivers", "libvulkan1"]);
  const sudo = decide({ ...bare, rights: "sudo" });
  assert.ok(sudo.kind === "install");
  assert.deepEqual(sudo.commands, root.commands.map((command) => ["sudo", "-n", ...command]));
  const again = decide({ ...bare, installed: true });
  assert.match(again.kind === "tell" ? again.line : "", /though mesa-vulkan-drivers and libvulkan1 are installed$/);
});

Deno.test("decide() says what to install elsewhere", () => {
  const told = (facts: Partial<SystemFacts>): string => {
    const advice = decide({ ...bare, ...facts });
    return advice.kind === "tell" ? advice.line : advice.kind;
  };
  assert.match(told({ rights: "none" }), /: run sudo apt-get install mesa-vulkan-drivers libvulkan1$/);
  assert.match(told({ debian: false }), /: install the driver of your GPU, or Mesa's for Vulkan$/);
  assert.match(told({ backend: "noop" }), /: unset DENO_WEBGPU_BACKEND, which allows noop alone$/);
});

Deno.test({
  name: "probe() finds no adapter where only the null API may answer",
  ignore: !mayRun,
  fn: async () => assert.equal(await probe("noop"), undefined),
});

Deno.test({
  name: "setup.ts leaves with 1 and one sentence where no adapter answers",
  ignore: !mayRun,
  async fn() {
    const script = new URL("../setup.ts", import.meta.url).href;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-run", "--allow-read", "--allow-env", script],
      env: { DENO_WEBGPU_BACKEND: "noop" },
    }).output();
    assert.equal(code, 1);
    assert.match(new TextDecoder().decode(stdout), /^No GPU adapter answers, [^\n]*\n$/);
  },
});
