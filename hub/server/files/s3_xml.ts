/**
 * What the hub reads of S3's answers, which are flat XML: the texts of elements by name.
 * @module
 */

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** What stands inside each element of this name, as XML. Elements of one name must not lie in one another. */
export function elements(xml: string, name: string): string[] {
  const pattern = new RegExp(`<${name}(?:\\s[^<>]*)?(?:/>|>([\\s\\S]*?)</${name}\\s*>)`, "g");
  return [...xml.matchAll(pattern)].map(([, inside]) => inside ?? "");
}

/** The text of the first element of this name, or undefined where there is none. */
export function elementText(xml: string, name: string): string | undefined {
  return elements(xml, name)[0]?.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, named) => {
    if (named !== undefined) return NAMED[named] ?? whole;
    return String.fromCodePoint(decimal === undefined ? parseInt(hex, 16) : Number(decimal));
  });
}
