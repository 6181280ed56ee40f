const decoder = new TextDecoder();

/** Whether this user may mount a small file system; tests that fill a disk are ignored where not. */
export const SMALL_DISKS = Deno.build.os === "linux" && Deno.uid() === 0 && mounts();

function mounts(): boolean {
  const folder = Deno.makeTempDirSync({ prefix: "zkgrad-disk-" });
  const mounted = new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder] }).outputSync();
  if (mounted.success) new Deno.Command("umount", { args: [folder] }).outputSync();
  Deno.removeSync(folder);
  return mounted.success;
}

/** Runs `body` with a folder that is a disk of so many megabytes. */
export async function onSmallDisk(megabytes: number, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "zkgrad-disk-" });
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  try {
    await body(folder);
  } finally {
    // Lazily: an engine that died may still hold files of it.
    await run("umount", ["--lazy", folder]);
    await Deno.remove(folder);
  }
}

/** Takes all room but so many megabytes of the disk that `folder` is; returns what gives it back. */
export async function fillUp(folder: string, leave: number): Promise<() => Promise<void>> {
  const room = Number((await run("df", ["--output=avail", "-k", folder])).split("\n")[1]);
  const path = `${folder}/filling`;
  await run("fallocate", ["-l", `${room - leave * 1024}K`, path]);
  return () => Deno.remove(path);
}

async function run(command: string, args: string[]): Promise<string> {
  const output = await new Deno.Command(command, { args }).output();
  if (!output.success) throw new Error(`${command} failed: ${decoder.decode(output.stderr)}`);
  return decoder.decode(output.stdout);
}
