/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * Pictures of test digits that the network answers wrongly.
 * @module
 */
import { useEffect, useRef } from "npm:preact@10.29.8/hooks";
import type { Mistake } from "./news.ts";

/** The gallery; nothing where there are none. */
export function Mistakes({ mistakes }: { readonly mistakes: readonly Mistake[] }) {
  if (mistakes.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="mistakes-title">
      <h2 id="mistakes-title">What it gets wrong</h2>
      <ul class="mistakes">
        {mistakes.map((mistake, index) => (
          <li key={index}>
            <Picture pixels={mistake.pixels} />
            <span>
              {mistake.label} <span aria-hidden="true">→</span>
              <span class="hidden">taken for a</span> <b>{mistake.said}</b>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** 28 by 28 pixels. */
function Picture({ pixels }: { readonly pixels: Uint8Array }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = ref.current!.getContext("2d")!, side = Math.sqrt(pixels.length);
    const image = context.createImageData(side, side);
    // White ink on black paper as MNIST has it, in every scheme.
    pixels.forEach((pixel, at) => image.data.set([255 * pixel, 255 * pixel, 255 * pixel, 255], 4 * at));
    context.putImageData(image, 0, 0);
  }, [pixels]);
  return <canvas ref={ref} width="28" height="28" aria-hidden="true" />;
}
