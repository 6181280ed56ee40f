/**
 * Prepares a bare machine for WebGPU, as a task's first step. It is silent when
 * an adapter answers through Vulkan, Metal or Direct3D 12. When none does, it
 * installs Mesa's Vulkan drivers where it can (Debian and its kin, as root or with
 * a sudo that asks nothing) and says in one sentence what to install elsewhere.
 *
 * OpenGL counts as a makeshift: Deno falls back to it without a word, and kernels
 * then run at about half the speed. No property of an adapter names its API, so
 * each question is put by a child process whose `DENO_WEBGPU_BACKEND` allows only
 * the APIs in question. A child is needed anyway: Deno looks for drivers once per
 * process, and a broken driver takes down or hangs the process that asks.
 *
 *     deno run --allow-run --allow-read --allow-env setup.ts
 *
 * Exit code 0: an adapter answers. 1: none does.
 * @module
 */
import { terminalWriter } from "./core/base/progress.ts";

/** What is known about this machine; gathered by {@linkcode gather}. */
export interface SystemFacts {
  /** The operating system, as `Deno.build.os` names it. */
  os: string;
  /** `ID` and `ID_LIKE` of /etc/os-release, in that order; empty elsewhere. */
  distribution: string[];
  /** The name of the system for people. */
  name: string;
  /** Description of the adapter behind Vulkan, Metal or Direct3D 12, if one answers. */
  modern: string | undefined;
  /** Description of the OpenGL adapter, if one answers. */
  opengl: string | undefined;
  /** What the user's own `DENO_WEBGPU_BACKEND` says, if it is set. */
  backend: string | undefined;
  /** How packages can be installed without a question: as root, through sudo, or not. */
  rights: "root" | "sudo" | "none";
  /** Whether an NVIDIA kernel driver is loaded. */
  nvidia: boolean;
  /** Whether the installation was already tried. */
  installed: boolean;
}

/** What to do next; decided by {@linkcode decide}. */
export type Advice =
  /** Nothing: a good adapter answers. `line` is said when the set-up brought it. */
  | { kind: "ready"; line?: string }
  /** Say the line, run the command (after a refresh of the package lists if it fails), and look again. */
  | { kind: "install"; line: string; command: string[]; refresh: string[] }
  /** Say the line and leave with the code: 0 on OpenGL, 1 without any adapter. */
  | { kind: "tell"; line: string; code: 0 | 1 };

const MODERN = "vulkan,metal,dx12";
const PROBE_MS = 15_000;
const INSTALL_S = 300;

/** What brings a Vulkan driver, by distribution; the software driver is named, for it runs anywhere. */
const REMEDIES: Record<string, string> = {
  debian: "sudo apt-get install mesa-vulkan-drivers libvulkan1",
  ubuntu: "sudo apt-get install mesa-vulkan-drivers libvulkan1",
  fedora: "sudo dnf install mesa-vulkan-drivers vulkan-loader",
  rhel: "sudo dnf install mesa-vulkan-drivers vulkan-loader",
  centos: "sudo dnf install mesa-vulkan-drivers vulkan-loader",
  arch: "sudo pacman -S vulkan-swrast vulkan-icd-loader",
  alpine: "sudo apk add mesa-vulkan-swrast vulkan-loader",
  suse: "sudo zypper install libvulkan_lvp libvulkan1",
  opensuse: "sudo zypper install libvulkan_lvp libvulkan1",
  nixos: "hardware.graphics.enable = true; in configuration.nix, then sudo nixos-rebuild switch",
  void: "sudo xbps-install mesa-vulkan-lavapipe vulkan-loader",
};

/**
 * Decides what a machine needs; it asks and changes nothing itself.
 * @param facts What is known about the machine.
 * @returns What to do next.
 */
export function decide(facts: SystemFacts): Advice {
  if (facts.modern !== undefined) {
    if (!facts.installed) return { kind: "ready" };
    const unused = facts.nvidia && !/nvidia|geforce|quadro|tesla/i.test(facts.modern)
      ? "; the NVIDIA GPU has no Vulkan driver here (in a container set NVIDIA_DRIVER_CAPABILITIES=all)"
      : "";
    return { kind: "ready", line: `WebGPU runs on ${facts.modern}${unused}` };
  }
  if (facts.backend !== undefined) {
    const line = `No GPU adapter answers under DENO_WEBGPU_BACKEND=${facts.backend}: unset that variable`;
    return { kind: "tell", line, code: 1 };
  }
  const debian = facts.distribution.some((id) => id === "debian" || id === "ubuntu");
  if (facts.os === "linux" && debian && facts.rights !== "none" && !facts.installed) return install(facts);
  const remedy = facts.installed
    ? `mesa-vulkan-drivers could not be brought to work on ${facts.name}: look at \`vulkaninfo --summary\`, and at ` +
      `VK_DRIVER_FILES and VK_ICD_FILENAMES, which must not point elsewhere`
    : remedyFor(facts);
  return facts.opengl === undefined
    ? { kind: "tell", line: `No GPU adapter answers: ${remedy}`, code: 1 }
    : { kind: "tell", line: `WebGPU runs on OpenGL (${facts.opengl}), at about half the speed: ${remedy}`, code: 0 };
}

