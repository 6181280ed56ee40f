/** Whether a disk can be mounted here, which takes root on Linux. */
export const MOUNTABLE: boolean = Deno.build.os === "linux" && await tries();

/** Runs `body` with a disk of its own, of so many mebibytes, in memory. */
export async function onSmallDisk(mebibytes: number, body: (disk: string) => Promise<void>): Promise<void> {
  const disk = await Deno.makeTempDir({ prefix: "zkgrad-disk-" });
  try {
    if (!await succeeds("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", disk)) {
      throw new Error(`no disk can be mounted at ${disk}`);
    }
    try {
      await body(disk);
    } finally {
      await succeeds("umount", "--lazy", disk);
    }
  } finally {
    await Deno.remove(disk);
  }
}

async function tries(): Promise<boolean> {
  return await onSmallDisk(1, () => Promise.resolve()).then(() => true, () => false);
}

async function succeeds(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
