/** One verification in a process of its own: the folder of the files, and by whom. */
const [folder, who] = Deno.args;
const [proof, vk, settings, srs] = ["proof", "vk", "settings", "srs"].map((name) =>
  Deno.readFileSync(`${folder}/${name}`)
);
if (who === "zkgrad") {
  const { settingsFromJson, verify } = await import("../../hub/verify.ts");
  console.log(await verify(proof, vk, settingsFromJson(new TextDecoder().decode(settings)), srs));
} else {
  const { Engine } = await import("../../hub/ezkl/engine/engine.ts");
  await using engine = new Engine({ threads: 1 });
  console.log(await engine.verify(proof, vk, settings, srs));
}
