// Makes organisations for ever and tells each name once it is kept; pglite_test.ts kills it.
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPglite } from "../../../../hub/server/store/pglite.ts";

const store = await openStore(await openPglite(Deno.args[0]!));
while (true) {
  const { name } = await store.createOrganization(crypto.randomUUID());
  Deno.stdout.writeSync(new TextEncoder().encode(`${name}\n`));
}
