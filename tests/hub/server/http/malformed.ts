import { bodyOf, field, file, joined, type RawPart } from "./multipart_body.ts";

/** A request body that is wrong in some way, or may be. */
export interface Malformed {
  /** What was done to it. */
  what: string;
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
}

/** A number from 0 to before `below`. */
export type Random = (below: number) => number;

/** The same numbers every time. */
export function random(seed: number): Random {
  let state = seed;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

const BOUNDARY = "----form-boundary-0123456789";
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** Bodies made from the parts of a good one, `count` of them. */
export function malformedBodies(parts: readonly RawPart[], count: number, seed: number): Malformed[] {
  const next = random(seed);
  const kinds = [cut, flipped, without, mixed, headers, operations, map, boundaries, many, noise, newlines, repeated];
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length](parts, next));
}

function good(parts: readonly RawPart[], what: string): Malformed {
  return { what, contentType: TYPE, body: bodyOf(parts, BOUNDARY) };
}

function cut(parts: readonly RawPart[], next: Random): Malformed {
  const whole = bodyOf(parts, BOUNDARY);
  // Beyond this only line breaks and dashes after the closing boundary would be missing.
  const end = next(whole.length - 4);
  return { what: `cut at ${end}`, contentType: TYPE, body: whole.slice(0, end) };
}

function flipped(parts: readonly RawPart[], next: Random): Malformed {
  const body = bodyOf(parts, BOUNDARY);
  const places = Array.from({ length: 1 + next(20) }, () => next(Math.min(body.length, 2500)));
  for (const place of places) body[place] = next(256);
  return { what: `flipped at ${places}`, contentType: TYPE, body };
}

function without(parts: readonly RawPart[], next: Random): Malformed {
  const gone = next(parts.length);
  return good(parts.filter((_, index) => index !== gone), `without part ${gone}`);
}

function mixed(parts: readonly RawPart[], next: Random): Malformed {
  const order = [...parts];
  const from = next(order.length);
  const [moved] = order.splice(from, 1);
  const to = (from + 1 + next(order.length)) % parts.length;
  order.splice(to, 0, moved);
  return good(order, `part ${from} at ${to}`);
}

function headers(parts: readonly RawPart[], next: Random): Malformed {
  const forms = [
    [],
    [""],
    ["Content-Disposition: form-data"],
    ['Content-Disposition: attachment; name="0"'],
    ['Content-Disposition: form-data; name="'],
    ['Content-Disposition: form-data; name="\0"'],
    ['Content-Disposition: form-data; name="__proto__"; filename="x"'],
    ['Content-Disposition: form-data; name="0"; filename="../../../etc/passwd\r\nX: y"', "Content-Length: -1"],
    [`Content-Disposition: form-data; name="${"n".repeat(50_000)}"`],
    [`Content-Disposition: form-data; name*=UTF-8''%ff%fe; filename*=utf-16''%00`],
    ["no colon at all"],
    [": empty name"],
    Array.from({ length: 500 }, (_, index) => `X-${index}: ${index}`),
    ["Content-Type: multipart/mixed; boundary=inner", 'Content-Disposition: form-data; name="0"'],
    ["Content-Transfer-Encoding: base64", 'Content-Disposition: form-data; name="nobody"; filename="x"'],
    ['Content-Disposition: form-data; name="operations"; filename="o"', "Content-Type: text/plain; charset=nothing"],
  ];
  const form = next(forms.length), at = next(parts.length);
  return good(
    parts.map((part, index) => index === at ? { ...part, headers: forms[form] } : part),
    `headers ${form} at ${at}`,
  );
}

