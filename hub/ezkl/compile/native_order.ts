/**
 * The order in which EZKL runs a network, and so the order of a circuit's keys.
 * @module
 */
import type { Network } from "../network/network.ts";

/**
 * The network without what its results do not need, each node right before the
 * first that reads it: of a node's operands first those that are computed, then
 * inputs and constants. Inputs that nothing reads come last.
 */
export function inNativeOrder(network: Network): Network {
  const { nodes, inputs, outputs, outputTypes } = network;
  const order: number[] = [];
  const done = new Set<number>();
  for (const output of outputs) {
    const stack: [place: number, next: number][] = [[output, 0]];
    while (stack.length > 0) {
      const [place, next] = stack.at(-1)!;
      const operands = nodes[place].inputs;
      const isSource = (operand: number) => nodes[operand].inputs.length === 0;
      const sorted = [...operands.filter((operand) => !isSource(operand)), ...operands.filter(isSource)];
      if (done.has(place)) stack.pop();
      else if (next < sorted.length) {
        stack.at(-1)![1]++;
        stack.push([sorted[next], 0]);
      } else {
        stack.pop();
        done.add(place);
        order.push(place);
      }
    }
  }
  order.push(...inputs.filter((place) => !done.has(place)));
  const places = new Map(order.map((place, index) => [place, index]));
  const move = (old: readonly number[]) => old.map((place) => places.get(place)!);
  return {
    nodes: order.map((place) => ({ ...nodes[place], inputs: move(nodes[place].inputs) })),
    inputs: move(inputs),
    outputs: move(outputs),
    outputTypes,
  };
}
