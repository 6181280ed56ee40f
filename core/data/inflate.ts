/**
 * Decompression of DEFLATE data (RFC 1951), written out because a
 * `DecompressionStream` does not tell where its data end, which a file of several
 * gzip members needs.
 * @module
 */

/** How far back a copy may reach. */
const WINDOW = 32768;
/** Bytes handed out at a time, at least, but for the last. */
const CHUNK = 65536;
/** The longest copy. */
const LONGEST = 258;
/** Longest code of a symbol, in bits. */
const MAX_BITS = 15;

// RFC 1951, section 3.2.5: the first length or distance of each symbol, and the bits that follow it.
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const LENGTHS = LENGTH_BITS.map((_, k) => k === 28 ? 258 : 3 + LENGTH_BITS.slice(0, k).reduce((a, b) => a + 2 ** b, 0));
const DISTANCE_BITS = Array.from({ length: 30 }, (_, k) => Math.max(0, (k >> 1) - 1));
const DISTANCES = DISTANCE_BITS.map((_, k) => 1 + DISTANCE_BITS.slice(0, k).reduce((a, b) => a + 2 ** b, 0));
/** The order in which a block tells the code lengths of its code lengths (section 3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** What the next bits stand for: `symbol * 16 + bits of its code`, 0 where no code begins so. */
interface Code {
  readonly entries: Uint16Array;
  readonly mask: number;
}

/**
 * Decompresses what begins at byte `at`, a chunk at a time; a chunk is a view that the next
 * one overwrites. Returns the first byte after the data.
 *
 * @param corrupt Makes the error for a defect, from the byte where it is and what it is.
 */
export function* inflate(
  file: Uint8Array,
  at: number,
  corrupt: (byte: number, what: string) => Error,
): Generator<Uint8Array, number, void> {
  const out = new Uint8Array(WINDOW + CHUNK + LONGEST);
  // Everything in `out` below `end` is known, and below `sent` handed out.
  let [end, sent] = [0, 0];
  let [position, bits, count] = [at, 0, 0];

  const take = (wanted: number): number => {
    while (count < wanted) {
      if (position >= file.length) throw corrupt(position, "it ends within a block");
      bits |= file[position++] << count;
      count += 8;
    }
    const value = bits & ((1 << wanted) - 1);
    bits >>>= wanted;
    count -= wanted;
    return value;
  };
  const symbol = ({ entries, mask }: Code): number => {
    while (count < MAX_BITS && position < file.length) {
      bits |= file[position++] << count;
      count += 8;
    }
    const entry = entries[bits & mask];
    const used = entry & 15;
    if (used === 0 || used > count) throw corrupt(position, used === 0 ? "no such code" : "it ends within a block");
    bits >>>= used;
    count -= used;
    return entry >> 4;
  };
  const code = (lengths: Uint8Array): Code => makeCode(lengths) ?? fail("a set of codes that cannot be");
  const fail = (what: string): never => {
    throw corrupt(position, what);
  };
  const room = function* (): Generator<Uint8Array, void, void> {
    if (end < WINDOW + CHUNK) return;
    yield out.subarray(sent, end);
    out.copyWithin(0, end - WINDOW, end);
    end = sent = WINDOW;
  };

  /** Decodes up to the end of the block (true) or of the room. */
  const decode = (literals: Code, distances: Code): boolean => {
    while (end < WINDOW + CHUNK) {
      const next = symbol(literals);
      if (next < 256) {
        out[end++] = next;
        continue;
      }
      if (next === 256) return true;
      if (next > 285) fail("no such length");
      const length = LENGTHS[next - 257] + take(LENGTH_BITS[next - 257]);
      const far = symbol(distances);
      if (far > 29) fail("no such distance");
      const from = end - DISTANCES[far] - take(DISTANCE_BITS[far]);
      if (from < 0) fail("a copy from before the beginning");
      for (let i = 0; i < length; i++) out[end + i] = out[from + i];
      end += length;
    }
    return false;
  };

  for (let last = false; !last;) {
    last = take(1) === 1;
    const type = take(2);
    if (type === 3) fail("a block of an unknown type");
    if (type === 0) {
      // Whole bytes that were looked at ahead are given back.
      position -= count >> 3;
      bits = count = 0;
      const size = take(16);
      if ((size ^ take(16)) !== 0xffff) fail("a stored block whose length is not confirmed");
      for (let left = size; left > 0;) {
        const part = Math.min(left, WINDOW + CHUNK - end);
        if (position + part > file.length) fail("it ends within a stored block");
        out.set(file.subarray(position, position + part), end);
        [position, end, left] = [position + part, end + part, left - part];
        yield* room();
      }
      continue;
    }
    const [literals, distances] = type === 1 ? FIXED : dynamicCodes(take, symbol, code, fail);
    while (!decode(literals, distances)) yield* room();
  }
  if (end > sent) yield out.subarray(sent, end);
  return position - (count >> 3);
}

/** The two codes of a block that brings its own (section 3.2.7). */
function dynamicCodes(
  take: (bits: number) => number,
  symbol: (code: Code) => number,
  code: (lengths: Uint8Array) => Code,
  fail: (what: string) => never,
): readonly [Code, Code] {
  const [literals, distances, own] = [take(5) + 257, take(5) + 1, take(4) + 4];
  const first = new Uint8Array(19);
  for (let k = 0; k < own; k++) first[ORDER[k]] = take(3);
  const lengthCode = code(first);
  const lengths = new Uint8Array(literals + distances);
  for (let k = 0; k < lengths.length;) {
    const next = symbol(lengthCode);
    if (next < 16) {
      lengths[k++] = next;
      continue;
    }
    if (next === 16 && k === 0) fail("a code length to repeat before the first");
    const value = next === 16 ? lengths[k - 1] : 0;
    const times = next === 16 ? 3 + take(2) : next === 17 ? 3 + take(3) : 11 + take(7);
    if (k + times > lengths.length) fail("more code lengths than codes");
    lengths.fill(value, k, k + times);
    k += times;
  }
  return [code(lengths.subarray(0, literals)), code(lengths.subarray(literals))];
}

/** The code with these lengths (section 3.2.2), or null where there is none. */
function makeCode(lengths: Uint8Array): Code | null {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  const next = new Uint16Array(MAX_BITS + 2);
  let free = 1;
  let longest = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    free = free * 2 - counts[length];
    if (free < 0) return null;
    if (counts[length] > 0) longest = length;
    next[length + 1] = (next[length] + counts[length]) << 1;
  }
  // A single code may leave half of the space free, and none may leave all of it.
  if (free > 0 && longest > 1) return null;
  const size = 1 << longest;
  const entries = new Uint16Array(size);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    let reversed = 0;
    for (let k = 0, rest = next[length]++; k < length; k++, rest >>= 1) reversed = reversed << 1 | (rest & 1);
    for (let at = reversed; at < size; at += 1 << length) entries[at] = symbol << 4 | length;
  });
  return { entries, mask: size - 1 };
}

/** The codes of blocks that bring none (section 3.2.6). */
const FIXED: readonly [Code, Code] = [
  makeCode(Uint8Array.from({ length: 288 }, (_, k) => k < 144 ? 8 : k < 256 ? 9 : k < 280 ? 7 : 8))!,
  makeCode(new Uint8Array(32).fill(5))!,
];