function install(facts: SystemFacts): Advice {
  const packages = ["mesa-vulkan-drivers", "libvulkan1"];
  // NVIDIA's own Vulkan driver, mounted into a container, links against these two.
  if (facts.nvidia) packages.push("libegl1", "libxext6");
  // coreutils' timeout, not a signal from here: a user cannot end what sudo started.
  const prefix = facts.rights === "sudo" ? ["sudo", "-n"] : [];
  const apt = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "timeout", String(INSTALL_S), "apt-get"];
  const options = ["-o", "DPkg::Lock::Timeout=60", "-y", "--no-install-recommends"];
  const without = facts.opengl === undefined ? "no GPU adapter answers" : `only OpenGL answers (${facts.opengl})`;
  return {
    kind: "install",
    line: `WebGPU needs a Vulkan driver and ${without}: installing ${packages.join(" ")} with apt-get`,
    command: [...apt, "install", ...options, ...packages],
    refresh: [...apt, "update"],
  };
}

function remedyFor(facts: SystemFacts): string {
  if (facts.os === "darwin") return "update macOS to a version with Metal, and Deno to 2.9 or later";
  if (facts.os === "windows") return "update the graphics driver to one with Direct3D 12, and Deno to 2.9 or later";
  const id = facts.distribution.find((id) => Object.hasOwn(REMEDIES, id));
  const gpu = facts.nvidia ? ", and the Vulkan part of the NVIDIA driver" : "";
  if (id !== undefined) return `install a Vulkan driver on ${facts.name}: ${REMEDIES[id]}${gpu}`;
  return `install the Vulkan loader and Mesa's Vulkan drivers with the package manager of ${facts.name}${gpu}`;
}

/**
 * Reads the lines of an os-release file.
 * @param text The content of /etc/os-release.
 * @returns `ID` followed by the words of `ID_LIKE`, and the name for people.
 */
export function parseOsRelease(text: string): { distribution: string[]; name: string } {
  const fields: Record<string, string> = {};
  for (const [, key, value] of text.matchAll(/^([A-Z_]+)=(.*)$/gm)) fields[key] = value.replace(/^(["'])(.*)\1$/, "$2");
  const words = [fields.ID ?? "", ...(fields.ID_LIKE ?? "").split(" ")].filter((word) => word !== "");
  // openSUSE calls its editions opensuse-leap and opensuse-tumbleweed.
  const distribution = words.map((word) => word.startsWith("opensuse") ? "opensuse" : word.toLowerCase());
  return { distribution, name: fields.PRETTY_NAME ?? fields.NAME ?? "this system" };
}

/**
 * Asks for an adapter in a process of its own.
 * @param backends The APIs that may answer, as `DENO_WEBGPU_BACKEND` takes them.
 * @returns The adapter's description; `undefined` when none answers, or the driver crashes or hangs.
 */
export async function probe(backends: string): Promise<string | undefined> {
  const code = "const a = await navigator.gpu?.requestAdapter();" +
    "if (a) console.log('adapter ' + (a.info.description || a.info.vendor))";
  const env = { DENO_WEBGPU_BACKEND: backends, DENO_NO_UPDATE_CHECK: "1", ...runtimeDir() };
  const output = await run([Deno.execPath(), "eval", "--no-config", "--no-lock", code], env, PROBE_MS);
  return output.text.match(/^adapter (.*)$/m)?.[1];
}

/** Mesa complains on stderr where this variable is missing; any folder silences it. */
function runtimeDir(): Record<string, string> {
  return Deno.env.has("XDG_RUNTIME_DIR") ? {} : { XDG_RUNTIME_DIR: "/tmp" };
}

async function run(
  [program, ...args]: string[],
  env: Record<string, string> = {},
  limitMs?: number,
): Promise<{ success: boolean; text: string }> {
  const abort = new AbortController();
  const timer = limitMs === undefined ? undefined : setTimeout(() => abort.abort(), limitMs);
  try {
    const command = new Deno.Command(program, { args, env, stdin: "null", signal: abort.signal });
    const { success, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { success: false, text: String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Gathers the facts; what a good adapter makes needless is not asked.
 * @param installed Whether the installation was already tried.
 * @returns The facts.
 */
export async function gather(installed: boolean): Promise<SystemFacts> {
  const backend = Deno.env.get("DENO_WEBGPU_BACKEND") || undefined;
  const modern = await probe(backend ?? MODERN);
  const opengl = modern === undefined && backend === undefined ? await probe("gl") : undefined;
  const release = parseOsRelease(await Deno.readTextFile("/etc/os-release").catch(() => ""));
  // By a command: Deno gives a script with --allow-read no sight of /proc.
  const nvidia = Deno.build.os === "linux" && (modern === undefined || installed) &&
    (await run(["test", "-e", "/proc/driver/nvidia"])).success;
  let rights: SystemFacts["rights"] = "none";
  if (modern === undefined && Deno.build.os === "linux") {
    if ((await run(["id", "-u"])).text.trim() === "0") rights = "root";
    else if ((await run(["sudo", "-n", "true"], {}, PROBE_MS)).success) rights = "sudo";
  }
  return { os: Deno.build.os, ...release, modern, opengl, backend, rights, nvidia, installed };
}

async function main(): Promise<number> {
  const { write } = terminalWriter();
  for (let installed = false;; installed = true) {
    const advice = decide(await gather(installed));
    if (advice.line !== undefined) write(advice.line + "\n");
    if (advice.kind === "ready") return 0;
    if (advice.kind === "tell") return advice.code;
    let result = await run(advice.command);
    if (!result.success) {
      // Stale or missing package lists are the usual reason, on a fresh container above all.
      const refreshed = await run(advice.refresh);
      result = refreshed.success ? await run(advice.command) : refreshed;
    }
    if (!result.success) write(`apt-get failed:\n${result.text.trimEnd()}\n`);
  }
}

if (import.meta.main) Deno.exit(await main());
