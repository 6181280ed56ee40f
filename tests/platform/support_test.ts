/** The table of operators says what the code can do. */
import assert from "node:assert/strict";
import { supportTable, TABLE } from "./support.ts";

/** The rows, whatever the widths of their columns. */
const rows = (text: string): string[][] =>
  text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| --"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

Deno.test("the table of operators is what deno task support makes now", async () => {
  const made = supportTable();
  assert.ok(rows(made).length > 100, `${rows(made).length}`);
  assert.deepEqual(rows(await Deno.readTextFile(TABLE)), rows(made));
});
