import { type Graph, type GraphNode, KINDS } from './graph.ts';

export interface PlacedNode extends GraphNode {
  readonly x: number;
  readonly y: number;
  readonly degree: number;
}

export interface PlacedGraph {
  readonly nodes: readonly PlacedNode[];
  /** Numbers of the nodes. */
  readonly edges: readonly (readonly [number, number])[];
  readonly width: number;
  readonly height: number;
}

const COLUMN = 240;
const ROW = 26;
/** Rows of a column side by side, so that a large one stays near its neighbours. */
const ROWS_MAX = 140;
const SWEEPS = 3;

/**
 * One column for each kind, each node at the height of its neighbours: a few passes over the edges,
 * whatever the size, and the same picture each time.
 */
export function placeGraph({ nodes, edges }: Graph): PlacedGraph {
  const all = [...nodes.values()];
  const numbers = new Map(all.map(({ id }, at) => [id, at]));
  const linked = edges.flatMap(([from, to]): (readonly [number, number])[] => {
    const [one, other] = [numbers.get(from), numbers.get(to)];
    return one === undefined || other === undefined ? [] : [[one, other]];
  });
  const near: number[][] = all.map(() => []);
  for (const [one, other] of linked) {
    near[one]?.push(other);
    near[other]?.push(one);
  }
  const columns = KINDS.map((kind) =>
    all.flatMap((node, at) => (node.kind === kind ? [at] : [])),
  ).filter((column) => column.length > 0);
  const heights = new Float64Array(all.length);
  for (const column of columns) spread(column, heights);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed()) {
      const wanted = column.map(
        (at) => [at, average(near[at] ?? [], heights, heights[at] ?? 0)] as const,
      );
      wanted.sort((one, other) => one[1] - other[1] || one[0] - other[0]);
      spread(
        wanted.map(([at]) => at),
        heights,
      );
    }
  return place(all, columns, { heights, near, linked });
}

/** Evenly from 0 to 1, in this order. */
function spread(column: readonly number[], heights: Float64Array): void {
  for (const [row, at] of column.entries()) heights[at] = (row + 0.5) / column.length;
}

function average(numbers: readonly number[], heights: Float64Array, otherwise: number): number {
  if (numbers.length === 0) return otherwise;
  return numbers.reduce((sum, at) => sum + (heights[at] ?? 0), 0) / numbers.length;
}

function place(
  all: readonly GraphNode[],
  columns: readonly (readonly number[])[],
  parts: {
    readonly heights: Float64Array;
    readonly near: readonly (readonly number[])[];
    readonly linked: readonly (readonly [number, number])[];
  },
): PlacedGraph {
  const rows = Math.min(ROWS_MAX, Math.max(1, ...columns.map((column) => column.length)));
  const height = rows * ROW;
  const placed: (PlacedNode | undefined)[] = all.map(() => undefined);
  let left = 0;
  for (const column of columns) {
    const sorted = column.toSorted(
      (one, other) => (parts.heights[one] ?? 0) - (parts.heights[other] ?? 0),
    );
    const lanes = Math.ceil(sorted.length / rows);
    for (const [order, at] of sorted.entries()) {
      const node = all[at];
      if (node === undefined) continue;
      const x = left + (order % lanes) * (COLUMN / 2);
      const y = ((Math.floor(order / lanes) + 0.5) * height) / Math.ceil(sorted.length / lanes);
      placed[at] = { ...node, x, y, degree: parts.near[at]?.length ?? 0 };
    }
    left += COLUMN + (lanes - 1) * (COLUMN / 2);
  }
  const nodes = placed.flatMap((node) => node ?? []);
  return { nodes, edges: parts.linked, width: left, height };
}
