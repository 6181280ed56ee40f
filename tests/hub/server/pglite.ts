import { openPglite, type PgliteDatabase } from "../../../hub/server/store/pglite.ts";

let template: Promise<string> | null = null;

/** Opens an empty embedded database in `folder`. A new one takes seconds to make, so all are copies of the first. */
export async function embeddedDatabase(folder: string): Promise<PgliteDatabase> {
  template ??= makeTemplate();
  const copied = await new Deno.Command("cp", { args: ["-r", `${await template}/database`, folder] }).output();
  if (!copied.success) throw new Error(new TextDecoder().decode(copied.stderr));
  return await openPglite(folder);
}

async function makeTemplate(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "zkgrad-template-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await (await openPglite(`${folder}/database`)).close();
  return folder;
}
