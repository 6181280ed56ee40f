/**
 * Giving a file to the visitor.
 * @module
 */

/** Has the browser save it. */
export function save(name: string, content: Uint8Array<ArrayBuffer> | string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // Not at once: the download begins when this has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
