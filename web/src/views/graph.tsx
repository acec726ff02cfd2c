import { useEffect, useMemo, useState } from 'react';
import { type Asked, type AskFailure, ask, type Fields, toAskFailure } from '../api/ask.ts';
import { useToken } from '../api/token.ts';
import { GraphCanvas } from '../graph/canvas.tsx';
import { formatGraph, LEGEND } from '../graph/draw.ts';
import {
  addExposure,
  addFindings,
  addOwners,
  addProvenance,
  addRadius,
  addWhere,
  EMPTY,
  type Graph,
  GraphBuilder,
  type GraphNode,
  NODES_MAX,
} from '../graph/graph.ts';
import { type PlacedNode, placeGraph } from '../graph/layout.ts';
import { formatCsv, saveFile } from '../parts/export.tsx';
import { To } from '../parts/link.tsx';
import { SignIn } from '../parts/sign-in.tsx';
import { Refusal } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';

/** Pages of the estate that are read at first; more on demand. */
const PAGES = 12;
const ROWS = '1000';

/** The graph itself: what runs, what it was made from, and from each node on what is beside it. */
export function GraphView({ fields }: { readonly fields: Fields }) {
  const token = useToken();
  const [graph, setGraph] = useState<Graph>(EMPTY);
  const [chosen, setChosen] = useState<number | null>(null);
  const [waiting, wait] = useState(true);
  const [said, say] = useState('');
  const [failure, setFailure] = useState<AskFailure | null>(null);
  const key = JSON.stringify([fields, token]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key has the fields
  useEffect(() => {
    const controller = new AbortController();
    wait(true);
    setFailure(null);
    readFirst(fields, controller.signal).then(
      ({ built, isWhole }) => {
        if (controller.signal.aborted) return;
        setGraph(built);
        say(isWhole ? '' : 'There is more than is shown: narrow it by a cluster or a name.');
        wait(false);
      },
      (thrown: unknown) => {
        if (controller.signal.aborted) return;
        setFailure(toAskFailure(thrown));
        wait(false);
      },
    );
    return () => controller.abort();
  }, [key]);
  const placed = useMemo(() => placeGraph(graph), [graph]);
  const node = chosen === null ? undefined : placed.nodes[chosen];
  const expand = (from: GraphNode): void => {
    wait(true);
    expandNode(graph, from, fields).then(
      (more) => {
        setChosen(null);
        const added = more.nodes.size - graph.nodes.size;
        setGraph(more);
        say(added === 0 ? `Nothing more is known of ${from.name}.` : `${added} added.`);
        wait(false);
      },
      (thrown: unknown) => {
        say(toAskFailure(thrown).message);
        wait(false);
      },
    );
  };
  if (failure !== null)
    return failure.code === 'UNAUTHORISED' || failure.code === 'ROLE_MISSING' ? (
      <SignIn why={failure} />
    ) : (
      <Refusal failure={failure} />
    );
  const counts = `${placed.nodes.length} nodes, ${placed.edges.length} edges`;
  return (
    <>
      <h1>The graph</h1>
      <p className="quiet">
        {counts}. Drag or use the arrow keys to move, <kbd>+</kbd> and <kbd>-</kbd> to zoom,{' '}
        <kbd>0</kbd> to see all. The table below has the same.
      </p>
      {waiting && (
        <p role="status" className="waiting">
          Asking …
        </p>
      )}
      <div className="tools">
        <button
          type="button"
          onClick={() => {
            const { headers, rows } = listTexts(COLUMNS, placed.nodes);
            saveFile('graph.csv', 'text/csv', formatCsv(headers, rows));
          }}
        >
          CSV
        </button>
        <button
          type="button"
          onClick={() =>
            saveFile('graph.json', 'application/json', `${JSON.stringify(toJson(graph))}\n`)
          }
        >
          JSON
        </button>
        <button
          type="button"
          onClick={() => saveFile('graph.svg', 'image/svg+xml', formatGraph(placed))}
        >
          SVG
        </button>
        <span role="status" className="quiet">
          {said}
        </span>
      </div>
      <GraphCanvas
        {...{ graph: placed, chosen, choose: setChosen }}
        label={`The graph: ${counts}; the table below lists them`}
      />
      <ul className="legend" aria-label="Colours">
        {LEGEND.map(({ kind, colour }) => (
          <li key={kind}>
            <span style={{ backgroundColor: colour }} aria-hidden="true" /> {kind}
          </li>
        ))}
      </ul>
      {node !== undefined && (
        <section className="chosen" aria-live="polite">
          <h2>
            {node.kind} {node.name}
          </h2>
          <NodeTools node={node} expand={expand} />
        </section>
      )}
      <Table
        caption="Every node, with the number of its neighbours"
        columns={[
          ...COLUMNS,
          {
            title: 'Go on',
            text: () => '',
            show: (row) => <NodeTools node={row} expand={expand} />,
          },
        ]}
        rows={placed.nodes}
        none="Nothing is recorded yet."
        shown={50}
      />
    </>
  );
}

const COLUMNS: readonly Column<PlacedNode>[] = [
  { title: 'Kind', text: ({ kind }) => kind },
  { title: 'Name', text: ({ name }) => name, show: ({ name }) => <span>{name}</span> },
  { title: 'Neighbours', text: ({ degree }) => String(degree) },
];

function NodeTools({
  node,
  expand,
}: {
  readonly node: GraphNode;
  readonly expand: (node: GraphNode) => void;
}) {
  return (
    <span className="go-on">
      <button type="button" onClick={() => expand(node)} aria-label={`Expand ${node.name}`}>
        Expand
      </button>{' '}
      {node.opens !== null && (
        <To ask={node.opens.ask} fields={node.opens.fields}>
          Open
        </To>
      )}
    </span>
  );
}

function toJson({ nodes, edges }: Graph): object {
  return { nodes: [...nodes.values()].map(({ id, kind, name }) => ({ id, kind, name })), edges };
}

/** What the address names; without a name, everything that runs and who owns it. */
async function readFirst(
  fields: Fields,
  signal: AbortSignal,
): Promise<{ readonly built: Graph; readonly isWhole: boolean }> {
  const graph = new GraphBuilder();
  const { vulnerability, component, asOf, knownAt, cluster } = fields;
  const time = {
    ...(asOf === undefined ? {} : { asOf }),
    ...(knownAt === undefined ? {} : { knownAt }),
  };
  if (vulnerability !== undefined || component !== undefined) {
    const chief =
      vulnerability !== undefined
        ? graph.add('vulnerability', vulnerability, { ask: 'exposure', fields: { vulnerability } })
        : graph.add('component', component ?? '', null);
    const built = await expandNode(graph.build(), findChief(graph, chief), fields);
    return { built, isWhole: built.nodes.size < NODES_MAX };
  }
  let after: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const place = cluster === undefined ? {} : { cluster };
    const query: Fields = {
      ...{ ...time, ...place, limit: ROWS },
      ...(after === null ? {} : { after }),
    };
    const { answer }: Asked<'where'> = await ask('where', query, signal);
    addWhere(graph, answer);
    after = answer.next;
    if (after === null || graph.isFull) break;
  }
  const { answer } = await ask('owners', { limit: ROWS, ...time }, signal);
  addOwners(graph, answer);
  return { built: graph.build(), isWhole: after === null && !graph.isFull };
}

