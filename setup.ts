/**
 * Brings a WebGPU adapter to a machine that is to test the kernels written in WGSL; nothing else needs one, for without
 * a GPU the engine computes on the CPU. Silent where an adapter answers through Vulkan, Metal or Direct3D 12. Where none
 * does it installs Mesa's Vulkan drivers (Debian and its kin, as root or with a sudo that asks nothing), and elsewhere
 * says in one sentence that there is none.
 *
 * A child process is asked, for Deno looks for drivers once per process, and a broken driver takes down or hangs the
 * process that asks.
 *
 *     deno run --allow-run --allow-read --allow-env setup.ts
 *
 * Exit code 0: an adapter answers. 1: none does.
 * @module
 */

/** What is known about this machine; gathered by {@linkcode gather}. */
export interface SystemFacts {
  /** Whether packages come by apt-get. */
  readonly debian: boolean;
  /** The adapter that answers, in its own words. */
  readonly adapter: string | undefined;
  /** What `DENO_WEBGPU_BACKEND` says, if it is set. */
  readonly backend: string | undefined;
  /** How packages can be installed without a question: as root, through sudo, or not. */
  readonly rights: "root" | "sudo" | "none";
  /** Whether the installation was already tried. */
  readonly installed: boolean;
}

/** What to do next; decided by {@linkcode decide}. */
export type Advice =
  /** Nothing: an adapter answers. `line` is said when the set-up brought it. */
  | { readonly kind: "ready"; readonly line?: string }
  /** Say the line, run the commands, and look again. */
  | { readonly kind: "install"; readonly line: string; readonly commands: readonly string[][] }
  /** Say the line and leave with 1. */
  | { readonly kind: "tell"; readonly line: string };

const APIS = "vulkan,metal,dx12";
const PACKAGES = ["mesa-vulkan-drivers", "libvulkan1"];
const PROBE_MS = 15_000;
const INSTALL_S = 300;

/** Decides what a machine needs; it asks and changes nothing itself. */
export function decide({ debian, adapter, backend, rights, installed }: SystemFacts): Advice {
  if (adapter !== undefined) {
    return installed ? { kind: "ready", line: `WebGPU runs on ${adapter}` } : { kind: "ready" };
  }
  const none = "No GPU adapter answers, so kernels in WGSL cannot be tested";
  if (backend !== undefined) {
    return { kind: "tell", line: `${none}: unset DENO_WEBGPU_BACKEND, which allows ${backend} alone` };
  }
  if (installed) return { kind: "tell", line: `${none}, though ${PACKAGES.join(" and ")} are installed` };
  if (!debian || rights === "none") {
    const remedy = debian
      ? `run sudo apt-get install ${PACKAGES.join(" ")}`
      : "install the driver of your GPU, or Mesa's for Vulkan";
    return { kind: "tell", line: `${none}: ${remedy}` };
  }
  // coreutils' timeout, not a signal from here: a user cannot end what sudo started.
  const prefix = rights === "sudo" ? ["sudo", "-n"] : [];
  const apt = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "timeout", String(INSTALL_S), "apt-get", "-qq"];
  const options = ["-o", "DPkg::Lock::Timeout=60", "-y", "--no-install-recommends"];
  return {
    kind: "install",
    line: `No GPU adapter answers: installing ${PACKAGES.join(" ")} with apt-get`,
    commands: [[...apt, "update"], [...apt, "install", ...options, ...PACKAGES]],
  };
}

/** The description of an adapter that answers by one of these APIs, as `DENO_WEBGPU_BACKEND` names them. */
export async function probe(apis: string): Promise<string | undefined> {
  const code = "const a = await navigator.gpu?.requestAdapter();" +
    "if (a) console.log('adapter ' + (a.info.description || a.info.vendor))";
  // Mesa complains where XDG_RUNTIME_DIR is missing; any folder silences it.
  const runtime = Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp";
  const env = { DENO_WEBGPU_BACKEND: apis, DENO_NO_UPDATE_CHECK: "1", XDG_RUNTIME_DIR: runtime };
  const { text } = await run([Deno.execPath(), "eval", "--no-config", "--no-lock", code], env, PROBE_MS);
  return /^adapter (.*)$/m.exec(text)?.[1];
}

async function run(
  [program, ...args]: readonly string[],
  env: Record<string, string> = {},
  limitMs: number = 2 * INSTALL_S * 1000,
): Promise<{ success: boolean; text: string }> {
  try {
    const signal = AbortSignal.timeout(limitMs);
    const { success, stdout, stderr } = await new Deno.Command(program, { args, env, stdin: "null", signal }).output();
    const decoder = new TextDecoder();
    return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { success: false, text: String(error) };
  }
}

/** Gathers the facts; what an adapter makes needless is not asked. */
export async function gather(installed: boolean): Promise<SystemFacts> {
  const backend = Deno.env.get("DENO_WEBGPU_BACKEND") || undefined;
  const adapter = await probe(backend ?? APIS);
  const debian = adapter === undefined && Deno.build.os === "linux" && (await run(["apt-get", "--version"])).success;
  let rights: SystemFacts["rights"] = "none";
  if (debian) {
    if ((await run(["id", "-u"])).text.trim() === "0") rights = "root";
    else if ((await run(["sudo", "-n", "true"], {}, PROBE_MS)).success) rights = "sudo";
  }
  return { debian, adapter, backend, rights, installed };
}

async function main(): Promise<number> {
  for (let installed = false;; installed = true) {
    const advice = decide(await gather(installed));
    if (advice.line !== undefined) console.log(advice.line);
    if (advice.kind === "ready") return 0;
    if (advice.kind === "tell") return 1;
    for (const command of advice.commands) {
      const { success, text } = await run(command);
      if (!success) console.log(`${command.join(" ")} failed:\n${text.trimEnd()}`);
    }
  }
}

if (import.meta.main) Deno.exit(await main());
