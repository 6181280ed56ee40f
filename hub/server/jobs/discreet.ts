/**
 * Sentences without values. Inputs are private, and what goes wrong with one is told in a sentence that is kept in plain:
 * in its record, in the log. So a number stays in such a sentence only where it is known to say nothing of an input: a
 * place, a count, a shape, a setting of the circuit. Every other one goes, those of sentences that nobody thought of
 * here too.
 * @module
 */

/** What stands in a value's place. */
const GONE = "…";

/** Whole numbers as in a shape. */
const LIST = String.raw`\[[\d, ]*\]`;

/** Parts of sentences that keep their numbers. */
const KEPT = new RegExp(
  [
    // Where.
    String.raw`\binput_data(?:\[\d+\])?`,
    String.raw`\b(?:element|sample|input|output|list|node|axis|result) \d+(?=[ ,;:)]|$)`,
    // How many.
    String
      .raw`\b\d+ (?:elements|lists|numbers|samples|inputs|outputs|combinations|circuits|digits|bits|bytes|cells|blocks|axes|hexadecimal)\b`,
    String.raw`\b(?:more than|at most|expected|a multiple of|compares \D{0,60} on) \d+\b(?![.^]\d)`,
    String.raw`\bcalibration input has \d+`,
    String.raw`\bshapes? ${LIST}(?: and ${LIST})?`,
    String.raw`\b(?:rows of|have|expected) ${LIST}`,
    String.raw`\bof ${LIST} elements`,
    // The circuit's own: its settings are public.
    String.raw`\b(?:scale|base|logrows|legs|k =) -?\d+(?=[ ,;:).]|$)`,
    String.raw`\bscaleRebaseMultiplier of \d+`,
    String.raw`\brun arguments ask for [a-z]\w* -?\d+(?=,)`,
    String.raw`\bleave it at EZKL's -?\d+(?=,)`,
    String.raw`\blookupRange -?\d+ to -?\d+`,
    String.raw`\bholds? -?\d+(?: to -?\d+)?`,
    String.raw`\b2\^\d+`,
    String.raw`\b\d+-bit\b`,
    String.raw`\b(?:EZKL|engine) \d+\b`,
    // The hub's own, and shares of many samples.
    String.raw`\b\d+(?:\.\d+)? ?(?:GiB|MB|%)`,
    String.raw`\{"input_data": \[\[0\.5(?:, 1\.0)?\]\]\}`,
  ].join("|"),
  "g",
);

/** A number that is no part of a name. */
const NUMBER =
  /(?<![\w.])[-+]?(?:0x[\da-f]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?n?)(?![\w])|(?<!\w)-?(?:Infinity|NaN)\b/gi;

/** A field element in hexadecimal. */
const ELEMENT = /\b(?:0x)?[\da-f]{16,}\b/gi;

/** A sentence without any value that may be of an input. */
export function withoutValues(sentence: string): string {
  const plain = sentence
    // What a parser quotes.
    .replace(/( is not JSON): .*$/s, "$1")
    .replace(/ is (?:the text )?"(?:[^"\\]|\\.)*"/g, " is something else")
    .replace(/(input_data(?:\[\d+\])? in [^,;]*?) is [[{].*, expected/s, "$1 is something else, expected");
  let told = "", at = 0;
  for (const { 0: kept, index } of plain.matchAll(KEPT)) {
    told += masked(plain.slice(at, index)) + kept;
    at = index + kept.length;
  }
  return told + masked(plain.slice(at));
}

function masked(text: string): string {
  return text.replace(ELEMENT, GONE).replace(NUMBER, GONE);
}

/**
 * Does what works with a private input. Errors that come out of it, of whatever kind, have no value in their message, in
 * their stack, or in a cause.
 */
export async function discreetly<T>(body: () => Promise<T> | T): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw withoutValuesIn(error);
  }
}

function withoutValuesIn(error: unknown): unknown {
  // Why something was ended says nothing of an input, and cannot be written to.
  if (error instanceof DOMException || !(error instanceof Error)) return error;
  const { message, stack } = error;
  error.message = withoutValues(message);
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  delete error.cause;
  return error;
}
