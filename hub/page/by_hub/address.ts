/**
 * Which hubs the page may speak to, and whether one serves it.
 * @module
 */

/** Names of this machine, to which the page may speak in plain text. */
const HERE = ["localhost", "127.0.0.1"];

/** Why this is no address that a drawing may go to, as a sentence; null where it is one. */
export function addressProblem(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    return "This is no address; write the hub's, such as https://hub.example.org.";
  }
  if (url.protocol === "https:" || url.origin === location.origin || HERE.includes(url.hostname)) return null;
  return `${url.host} would be sent the key and the drawing for everybody on the way to read; write an address with https://. ` +
    "Only this machine, and the hub that serves this page, are asked by http://.";
}

let own: Promise<string | null> | null = null;

/** The address of the hub that serves this page; null where another host does. Asked once. */
export function ownHub(): Promise<string | null> {
  return own ??= (async () => {
    const address = new URL("./", location.href);
    try {
      const answer = await fetch(address, { headers: { accept: "text/plain" } });
      return /^This is a zkgrad hub\b/.test(await answer.text()) ? address.href.replace(/\/$/, "") : null;
    } catch {
      return null; // without a connection there is none
    }
  })();
}
