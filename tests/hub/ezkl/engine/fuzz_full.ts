/** Ten times the damaged files of `fuzz_test.ts`: minutes, so `deno task test:full` runs it. */
import { fuzzEngine } from "./fuzz.ts";

Deno.test("Engine survives 5,000 damaged files, and no damaged proof or key passes", () => fuzzEngine(10));
