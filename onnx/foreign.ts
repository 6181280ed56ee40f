/**
 * What a file is that was taken for an ONNX file: a sentence that says so helps more
 * than the byte at which protobuf stopped to make sense.
 * @module
 */

/** Beginnings of files that are taken for ONNX files, as bytes in Latin-1, and what to do instead. */
const BEGINNINGS: readonly (readonly [beginning: RegExp, what: string])[] = [
  [
    /^version https:\/\/git-lfs/,
    "is a Git LFS pointer, a text that stands for the file; fetch the file itself with: git lfs pull",
  ],
  [
    /^PK[^ -~]{2}/,
    "is a zip archive, as torch.save() and Keras write them; load it there and export it, in PyTorch with torch.onnx.export()",
  ],
  [/^\x89HDF/, "is an HDF5 file, as Keras writes them; convert it with tf2onnx"],
  [/^.{4}TFL3/s, "is a TensorFlow Lite model; convert it with tf2onnx"],
  [/^.{8}\{"/s, "is a safetensors file, which holds weights and no network; export the network with its weights"],
  [
    /^\s*<(!doctype|html|\?xml)/i,
    "is a web page; download the file itself, which may need the address of its raw form",
  ],
  [/^\s*\{/, "is a JSON text; expected the bytes of an ONNX file"],
  [/^\x89PNG/, "is a PNG image; expected the bytes of an ONNX file"],
];

/** What some bytes are instead of an ONNX file, as the rest of a sentence about the file; null where that is not known. */
export function foreignFile(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return "is empty, expected an ONNX file; export or download it again";
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  return BEGINNINGS.find(([beginning]) => beginning.test(text))?.[1] ?? null;
}
