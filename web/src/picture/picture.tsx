import type { Ref } from 'react';
import { COLUMNS, type Way, type WayEdge, type WayNode } from './way.ts';

const NODE = { width: 168, height: 52, across: 66, down: 16 } as const;
/** Nodes of a column that are drawn; the table has all of them. */
const DRAWN = 14;

interface Placed extends WayNode {
  readonly x: number;
  readonly y: number;
}

interface Drawing {
  readonly nodes: readonly Placed[];
  readonly edges: readonly PlacedEdge[];
  readonly labels: readonly Label[];
  readonly width: number;
  readonly height: number;
}

interface PlacedEdge {
  readonly edge: WayEdge;
  readonly number: number;
  readonly from: Placed;
  readonly to: Placed;
}

interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly isRest: boolean;
}

const STEP = NODE.height + NODE.down;
const LABEL = 30;

/** Places the nodes in the columns that have any, each column in the middle. */
export function placeWay({ nodes, edges }: Way): Drawing {
  const used = COLUMNS.flatMap((names) => {
    const parts = names.flatMap((name) => {
      const own = nodes.filter(({ column }) => column === name);
      return own.length === 0 ? [] : [{ name, own }];
    });
    return parts.length === 0 ? [] : [parts];
  });
  const measure = (parts: (typeof used)[number]): number =>
    parts.reduce((sum, { own }) => sum + LABEL + Math.min(DRAWN, own.length) * STEP, 0);
  const height = Math.max(0, ...used.map(measure)) + 24;
  const [placed, labels]: [Placed[], Label[]] = [[], []];
  for (const [at, parts] of used.entries()) {
    const x = at * (NODE.width + NODE.across) + 8;
    let y = (height - 24 - measure(parts)) / 2 + 8;
    for (const { name, own } of parts) {
      labels.push({ text: name, x, y: y + 14, isRest: false });
      y += LABEL;
      for (const node of own.slice(0, DRAWN)) {
        placed.push({ ...node, x, y });
        y += STEP;
      }
      const rest = own.length - DRAWN;
      if (rest > 0)
        labels.push({ text: `and ${rest} more in the table`, x, y: y - 4, isRest: true });
    }
  }
  const byId = new Map(placed.map((node) => [node.id, node]));
  return {
    ...{ nodes: placed, labels, height },
    edges: edges.flatMap((edge, at) => {
      const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
      return from === undefined || to === undefined ? [] : [{ edge, number: at + 1, from, to }];
    }),
    width: used.length * (NODE.width + NODE.across) - NODE.across + 16,
  };
}

/** The way as a drawing; the table beside it has the same for people who do not see it. */
export function Picture({
  way,
  label,
  held,
}: {
  readonly way: Way;
  readonly label: string;
  readonly held: Ref<SVGSVGElement>;
}) {
  const { nodes, edges, labels, width, height } = placeWay(way);
  return (
    <svg
      ref={held}
      className="way"
      viewBox={`0 0 ${width} ${height}`}
      style={{ minInlineSize: `${Math.round(width * 0.72)}px`, maxInlineSize: `${width * 1.15}px` }}
      role="img"
      aria-label={label}
    >
      {labels.map(({ text, x, y, isRest }) => (
        <text key={`${text} ${x}`} x={x} y={y} className={isRest ? 'line' : 'column'}>
          {text}
        </text>
      ))}
      {edges.map(({ edge, number, from, to }) => (
        <EdgeLine key={`${edge.from} ${edge.to} ${number}`} {...{ edge, number, from, to }} />
      ))}
      {nodes.map((node) => (
        <g key={node.id} transform={`translate(${node.x} ${node.y})`}>
          <title>{`${node.column}: ${node.title} ${node.line}`}</title>
          <rect
            width={NODE.width}
            height={NODE.height}
            rx={8}
            className={`node ${node.column === 'Release' ? 'chief' : ''}`}
          />
          <text x={12} y={22} className="name">
            {cut(node.title, 19)}
          </text>
          <text x={12} y={40} className="line">
            {cut(node.line, 24)}
          </text>
        </g>
      ))}
    </svg>
  );
}

function EdgeLine({ edge, number, from, to }: PlacedEdge) {
  const [x1, y1] = [from.x + NODE.width, from.y + NODE.height / 2];
  const [x2, y2] = [to.x, to.y + NODE.height / 2];
  const bend = Math.min(60, (x2 - x1) / 2);
  const mark = { x: x2 - 20, y: y2 };
  return (
    <g className={`edge ${edge.standing}`}>
      <title>{`${number}. ${edge.what}: ${edge.by}`}</title>
      <path d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} />
      <circle cx={mark.x} cy={mark.y} r={9} />
      <text x={mark.x} y={mark.y + 3.5} className="number">
        {number}
      </text>
    </g>
  );
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** The drawing as a file of its own, with the colours of paper. */
export function formatPicture(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.removeAttribute('style');
  copy.setAttribute('width', String(svg.viewBox.baseVal.width));
  copy.setAttribute('height', String(svg.viewBox.baseVal.height));
  const style = document.createElementNS('http://www.w3.org/2000/svg', 'style');
  style.textContent = PAPER;
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

const PAPER = `text{font-family:system-ui,sans-serif;font-size:12px;fill:#1c2523}
.column{font-weight:600;fill:#56635f}.name{font-size:13px;font-weight:600}.line{font-size:11px;fill:#56635f}
.node{fill:#fff;stroke:#c3ccc9}.chief{stroke:#0b6b5d;stroke-width:2}
.edge path{fill:none;stroke:#8a6100;stroke-width:1.8;stroke-dasharray:4 4}.edge circle{fill:#fff;stroke:#8a6100}
.edge.signed path{stroke:#0b6b5d;stroke-dasharray:none}.edge.signed circle{stroke:#0b6b5d}
.edge.recorded path{stroke:#3f5f8a;stroke-dasharray:none}.edge.recorded circle{stroke:#3f5f8a}
.number{font-size:10px;text-anchor:middle}`;
