/**
 * axe-core in a page: what people with other eyes, hands and ears would stumble over.
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "npm:playwright-core@1.65.1";

/** A rule that is broken, with the elements that break it. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

let source: Promise<string> | null = null;

/** Its text, from the package. */
function axe(): Promise<string> {
  return source ??= (async () => {
    await import("npm:axe-core@4.14.1/package.json", { with: { type: "json" } });
    return await Deno.readTextFile(fileURLToPath(import.meta.resolve("npm:axe-core@4.14.1/axe.min.js")));
  })();
}

/** Fails with every rule that the page breaks now; `state` says what it shows. */
export async function assertAccessible(page: Page, state: string): Promise<void> {
  // By the debugger, which the page's own policy does not hold back.
  await page.evaluate(await axe());
  const violations = await page.evaluate<Violation[]>("axe.run().then(({ violations }) => violations)");
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}: ${nodes[0].failureSummary}`);
  assert.deepEqual(told, [], `${state} breaks rules of accessibility`);
}
