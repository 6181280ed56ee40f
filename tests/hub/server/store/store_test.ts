// Every file of the suite tells one part of the store, for the embedded database and for a real one.
import { endAll } from "./suite/each.ts";
import "./suite/transactions.ts";
import "./suite/keys.ts";
import "./suite/artifacts.ts";
import "./suite/proofs.ts";
import "./suite/work.ts";
import "./suite/line.ts";
import "./suite/unused_files.ts";
import "./suite/changes.ts";

Deno.test.afterAll(endAll);
