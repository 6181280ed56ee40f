/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What the network sees of the drawing: 28x28 pixels, moved to the middle.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { image } from "./drawing.ts";
import { SIDE } from "./raster.ts";

/** A small picture of it. */
export function Seen(): JSX.Element {
  const path = Array.from(image.value).flatMap((grey, at) =>
    grey < 0.1 ? [] : [`M${at % SIDE} ${Math.floor(at / SIDE)}h1v1h-1z`]
  );
  return (
    <figure class="seen">
      <svg viewBox="0 0 28 28" role="img" aria-label="The drawing as the network sees it, 28 by 28 pixels">
        <path d={path.join("")} />
      </svg>
      <figcaption>What the network sees</figcaption>
    </figure>
  );
}
