/** A part of a multipart body, as bytes. */
export interface RawPart {
  headers: string[];
  body: Uint8Array<ArrayBuffer> | string;
}

const encoder = new TextEncoder();

/** A form's field. */
export function field(name: string, body: string): RawPart {
  return { headers: [`Content-Disposition: form-data; name="${name}"`], body };
}

/** A form's file. */
export function file(name: string, body: Uint8Array<ArrayBuffer> | string, filename = name): RawPart {
  return {
    headers: [
      `Content-Disposition: form-data; name="${name}"; filename="${filename}"`,
      "Content-Type: application/octet-stream",
    ],
    body,
  };
}

/** Parts as a body. */
export function bodyOf(parts: readonly RawPart[], boundary: string, newline = "\r\n"): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for (const { headers, body } of parts) {
    pieces.push(
      encoder.encode(`--${boundary}${newline}${headers.map((line) => `${line}${newline}`).join("")}${newline}`),
    );
    pieces.push(typeof body === "string" ? encoder.encode(body) : body, encoder.encode(newline));
  }
  pieces.push(encoder.encode(`--${boundary}--${newline}`));
  return joined(pieces);
}

/** Pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
