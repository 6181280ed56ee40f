/**
 * What a drawing comes to. It stands apart so that its type asks for none of the drawing libraries.
 * @module
 */

/** A picture in two formats. */
export interface Figure {
  /** The drawing as text; its font is Lato, with common fonts named after it. */
  svg: string;
  /** The drawing as PNG, two pixels for each unit of the SVG. */
  png: Uint8Array<ArrayBuffer>;
}
