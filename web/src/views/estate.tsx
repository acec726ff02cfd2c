import type { Fields } from '../api/ask.ts';
import { type Pages, usePages } from '../api/pages.ts';
import type { Answers } from '../generated/answers.ts';
import { Evidence, formatEvidence } from '../parts/evidence.tsx';
import { Tools } from '../parts/export.tsx';
import { Bars, Figures } from '../parts/figures.tsx';
import { Cluster, ImageLink, Moment, ReleaseLink, To } from '../parts/link.tsx';
import { More } from '../parts/more.tsx';
import { Answered } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';
import { Undigested } from '../parts/undigested.tsx';
import { Unseen } from '../parts/unseen.tsx';
import { groupBy } from '../text.ts';

type Running = Answers['where']['deployments'][number];

/** What runs where: of a subject, an owner or a place, or of everything. */
export function EstateView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('where', fields);
  return (
    <>
      <h1>{nameEstate(fields)}</h1>
      <Answered loaded={loaded}>{(pages) => <Whole pages={pages} fields={fields} />}</Answered>
    </>
  );
}

function nameEstate({ subject, owner, cluster, region, namespace }: Fields): string {
  const place = [cluster, region, namespace].filter((one) => one !== undefined).join(', ');
  const what = subject ?? (owner === undefined ? null : `releases of ${owner}`);
  if (what === null) return place === '' ? 'What runs where' : `What runs in ${place}`;
  return place === '' ? `Where ${what} runs` : `Where ${what} runs in ${place}`;
}

function Whole({ pages, fields }: { readonly pages: Pages<'where'>; readonly fields: Fields }) {
  const rows = pages.all.flatMap(({ deployments }) => deployments);
  const clusters = groupBy(rows, ({ cluster, region }) => `${cluster} ${region}`);
  const namespaces = groupBy(rows, ({ cluster, namespace }) => `${cluster} ${namespace}`);
  const unreleased = rows.filter(({ releases }) => releases.length === 0);
  return (
    <>
      <Tools name="where" fields={fields} table={() => listTexts(COLUMNS, rows)} />
      <Unseen answer={pages.first} />
      <Figures
        list={[
          { count: clusters.length, more: pages.hasMore, noun: 'clusters' },
          { count: namespaces.length, more: pages.hasMore, noun: 'namespaces' },
          { count: rows.length, more: pages.hasMore, noun: 'containers' },
          {
            count: pages.first.undigested.length,
            more: pages.first.undigestedMore,
            noun: 'of an unknown image',
            kind: 'open',
          },
          {
            count: unreleased.length,
            more: pages.hasMore,
            noun: 'of no known release',
            kind: 'open',
          },
        ]}
      />
      <div className="beside">
        <Bars
          title="Containers by cluster"
          rows={clusters.map(([key, list]) => ({
            key,
            label: <Cluster cluster={list[0]?.cluster ?? ''} region={list[0]?.region ?? null} />,
            count: list.length,
          }))}
        />
        <Bars
          title="Containers by namespace"
          rows={namespaces.map(([key, list]) => ({
            key,
            label: (
              <To
                ask="where"
                fields={{ ...fields, cluster: list[0]?.cluster, namespace: list[0]?.namespace }}
              >
                {list[0]?.cluster}/{list[0]?.namespace}
              </To>
            ),
            count: list.length,
          }))}
        />
      </div>
      <Table
        caption="Containers, with the releases that they run"
        columns={COLUMNS}
        rows={rows}
        none={pages.first.observed ? 'Nothing is known to run here.' : 'Nothing is known.'}
      />
      <More pages={pages} />
      <Undigested title="Containers that run an unknown image" answer={pages.first} />
    </>
  );
}

const COLUMNS: readonly Column<Running>[] = [
  {
    title: 'Cluster',
    text: ({ cluster }) => cluster,
    show: ({ cluster, region }) => <Cluster cluster={cluster} region={region} />,
  },
  { title: 'Namespace', text: ({ namespace }) => namespace },
  {
    title: 'Workload',
    text: ({ workload: { kind, name, container } }) => `${kind}/${name}/${container}`,
  },
  {
    title: 'Release',
    text: ({ releases }) => releases.map(({ name, version }) => `${name}@${version}`).join(', '),
    show: ({ releases }) =>
      releases.length === 0 ? (
        <span className="missing">none is known</span>
      ) : (
        releases.map((release) => (
          <span key={`${release.name}@${release.version}`} className="item">
            <ReleaseLink {...release} />
          </span>
        ))
      ),
  },
  { title: 'Image', text: ({ image }) => image, show: ({ image }) => <ImageLink digest={image} /> },
  { title: 'Since', text: ({ from }) => from, show: ({ from }) => <Moment at={from} /> },
  {
    title: 'Until',
    text: ({ open, until }) => (open ? 'running' : until),
    show: ({ open, until }) => (open ? 'running' : <Moment at={until} />),
  },
  {
    title: 'Evidence',
    text: ({ evidence }) => formatEvidence(evidence),
    show: ({ evidence }) => <Evidence rows={evidence} />,
  },
];
