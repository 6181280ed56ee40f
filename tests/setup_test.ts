import assert from "node:assert/strict";
import { decide, parseOsRelease, probe, type SystemFacts } from "../setup.ts";

const bare: SystemFacts = {
  os: "linux",
  distribution: ["debian"],
  name: "Debian GNU/Linux 12 (bookworm)",
  modern: undefined,
  opengl: undefined,
  backend: undefined,
  rights: "root",
  nvidia: false,
  installed: false,
};

const mayRun = (await Deno.permissions.query({ name: "run" })).state === "granted" &&
  (await Deno.permissions.query({ name: "env" })).state === "granted";

Deno.test("decide() says nothing where Vulkan, Metal or Direct3D 12 answers", () => {
  for (const os of ["linux", "darwin", "windows"]) {
    assert.deepEqual(decide({ ...bare, os, modern: "Apple M3" }), { kind: "ready" });
  }
});

Deno.test("decide() installs on Debian and its kin, as root or through sudo", () => {
  for (const distribution of [["debian"], ["ubuntu", "debian"], ["linuxmint", "ubuntu", "debian"]]) {
    const root = decide({ ...bare, distribution });
    assert.ok(root.kind === "install");
    assert.equal(root.command[0], "env");
    assert.deepEqual(root.command.slice(-2), ["mesa-vulkan-drivers", "libvulkan1"]);
    assert.equal(root.refresh.at(-1), "update");
    const sudo = decide({ ...bare, distribution, rights: "sudo" });
    assert.ok(sudo.kind === "install");
    assert.deepEqual(sudo.command, ["sudo", "-n", ...root.command]);
  }
});

Deno.test("decide() installs for OpenGL alone, and says which adapter it leaves", () => {
  const advice = decide({ ...bare, opengl: "llvmpipe" });
  assert.ok(advice.kind === "install");
  assert.match(advice.line, /only OpenGL answers \(llvmpipe\)/);
});

Deno.test("decide() brings what NVIDIA's own driver links against", () => {
  const advice = decide({ ...bare, nvidia: true });
  assert.ok(advice.kind === "install");
  assert.deepEqual(advice.command.slice(-2), ["libegl1", "libxext6"]);
});

Deno.test("decide() names the adapter after an installation, and an NVIDIA GPU that is left unused", () => {
  assert.deepEqual(decide({ ...bare, installed: true, modern: "llvmpipe" }), {
    kind: "ready",
    line: "WebGPU runs on llvmpipe",
  });
  const unused = decide({ ...bare, installed: true, nvidia: true, modern: "llvmpipe" });
  assert.match(unused.kind === "ready" && unused.line || "", /NVIDIA_DRIVER_CAPABILITIES=all/);
  const used = decide({ ...bare, installed: true, nvidia: true, modern: "NVIDIA H200" });
  assert.deepEqual(used, { kind: "ready", line: "WebGPU runs on NVIDIA H200" });
});

Deno.test("decide() tries an installation once", () => {
  const none = decide({ ...bare, installed: true });
  assert.ok(none.kind === "tell" && none.code === 1);
  assert.match(none.line, /VK_DRIVER_FILES/);
  const opengl = decide({ ...bare, installed: true, opengl: "llvmpipe" });
  assert.ok(opengl.kind === "tell" && opengl.code === 0);
});

Deno.test("decide() names the command of each system, and fails only where nothing answers", () => {
  const commands: [Partial<SystemFacts>, RegExp][] = [
    [{ distribution: ["debian"], rights: "none" }, /sudo apt-get install mesa-vulkan-drivers/],
    [{ distribution: ["fedora"] }, /dnf install mesa-vulkan-drivers/],
    [{ distribution: ["rocky", "rhel", "centos", "fedora"] }, /dnf install mesa-vulkan-drivers/],
    [{ distribution: ["manjaro", "arch"] }, /pacman -S vulkan-swrast/],
    [{ distribution: ["alpine"] }, /apk add mesa-vulkan-swrast/],
    [{ distribution: ["opensuse", "suse"] }, /zypper install libvulkan_lvp/],
    [{ distribution: ["nixos"] }, /hardware\.graphics\.enable/],
    [{ distribution: ["slackware"], name: "Slackware 15" }, /package manager of Slackware 15/],
    [{ distribution: [], os: "darwin" }, /update macOS/],
    [{ distribution: [], os: "windows" }, /Direct3D 12/],
  ];
  for (const [facts, command] of commands) {
    const none = decide({ ...bare, ...facts });
    assert.ok(none.kind === "tell" && none.code === 1);
    assert.match(none.line, command);
    const opengl = decide({ ...bare, ...facts, opengl: "V3D 4.2" });
    assert.ok(opengl.kind === "tell" && opengl.code === 0);
    assert.match(opengl.line, /OpenGL \(V3D 4\.2\), at about half the speed/);
  }
});

Deno.test("decide() blames DENO_WEBGPU_BACKEND before the system, and installs nothing for it", () => {
  const advice = decide({ ...bare, backend: "noop" });
  assert.ok(advice.kind === "tell" && advice.code === 1);
  assert.match(advice.line, /DENO_WEBGPU_BACKEND=noop: unset/);
});

Deno.test("parseOsRelease() reads quoted and bare values", () => {
  const ubuntu = 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n';
  assert.deepEqual(parseOsRelease(ubuntu), { distribution: ["ubuntu", "debian"], name: "Ubuntu 24.04.1 LTS" });
  const leap = `NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\n`;
  assert.deepEqual(parseOsRelease(leap), { distribution: ["opensuse", "suse", "opensuse"], name: "openSUSE Leap" });
  assert.deepEqual(parseOsRelease(""), { distribution: [], name: "this system" });
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
    assert.match(new TextDecoder().decode(stdout), /^No GPU adapter answers [^\n]*\n$/);
  },
});
