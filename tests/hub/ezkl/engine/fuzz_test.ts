import { fuzzEngine } from "./fuzz.ts";

Deno.test("Engine survives 500 damaged files, and no damaged proof or key passes", () => fuzzEngine(1));
