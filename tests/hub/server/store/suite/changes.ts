import assert from "node:assert/strict";
import { newArtifact, onEach } from "./each.ts";
import { newProof } from "./proofs.ts";

async function soon(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition(), "it did not happen within two seconds");
}

onEach("every write to a record is heard by those who wait for it, here and elsewhere", async (hub) => {
  const { store, other, organization } = hub;
  const artifact = newArtifact(organization);
  let [here, there, another] = [0, 0, 0];
  const ends = [
    store.onChange(artifact.id, () => here++),
    other.onChange(artifact.id.toUpperCase(), () => there++),
    store.onChange(crypto.randomUUID(), () => another++),
  ];
  await store.createArtifact(artifact);
  await soon(() => here === 1 && there === 1);
  await other.beginArtifact(artifact.id);
  await soon(() => here === 2 && there === 2);
  await other.patchArtifact(artifact.id, 1, { progress: 0.5 });
  await soon(() => here === 3 && there === 3);
  ends[1]!();
  await store.cancelArtifact(artifact.id, organization.id);
  await soon(() => here === 4);
  await store.deleteArtifact(artifact.id, organization.id);
  await soon(() => here === 5);
  assert.equal(there, 3);
  assert.equal(another, 0);
  for (const end of ends) end();
});

onEach("a write that was refused tells nobody", async ({ store, organization }) => {
  const artifact = await store.createArtifact(newArtifact(organization));
  const proof = newProof(organization, artifact.id);
  let heard = 0;
  const end = store.onChange(proof.id, () => heard++);
  await store.createProof(proof);
  await soon(() => heard === 1);
  assert.equal(await store.patchProof(proof.id, 7, { progress: 1 }), false);
  await store.deleteArtifact(artifact.id, organization.id);
  await soon(() => heard === 2);
  end();
});

onEach("who waits twice hears twice, and ends each by itself", async ({ store, organization }) => {
  const artifact = newArtifact(organization);
  let heard = 0;
  const hear = (): number => heard++;
  const ends = [store.onChange(artifact.id, hear), store.onChange(artifact.id, hear)];
  await store.createArtifact(artifact);
  await soon(() => heard === 2);
  ends[0]!();
  ends[0]!();
  await store.beginArtifact(artifact.id);
  await soon(() => heard === 3);
  ends[1]!();
});

onEach("who is ended by another who hears, hears no more", async ({ store, organization }) => {
  const artifact = newArtifact(organization);
  let [first, second] = [0, 0];
  const endFirst = store.onChange(artifact.id, () => {
    first++;
    endSecond();
  });
  const endSecond = store.onChange(artifact.id, () => second++);
  await store.createArtifact(artifact);
  await soon(() => first === 1);
  await store.beginArtifact(artifact.id);
  await soon(() => first === 2);
  assert.equal(second, 0);
  endFirst();
});
