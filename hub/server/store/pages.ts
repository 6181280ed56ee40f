/**
 * Lists in parts. A cursor names the last record that was seen by its time and id, so a part neither repeats nor
 * skips a record when others are made or deleted in between.
 * @module
 */
import { BadRequestError } from "../errors.ts";
import { type Database, isUuid, type SqlValue } from "./database.ts";
import type { Page } from "./records.ts";
import type { PageRequest } from "./store.ts";

/** Most records of one part. */
export const LONGEST_PAGE = 200;

interface Place {
  createdAt: Date;
  id: string;
}

/**
 * A part of a list, newest first. `columns`, `table` and `where` are SQL of the program itself; `where` may speak
 * of `values`. The columns hold `id` and `"createdAt"`. Throws `BadRequestError` for a length or cursor that is none.
 */
export async function page<Row extends Place>(
  database: Database,
  select: { columns: string; table: string; where: string; values: readonly SqlValue[] },
  { first, after }: PageRequest,
): Promise<Page<Row>> {
  if (!Number.isInteger(first) || first < 1 || first > LONGEST_PAGE) {
    throw new BadRequestError(`first: a page has 1 to ${LONGEST_PAGE} records, ${first} were asked for`);
  }
  const values = [...select.values];
  let where = select.where;
  if (after !== null) {
    const place = readCursor(after);
    values.push(place.createdAt, place.id);
    where += ` AND (created_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`;
  }
  // One more than asked for tells whether there is a next part.
  const rows = await database.query<Row>(
    `SELECT ${select.columns} FROM ${select.table} WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT ${first + 1}`,
    values,
  );
  const items = rows.slice(0, first);
  return { items, next: rows.length > first ? writeCursor(items[first - 1]!) : null };
}

function writeCursor({ createdAt, id }: Place): string {
  const bytes = new TextEncoder().encode(`${createdAt.getTime()} ${id}`);
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function readCursor(cursor: string): Place {
  // 13 digits of milliseconds reach the year 2286; further years are written in ways that Postgres does not read.
  const [, time, id] = /^(\d{1,13}) (\S+)$/.exec(decode(cursor)) ?? [];
  if (time === undefined || id === undefined || !isUuid(id)) {
    throw new BadRequestError("after: this is not a cursor of a page: give the one that came with the page before");
  }
  return { createdAt: new Date(Number(time)), id };
}

function decode(cursor: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" }));
  } catch {
    return "";
  }
}
