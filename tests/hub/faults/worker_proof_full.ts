/** A worker is killed while it proves. */
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { Invariants } from "./invariants.ts";
import { ROUNDS } from "./rounds.ts";
import { System } from "./system.ts";
import { killedProvers } from "./killed_provers.ts";

Deno.test({
  name: "a proof is made by another worker where one is killed while it proves (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    await killedProvers(system, new Invariants(system), ROUNDS);
  },
});
