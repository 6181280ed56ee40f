/** The image: what its Dockerfile copies is what its commands read, and the page is where the hub looks for it. */
import assert from "node:assert/strict";
import { ENTRIES } from "../../hub/page/build/bundle.ts";
import { parseCommand } from "../../hub/server/options.ts";
import { FROZEN } from "../frozen.ts";

const ROOT = new URL("../../", import.meta.url);

/** The lines of each stage, from its FROM on. */
async function stages(): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL("hub/Dockerfile", ROOT));
  return text.split(/^(?=FROM )/m).slice(1).map((stage) => stage.split("\n"));
}

/** Every file of ours that some modules need, from the repository's top. */
async function neededBy(modules: readonly string[]): Promise<string[]> {
  const all = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(all, modules.map((module) => `import "${new URL(module, ROOT)}";`).join("\n"));
    const args = ["info", "--json", ...FROZEN, all];
    const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
    assert.ok(success);
    const { modules: found } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
    return found.map(({ specifier }) => specifier).filter((each) => each.startsWith(ROOT.href))
      .map((each) => each.slice(ROOT.href.length));
  } finally {
    await Deno.remove(all);
  }
}

function copiedBy(stage: readonly string[]): string[] {
  return stage.flatMap((line) => /^COPY (?!--from)(.+) \S+$/.exec(line)?.[1].split(" ") ?? []);
}

Deno.test("the image copies what its commands read", async () => {
  const [page, hub] = await stages();
  const script = (stage: readonly string[]) => stage.join("\n").match(/hub\/[a-z_/]+\.ts/)![0];
  const entries = ENTRIES.map((entry) => `hub/page/${entry}`);
  for (const [stage, modules] of [[page, [script(page), ...entries]], [hub, [script(hub)]]] as const) {
    const copied = copiedBy(stage);
    const needed = await neededBy(modules);
    assert.ok(needed.length > 50, `${needed.length} modules`);
    const left = needed.filter((file) => !copied.some((from) => file === from || file.startsWith(`${from}/`)));
    assert.deepEqual(left, [], `${script(stage)} reads what is not copied`);
    for (const from of copied) assert.ok(await Deno.stat(new URL(from, ROOT)), from);
  }
});

Deno.test("the image has the page where its hub looks for it", async () => {
  const [page, hub] = await stages();
  const built = /--out (\S+)/.exec(page.join("\n"))![1];
  assert.ok(hub.includes(`COPY --from=page /app/${built} ./${built}`));
  assert.equal(parseCommand([], () => undefined).config.page, built);
});
