/** One round of two faults; the files beside this one go through all of them, 20 rounds each. */
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { Invariants } from "./invariants.ts";
import { killedProvers } from "./killed_provers.ts";
import { refusedSecondHubs } from "./second_hubs.ts";
import { System } from "./system.ts";

Deno.test("a second hub on one folder is refused and does the first no harm", async () => {
  await using system = await System.open({ shared: false });
  await refusedSecondHubs(system, new Invariants(system), 1);
});

Deno.test({
  name: "a proof is made by another worker where one is killed while it proves (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    await killedProvers(system, new Invariants(system), 1);
  },
});