function findChief(graph: GraphBuilder, id: string): GraphNode {
  const found = graph.build().nodes.get(id);
  if (found === undefined) throw new Error('a node that was just added');
  return found;
}

/** The graph with what a node leads to. */
async function expandNode(before: Graph, node: GraphNode, fields: Fields): Promise<Graph> {
  const graph = new GraphBuilder(before);
  const { asOf } = fields;
  const page = { limit: ROWS, ...(asOf === undefined ? {} : { asOf }) };
  const { kind, name, id } = node;
  switch (kind) {
    case 'vulnerability':
      addExposure(graph, name, (await ask('exposure', { ...page, vulnerability: name })).answer);
      break;
    case 'release':
      addProvenance(graph, name, (await ask('provenance', { subject: name })).answer);
      addFindings(graph, id, (await ask('findings', { subject: name, limit: ROWS })).answer);
      break;
    case 'image':
      addFindings(graph, id, (await ask('findings', { subject: name, limit: ROWS })).answer);
      break;
    case 'component':
    case 'commit':
    case 'builder':
    case 'person':
      addRadius(graph, id, (await ask('blast-radius', { ...page, [kind]: name })).answer);
      break;
    case 'owner':
      addOwners(graph, (await ask('owners', { limit: ROWS, owner: name })).answer);
      break;
    case 'cluster':
      addWhere(graph, (await ask('where', { ...page, cluster: name })).answer);
      break;
    case 'namespace':
    case 'workload': {
      const [cluster = '', namespace = ''] = name.split('/');
      addWhere(graph, (await ask('where', { ...page, cluster, namespace })).answer);
    }
  }
  return graph.build();
}
