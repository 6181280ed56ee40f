/**
 * From strokes to the 28x28 greys that MNIST has: the digit as large as its twenty pixels, its centre of mass in the
 * middle.
 * @module
 */

/** A place on the paper, which is 28 units wide and high. */
export interface Point {
  /** From the left. */
  readonly x: number;
  /** From the top. */
  readonly y: number;
}

/** A line that was drawn without lifting the pencil. */
export type Stroke = readonly Point[];

/** Width and height of an image. */
export const SIDE = 28;
/** Half of the pencil's width. */
export const BRUSH = 1.35;
/** What MNIST's digits fit into. */
const BOX = 20;
/** A dot is not blown up to a digit. */
const MOST_ZOOM = 2;

/** Strokes as an image, where they were drawn: 784 numbers from 0 to 1. */
export function raster(strokes: readonly Stroke[]): Float32Array<ArrayBuffer> {
  const image = new Float32Array(SIDE * SIDE);
  for (const stroke of strokes) {
    stroke.forEach((point, at) => ink(image, stroke[Math.max(0, at - 1)], point));
  }
  return image;
}

/** Strokes as the network is to see them: scaled and moved as MNIST's digits were. */
export function centred(strokes: readonly Stroke[]): Float32Array<ArrayBuffer> {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(SIDE * SIDE);
  const xs = points.map(({ x }) => x), ys = points.map(({ y }) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const zoom = Math.min(MOST_ZOOM, (BOX - 2 * BRUSH) / Math.max(right - left, bottom - top, 1e-6));
  const middle = SIDE / 2;
  const moved = (dx: number, dy: number) =>
    strokes.map((stroke) =>
      stroke.map(({ x, y }) => ({
        x: (x - (left + right) / 2) * zoom + middle + dx,
        y: (y - (top + bottom) / 2) * zoom + middle + dy,
      }))
    );
  const { x, y } = mass(raster(moved(0, 0)));
  return raster(moved(middle - x, middle - y));
}

/** The centre of mass of an image; the middle of an empty one. */
export function mass(image: Float32Array): Point {
  let sum = 0, x = 0, y = 0;
  image.forEach((grey, at) => {
    sum += grey;
    x += grey * (at % SIDE + 0.5);
    y += grey * (Math.floor(at / SIDE) + 0.5);
  });
  return sum === 0 ? { x: SIDE / 2, y: SIDE / 2 } : { x: x / sum, y: y / sum };
}

/** Blackens what is nearer to a segment than the brush, with a soft edge of a pixel. */
function ink(image: Float32Array, from: Point, to: Point): void {
  const reach = BRUSH + 1;
  const [x0, x1] = range(from.x, to.x, reach), [y0, y1] = range(from.y, to.y, reach);
  const dx = to.x - from.x, dy = to.y - from.y, length = dx * dx + dy * dy;
  for (let row = y0; row <= y1; row++) {
    for (let column = x0; column <= x1; column++) {
      const px = column + 0.5 - from.x, py = row + 0.5 - from.y;
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      const grey = BRUSH + 0.5 - Math.hypot(px - along * dx, py - along * dy);
      const at = row * SIDE + column;
      image[at] = Math.max(image[at], Math.min(1, grey));
    }
  }
}

function range(a: number, b: number, reach: number): [number, number] {
  return [Math.max(0, Math.floor(Math.min(a, b) - reach)), Math.min(SIDE - 1, Math.ceil(Math.max(a, b) + reach))];
}
