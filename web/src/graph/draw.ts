import { KINDS, type NodeKind } from './graph.ts';
import type { PlacedGraph, PlacedNode } from './layout.ts';

/** What of the picture is seen: the point in the middle, and how large it is. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Colours that hold on light and dark ground. */
const COLOURS: Readonly<Record<NodeKind, string>> = {
  person: '#7a5ea8',
  commit: '#5b6fb5',
  builder: '#3f7fa6',
  owner: '#2f8f8a',
  release: '#0b8a6d',
  component: '#7d8a2e',
  vulnerability: '#c0392b',
  image: '#b7791f',
  workload: '#a0632f',
  namespace: '#8a5a5a',
  cluster: '#5f6b6b',
};

/** The camera that shows the whole picture. */
export function fitCamera({ width, height }: PlacedGraph, size: Size): Camera {
  const scale = Math.min(size.width / (width + 80), size.height / (height + 60), 1.4);
  return { x: width / 2, y: height / 2, scale: Math.max(scale, 0.02) };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const EDGES_DRAWN_MAX = 30_000;
const LABELS_FROM = 0.55;
const LABELS_MAX = 400;

/** Draws what is in view: one path for all edges, so that ten thousand of them cost one stroke. */
export function drawGraph(
  context: CanvasRenderingContext2D,
  graph: PlacedGraph,
  { camera, size, chosen, ink }: DrawOptions,
): void {
  const { x, y, scale } = camera;
  const toScreen = (node: PlacedNode): readonly [number, number] => [
    (node.x - x) * scale + size.width / 2,
    (node.y - y) * scale + size.height / 2,
  ];
  context.clearRect(0, 0, size.width, size.height);
  context.lineWidth = Math.max(0.4, Math.min(1, scale));
  context.strokeStyle = ink;
  context.globalAlpha = 0.22;
  context.beginPath();
  for (const [from, to] of graph.edges.slice(0, EDGES_DRAWN_MAX))
    addLine(context, graph, toScreen, from, to, size);
  context.stroke();
  if (chosen !== null) {
    context.globalAlpha = 0.9;
    context.beginPath();
    for (const [from, to] of graph.edges)
      if (from === chosen || to === chosen) addLine(context, graph, toScreen, from, to, size);
    context.stroke();
  }
  context.globalAlpha = 1;
  const radius = Math.max(1.6, Math.min(7, 6 * scale));
  let labels = 0;
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const [at, node] of graph.nodes.entries()) {
    const [left, top] = toScreen(node);
    if (left < -200 || top < -20 || left > size.width + 20 || top > size.height + 20) continue;
    context.fillStyle = COLOURS[node.kind];
    context.fillRect(left - radius, top - radius, 2 * radius, 2 * radius);
    if (at === chosen) {
      context.lineWidth = 2;
      context.strokeRect(left - radius - 3, top - radius - 3, 2 * radius + 6, 2 * radius + 6);
    }
    if (at !== chosen && (scale < LABELS_FROM || labels >= LABELS_MAX)) continue;
    labels++;
    context.fillStyle = ink;
    context.fillText(shorten(node.name), left + radius + 4, top);
  }
}

interface DrawOptions {
  readonly camera: Camera;
  readonly size: Size;
  readonly chosen: number | null;
  readonly ink: string;
}

function addLine(
  context: CanvasRenderingContext2D,
  { nodes }: PlacedGraph,
  toScreen: (node: PlacedNode) => readonly [number, number],
  from: number,
  to: number,
  { width, height }: Size,
): void {
  const [one, other] = [nodes[from], nodes[to]];
  if (one === undefined || other === undefined) return;
  const [x1, y1] = toScreen(one);
  const [x2, y2] = toScreen(other);
  if (Math.max(x1, x2) < 0 || Math.min(x1, x2) > width) return;
  if (Math.max(y1, y2) < 0 || Math.min(y1, y2) > height) return;
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
}

/** The node at a point of the screen; null where there is none. */
export function findNode(
  { nodes }: PlacedGraph,
  { x, y, scale }: Camera,
  size: Size,
  point: readonly [number, number],
): number | null {
  let best: number | null = null;
  let nearest = 14;
  for (const [at, node] of nodes.entries()) {
    const left = (node.x - x) * scale + size.width / 2 - point[0];
    const top = (node.y - y) * scale + size.height / 2 - point[1];
    const distance = Math.hypot(left, top);
    if (distance < nearest) [best, nearest] = [at, distance];
  }
  return best;
}

export function shorten(name: string): string {
  const bare = name.startsWith('sha256:') ? name.slice(0, 19) : name;
  return bare.length > 34 ? `${bare.slice(0, 33)}…` : bare;
}

/** The picture as a file, whole; text of evidence stays text. */
export function formatGraph(graph: PlacedGraph): string {
  const lines = graph.edges.slice(0, EDGES_DRAWN_MAX).flatMap(([from, to]) => {
    const [one, other] = [graph.nodes[from], graph.nodes[to]];
    return one === undefined || other === undefined
      ? []
      : [`M${round(one.x)} ${round(one.y)}L${round(other.x)} ${round(other.y)}`];
  });
  const nodes = graph.nodes.map(
    ({ x, y, kind, name }) =>
      `<g><title>${escapeText(`${kind}: ${name}`)}</title><rect x="${round(x - 4)}" y="${round(y - 4)}" ` +
      `width="8" height="8" fill="${COLOURS[kind]}"/><text x="${round(x + 8)}" y="${round(y + 4)}" ` +
      `font-size="11">${escapeText(shorten(name))}</text></g>`,
  );
  const [width, height] = [graph.width + 240, graph.height + 40].map(round);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -20 ${width} ${height}" ` +
    `font-family="system-ui,sans-serif"><path d="${lines.join('')}" fill="none" stroke="#8a9794" ` +
    `stroke-width="0.6"/>${nodes.join('')}</svg>\n`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  const named = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return named.replaceAll('"', '&quot;').replaceAll(/\p{Cc}/gu, ' ');
}

export const LEGEND = KINDS.map((kind) => ({ kind, colour: COLOURS[kind] }));
