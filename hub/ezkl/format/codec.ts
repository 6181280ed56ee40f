/**
 * One description of a type for both of EZKL's encodings: bincode in the compiled circuit
 * and JSON in the files beside it. This is what serde derives in Rust; the names in JSON
 * are the properties' names in snake case.
 * @module
 */
import type { BinReader, BinWriter } from "./bincode.ts";
import type { Place } from "./place.ts";

/** How a type is read and written. */
export interface Codec<T> {
  /** The fewest bytes that a value has, so that a false count is found before anything is made for it. */
  readonly minBytes: number;
  /** The value where JSON lacks its key; undefined: the key must be there. */
  readonly absent?: T;
  /** Reads a value; throws a `FormatError`. */
  read(from: BinReader): T;
  /** Writes a value; throws an `ArgumentError` for one that is not of the type. */
  write(to: BinWriter, value: T): void;
  /** The value in what JSON holds at a place; throws a `FormatError`. */
  fromJson(json: unknown, place: Place): T;
  /** What JSON holds for a value; throws an `ArgumentError` for one that is not of the type. */
  toJson(value: T, place: Place): unknown;
}

/** A codec for each property, in the order of the file. */
export type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/** The member of a union whose property `Tag` may be `Name`, without that property. */
export type Payload<T, Tag extends keyof T, Name> = T extends unknown ? Name extends T[Tag] ? Omit<T, Tag> : never
  : never;

/** A list, as a count and the items. */
export function list<T>(item: Codec<T>): Codec<T[]> {
  const each = <A, B>(items: A[], place: Place, convert: (item: A) => B): B[] => {
    if (!Array.isArray(items)) place.refuse(items, "a list");
    // Array.from also visits holes, which then fail as undefined.
    return Array.from(items, (value, index) => {
      place.enter(index);
      const result = convert(value);
      place.leave();
      return result;
    });
  };
  return {
    minBytes: 8,
    read(from) {
      const items: T[] = [];
      for (let index = 0, count = from.count(item.minBytes); index < count; index++) {
        from.enter(index);
        items.push(item.read(from));
        from.leave();
      }
      return items;
    },
    write(to, items) {
      if (!Array.isArray(items)) to.refuse(items, "a list");
      to.u64(BigInt(items.length));
      each(items, to, (value) => item.write(to, value));
    },
    fromJson: (json, place) => each(json as unknown[], place, (value) => item.fromJson(value, place)),
    toJson: (items, place) => each(items, place, (value) => item.toJson(value, place)),
  };
}

/** A value or null, as a byte 0 or 1 and the value after 1. */
export function option<T>(some: Codec<T>): Codec<T | null> {
  return {
    minBytes: 1,
    absent: null,
    read(from) {
      const there = from.u8();
      if (there > 1) from.refuse(there, "0 for none or 1 for a value");
      return there === 1 ? some.read(from) : null;
    },
    write(to, value) {
      to.u8(value === null ? 0 : 1);
      if (value !== null) some.write(to, value);
    },
    fromJson: (json, place) => json === null ? null : some.fromJson(json, place),
    toJson: (value, place) => value === null ? null : some.toJson(value, place),
  };
}

/** Two values, one after the other; a list of two in JSON. */
export function pair<A, B>(first: Codec<A>, second: Codec<B>): Codec<[A, B]> {
  const both = <C, D>(values: readonly [A, B], place: Place, a: (value: A) => C, b: (value: B) => D): [C, D] => {
    if (!Array.isArray(values) || values.length !== 2) place.refuse(values, "a list of 2");
    place.enter(0);
    const left = a(values[0]);
    place.leave();
    place.enter(1);
    const right = b(values[1]);
    place.leave();
    return [left, right];
  };
  const none = [undefined, undefined] as unknown as [A, B];
  return {
    minBytes: first.minBytes + second.minBytes,
    read: (from) => both(none, from, () => first.read(from), () => second.read(from)),
    write: (to, value) => void both(value, to, (a) => first.write(to, a), (b) => second.write(to, b)),
    fromJson: (json, place) =>
      both(json as [A, B], place, (a) => first.fromJson(a, place), (b) => second.fromJson(b, place)),
    toJson: (value, place) => both(value, place, (a) => first.toJson(a, place), (b) => second.toJson(b, place)),
  };
}