function operations(parts: readonly RawPart[], next: Random): Malformed {
  const texts = [
    "",
    "null",
    "[]",
    "{}",
    '"text"',
    '{"query":3}',
    '{"query":"{","variables":{}}',
    '{"query":"{ a }","variables":[null,null]}',
    '{"__proto__":{"query":"{ a }"}}',
    '{"query":"{ a }","variables":{"input":null}',
    `{"query":"{ a }","variables":${"[".repeat(50_000)}`,
    `{"query":"${"x".repeat(1_100_000)}"}`,
    "\ufeff{}",
    '[{"query":"{ a }"},{"query":"{ a }"}]',
    '{"query":"mutation { generateArtifact }","variables":{"input":null}}',
  ];
  const index = next(texts.length);
  return good([field("operations", texts[index]), ...parts.slice(1)], `operations ${index}`);
}

function map(parts: readonly RawPart[], next: Random): Malformed {
  const texts = [
    "",
    "null",
    "[]",
    "{}",
    "3",
    '{"0":"variables.input"}',
    '{"0":[]}',
    '{"0":[3]}',
    '{"0":[null]}',
    '{"0":["input"]}',
    '{"0":["variables"]}',
    '{"0":["variables."]}',
    '{"0":["variables.__proto__.polluted"]}',
    '{"0":["variables.constructor.prototype.polluted"]}',
    '{"0":["variables.input.__proto__"]}',
    '{"__proto__":["variables.input"],"0":["variables.uncompiledModel"]}',
    '{"0":["variables.uncompiledModel.a.b.c.d.e.f"]}',
    '{"0":["variables.name.x"]}',
    '{"0":["query"]}',
    '{"0":["operationName"]}',
    '{"0":["variables.uncompiledModel","variables.uncompiledModel"]}',
    '{"0":["variables.a"],"1":["variables.a"],"2":["variables.b"]}',
    '{"0":["variables.a","variables.b","variables.c","variables.d","variables.e"]}',
    JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [index, [`variables.v${index}`]]))),
    '{"":["variables.input"]}',
    '{"9":["variables.input"]}',
    '{"0":["variables.input"],"1":["variables.input"]}',
    `{"0":["variables.${"x".repeat(5000)}"]}`,
  ];
  const index = next(texts.length);
  return good([parts[0], field("map", texts[index]), ...parts.slice(2)], `map ${index}`);
}

function boundaries(parts: readonly RawPart[], next: Random): Malformed {
  const types = [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "multipart/form-data; boundary=other",
    `multipart/form-data; boundary=${"b".repeat(5000)}`,
    "multipart/form-data; boundary=-",
    "multipart/form-data; charset=utf-8",
    `multipart/form-data; boundary="${BOUNDARY}`,
    `multipart/form-data; boundary=${BOUNDARY.slice(0, -1)}`,
    "multipart/form-data;;;=;",
  ];
  const index = next(types.length);
  return { ...good(parts, `type ${index}`), contentType: types[index] };
}

function many(parts: readonly RawPart[], next: Random): Malformed {
  const count = 1 + next(400), extra = next(3);
  const more = Array.from(
    { length: count },
    (_, index) => extra === 0 ? file(`${index + 3}`, "x") : extra === 1 ? field("map", "{}") : field(`f${index}`, ""),
  );
  return good([...parts, ...more], `${count} more of kind ${extra}`);
}

function noise(_: readonly RawPart[], next: Random): Malformed {
  const body = Uint8Array.from({ length: next(3000) }, () => next(256));
  const begun = new TextEncoder().encode(`--${BOUNDARY}\r\n`);
  return { what: "noise", contentType: TYPE, body: next(2) === 0 ? body : joined([begun, body]) };
}

function newlines(parts: readonly RawPart[], next: Random): Malformed {
  const newline = ["\n", "\r", "\n\r", "", " \r\n"][next(5)];
  return { what: `newlines ${JSON.stringify(newline)}`, contentType: TYPE, body: bodyOf(parts, BOUNDARY, newline) };
}

function repeated(parts: readonly RawPart[], next: Random): Malformed {
  const at = next(parts.length);
  return good([...parts.slice(0, at + 1), parts[at], ...parts.slice(at + 1)], `part ${at} twice`);
}
