/**
 * What somebody sees who opens the hub's address in a browser.
 * @module
 */

const TEXT = `This is a zkgrad hub: it takes a neural network as ONNX, makes its zero-knowledge circuit
and keys, and proves what the network computes of inputs.

POST /graphql                GraphQL, with an API key in the header API-Key; files as the
                             GraphQL multipart request specification has them
GET  /artifacts/ID/FILE      settings.json, key.vk, verifier.sol, verifier.json and others; API key
GET  /proofs/ID/FILE         test.pf, witness.json; API key
GET  /hub.html               the same for people, where the page is built: deno task page
GET  /healthz, /readyz       for probes
GET  /metrics                for Prometheus
`;

/** A page of plain text. */
export function welcome(): Response {
  return new Response(TEXT, { headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