/** An object: its properties one after another. `names` are the ones that JSON calls otherwise. */
export function struct<T extends object>(fields: Fields<T>, names: Partial<Record<keyof T, string>> = {}): Codec<T> {
  const all = (Object.keys(fields) as (keyof T & string)[]).map((key) => (
    { key, name: names[key] ?? snakeCase(key), codec: fields[key] }
  ));
  return {
    minBytes: all.reduce((sum, { codec }) => sum + codec.minBytes, 0),
    read(from) {
      const value: Partial<T> = {};
      for (const { key, codec } of all) {
        from.enter(key);
        value[key] = codec.read(from);
        from.leave();
      }
      return value as T;
    },
    write(to, value) {
      if (!isObject(value)) to.refuse(value, "an object");
      for (const { key, codec } of all) {
        to.enter(key);
        codec.write(to, value[key]);
        to.leave();
      }
    },
    fromJson(json, place) {
      if (!isObject(json)) return place.refuse(json, "an object");
      const value: Partial<T> = {};
      for (const { key, name, codec } of all) {
        if (Object.hasOwn(json, name)) {
          place.enter(name);
          value[key] = codec.fromJson((json as Record<string, unknown>)[name], place);
          place.leave();
        } else if (codec.absent !== undefined) value[key] = codec.absent;
        else place.fail(`has no key ${JSON.stringify(name)}, expected one`);
      }
      return value as T;
    },
    toJson(value, place) {
      if (!isObject(value)) place.refuse(value, "an object");
      const json: Record<string, unknown> = {};
      for (const { key, name, codec } of all) {
        place.enter(key);
        json[name] = codec.toJson(value[key], place);
        place.leave();
      }
      return json;
    },
  };
}

/**
 * A union whose members are told apart by their property `tag`: a 32-bit index in the order
 * of `members`, then the member. JSON has the bare name for {@linkcode unit} members, else
 * an object of one key.
 */
export function union<T extends object, Tag extends keyof T & string>(
  tag: Tag,
  members: { readonly [Name in T[Tag] & string]: Codec<Payload<T, Tag, Name>> },
): Codec<T> {
  const names = Object.keys(members);
  const codecs = new Map<unknown, Codec<object>>(Object.entries<Codec<object>>(members));
  const known = `one of ${names.join(", ")}`;
  const tagged = (name: unknown, value: object): T => ({ [tag]: name, ...value }) as T;
  const codecOf = (value: T, place: Place): Codec<object> => {
    if (!isObject(value)) place.refuse(value, "an object");
    return codecs.get(value[tag]) ?? place.refuse(value[tag], known);
  };
  return {
    minBytes: 4,
    read(from) {
      const index = from.u32();
      if (index >= names.length) from.refuse(index, `a member from 0 to ${names.length - 1}: ${known}`);
      return tagged(names[index], codecs.get(names[index])!.read(from));
    },
    write(to, value) {
      const codec = codecOf(value, to);
      to.u32(names.indexOf(value[tag] as string));
      codec.write(to, value);
    },
    fromJson(json, place) {
      const keys = isObject(json) ? Object.keys(json) : [json];
      const codec = keys.length === 1 ? codecs.get(keys[0]) : undefined;
      if (!codec) return place.refuse(isObject(json) ? keys.join(", ") : json, known);
      return tagged(keys[0], codec.fromJson(isObject(json) ? Object.values(json)[0] : undefined, place));
    },
    toJson(value, place) {
      const json = codecOf(value, place).toJson(value, place);
      return json === undefined ? value[tag] : { [value[tag] as string]: json };
    },
  };
}

/** A member of a union that carries nothing. */
export const unit: Codec<Record<never, never>> = {
  minBytes: 0,
  read: () => ({}),
  write: () => {},
  fromJson: (json, place) => json === undefined || json === null ? {} : place.refuse(json, "nothing"),
  toJson: () => undefined,
};

/** A member of a union that is one value without a name in the file, here the property `key`. */
export function only<K extends string, T>(key: K, codec: Codec<T>): Codec<{ [P in K]: T }> {
  return converted(codec, (value) => ({ [key]: value }) as { [P in K]: T }, (holder) => holder[key]);
}

/** A type that is written as another; the two functions convert and may refuse. */
export function converted<T, Raw>(
  raw: Codec<Raw>,
  decode: (value: Raw, place: Place) => T,
  encode: (value: T, place: Place) => Raw,
): Codec<T> {
  return {
    minBytes: raw.minBytes,
    read: (from) => decode(raw.read(from), from),
    write: (to, value) => raw.write(to, encode(value, to)),
    fromJson: (json, place) => decode(raw.fromJson(json, place), place),
    toJson: (value, place) => raw.toJson(encode(value, place), place),
  };
}

/** A type that holds itself; `get` is called when it is first needed. */
export function recursive<T>(minBytes: number, get: () => Codec<T>): Codec<T> {
  return {
    minBytes,
    read: (from) => get().read(from),
    write: (to, value) => get().write(to, value),
    fromJson: (json, place) => get().fromJson(json, place),
    toJson: (value, place) => get().toJson(value, place),
  };
}

/** A type that files can hold but that is not supported; `what` says so. */
export function unsupported<T>(what: string): Codec<T> {
  const refuse = (place: Place): never => place.fail(what);
  return { minBytes: 1, read: refuse, write: refuse, fromJson: (_, at) => refuse(at), toJson: (_, at) => refuse(at) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
