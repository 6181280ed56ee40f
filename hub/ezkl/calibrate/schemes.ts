/**
 * The circuits that a fidelity calibration weighs.
 * @module
 */
import type { Network } from "../network/network.ts";
import type { Scheme } from "../network/scheme.ts";
import type { LabelledSamples } from "./labelled_samples.ts";

/** What is varied. */
export interface SchemeGrid {
  /** Scales at which tables get their inputs. Default: 8. */
  tableScales?: readonly number[];
  /** Bits that values lose before a layer. Default: 2, 3, 4, 5. */
  dropBits?: readonly number[];
  /** Magnitudes below which a weight may become 0. Default: 0, 1/8, 1/4, 3/8. */
  deadZones?: readonly number[];
}

/** Every combination to be tried: inputs that are whole numbers in all samples stay so, and bits are held to bits. */
export function schemesOf(
  { nodes, inputs }: Network,
  samples: LabelledSamples,
  { tableScales = [8], dropBits = [2, 3, 4, 5], deadZones = [0, 1 / 8, 1 / 4, 3 / 8] }: SchemeGrid,
): [scheme: Scheme, deadZone: number][] {
  const all = (test: (value: number) => boolean) => samples.inputs.every((values) => values.every(test));
  const whole = all(Number.isInteger) || inputs.every((place) => {
    const { op } = nodes[place];
    return op.type === "Input" && ["Int", "Bool", "TDim"].includes(op.datumType);
  });
  const binaryInputs = all((value) => value === 0 || value === 1);
  return tableScales.flatMap((tableScale) =>
    dropBits.flatMap((bits) =>
      deadZones.map((deadZone): [Scheme, number] => {
        const inputScale = whole ? 0 : Math.floor(tableScale / 2);
        return [{ inputScale, tableScale, dropBits: bits, outputScale: bits, binaryInputs }, deadZone];
      })
    )
  );
}
