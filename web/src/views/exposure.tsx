import type { Fields } from '../api/ask.ts';
import { type Pages, usePages } from '../api/pages.ts';
import type { Answers } from '../generated/answers.ts';
import { Evidence, formatEvidence } from '../parts/evidence.tsx';
import { Tools } from '../parts/export.tsx';
import { Bars, Figures } from '../parts/figures.tsx';
import { Cluster, Moment, Owner, ReleaseLink, To } from '../parts/link.tsx';
import { More } from '../parts/more.tsx';
import { Answered, Verdict } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';
import { Unseen } from '../parts/unseen.tsx';
import { formatAge, formatCount, groupBy, toWebLink } from '../text.ts';
import { OpenParts } from './exposure-open.tsx';
import { ExposureTree } from './exposure-tree.tsx';

type Exposure = Answers['exposure'];
export type ExposedRelease = Exposure['releases'][number];

/** Which releases, deployed to which clusters, are exposed to a vulnerability? (G4) */
export function ExposureView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('exposure', fields);
  return (
    <>
      <h1>Exposure to {fields['vulnerability']}</h1>
      <p className="tabs">
        <To ask="patch-plan" fields={{ vulnerability: fields['vulnerability'] }}>
          Patch plan
        </To>
      </p>
      <Answered loaded={loaded}>{(pages) => <Whole pages={pages} fields={fields} />}</Answered>
    </>
  );
}

function Whole({ pages, fields }: { readonly pages: Pages<'exposure'>; readonly fields: Fields }) {
  const { first } = pages;
  const releases = pages.all.flatMap((page) => page.releases);
  const places = releases.flatMap((release) => release.deployments);
  const clusters = groupBy(places, ({ cluster, region }) => `${cluster} ${region}`);
  const owners = groupBy(releases, ({ owner }) => owner ?? '');
  const open = countOpen(first);
  const rows = releases.flatMap(listPlaces);
  return (
    <>
      <Heading answer={first} />
      <Verdict
        exitCode={pages.exitCode}
        bad={describeExposed(
          releases.length,
          first.observed ? clusters.length : null,
          pages.hasMore,
          open,
        )}
        open="No release is known to be exposed, but not everything could be judged"
        good="No release is exposed: everything that is recorded could be judged"
      >
        {open > 0 && pages.exitCode !== 0 && (
          <p>
            <a href="#not-judged">
              {formatCount(open, 'thing', first.unknownMore || first.undigestedMore)} could not be
              judged
            </a>
            . That is not the same as not exposed.
          </p>
        )}
      </Verdict>
      <Unseen answer={first} />
      <Tools name="exposure" fields={fields} table={() => listTexts(COLUMNS, rows)} />
      <Figures
        list={[
          { count: releases.length, more: pages.hasMore, noun: 'exposed releases', kind: 'bad' },
          { count: clusters.length, more: pages.hasMore, noun: 'clusters', kind: 'bad' },
          { count: places.length, more: pages.hasMore, noun: 'containers', kind: 'bad' },
          { count: owners.length, more: pages.hasMore, noun: 'owners' },
          {
            count: first.unknown.length,
            more: first.unknownMore,
            noun: 'releases not judged',
            kind: 'open',
          },
          {
            count: pages.all.flatMap(({ excused }) => excused).length,
            noun: 'excused by VEX',
            kind: 'good',
          },
        ]}
      />
      {releases.length > 0 && (
        <>
          <div className="beside">
            <Bars
              title="Containers by cluster"
              rows={clusters.map(([key, list]) => ({
                key,
                label: (
                  <Cluster cluster={list[0]?.cluster ?? ''} region={list[0]?.region ?? null} />
                ),
                count: list.length,
              }))}
            />
            <Bars
              title="Releases by owner"
              rows={owners.map(([key, list]) => ({
                key,
                label: <Owner owner={list[0]?.owner ?? null} />,
                count: list.length,
              }))}
            />
          </div>
          <h2>From the advisory to the clusters</h2>
          <ExposureTree answer={first} releases={releases} />
          <More pages={pages} />
          <h2>The same as a table</h2>
          <Table
            caption="A row for each affected component and place"
            columns={COLUMNS}
            rows={rows}
          />
        </>
      )}
      {releases.length === 0 && <More pages={pages} />}
      <OpenParts answer={first} excused={pages.all.flatMap(({ excused }) => excused)} />
    </>
  );
}

function Heading({ answer }: { readonly answer: Exposure }) {
  const link = toWebLink(answer.link);
  const { severity, score, severitySource: rated } = answer;
  return (
    <div className="heading">
      <p className="title">{answer.title ?? 'No imported record has a title for it.'}</p>
      <p>
        <span className={`severity ${severity}`}>
          {severity}
          {score === null ? '' : ` ${score.toFixed(1)}`}
        </span>{' '}
        {rated === null ? (
          <span className="quiet">nobody rated it</span>
        ) : (
          <span className="quiet">
            rated by {rated.by} in {rated.record}
          </span>
        )}
      </p>
      <p className="quiet">
        Names: {answer.names.join(', ')}. By{' '}
        {answer.advisories.length === 0 ? 'no valid advisory' : answer.advisories.join(', ')}.{' '}
        {answer.updatedAt === null ? (
          'The age of the advisory data is unknown.'
        ) : (
          <>
            Advisory data of <Moment at={answer.updatedAt} />.
          </>
        )}{' '}
        {link !== null && (
          <a href={link} rel="noreferrer noopener" target="_blank">
            Read the record
          </a>
        )}
      </p>
    </div>
  );
}

function describeExposed(
  releases: number,
  clusters: number | null,
  hasMore: boolean,
  open: number,
): string {
  if (releases === 0)
    return 'Images in no recorded release have it, or scans of other tools claim it';
  const places =
    clusters === null ? 'places that nobody observed' : formatCount(clusters, 'cluster', hasMore);
  const known = `${formatCount(releases, 'release', hasMore)} exposed, running in ${places}`;
  return open === 0 ? known : `${known}; of others it is not known`;
}

/** Things that could not be judged, on the first page. */
function countOpen(answer: Exposure): number {
  const { unknown, unreleasedUnknown, undigested, rejected } = answer;
  return unknown.length + unreleasedUnknown.length + undigested.length + rejected;
}

interface Row {
  readonly release: ExposedRelease;
  readonly component: ExposedRelease['components'][number];
  readonly place: ExposedRelease['deployments'][number] | null;
}

/** A row for each component and place, as the table of the command line has. */
function listPlaces(release: ExposedRelease): readonly Row[] {
  return release.components.flatMap((component) => {
    const running = release.deployments.filter(({ affected }) =>
      affected.includes(component.image),
    );
    const places = running.length === 0 ? [null] : running;
    return places.map((place) => ({ release, component, place }));
  });
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Release',
    text: ({ release }) => `${release.name}@${release.version}`,
    show: ({ release }) => <ReleaseLink {...release} />,
  },
  {
    title: 'Owner',
    text: ({ release }) => release.owner ?? '',
    show: ({ release }) => <Owner owner={release.owner} />,
  },
  { title: 'Component', text: ({ component }) => component.purl },
  { title: 'Status', text: ({ component }) => component.status },
  {
    title: 'Fixed in',
    text: ({ component }) => component.fixed.slice(0, 3).join(', '),
    show: ({ component }) =>
      component.fixed.length === 0 ? (
        <span className="missing">no fix known</span>
      ) : (
        component.fixed.slice(0, 3).join(', ')
      ),
  },
  {
    title: 'Cluster',
    text: ({ place }) => place?.cluster ?? 'not known to run',
    show: ({ place }) =>
      place === null ? <span className="quiet">not known to run</span> : <Cluster {...place} />,
  },
  {
    title: 'Workload',
    text: ({ place }) =>
      place === null ? '' : `${place.namespace}/${place.workload.kind}/${place.workload.name}`,
  },
  {
    title: 'Since',
    text: ({ place }) => place?.from ?? '',
    show: ({ place }) =>
      place === null ? (
        '–'
      ) : (
        <>
          <Moment at={place.from} />{' '}
          <span className="quiet">{formatAge(place.from, Date.now())}</span>
        </>
      ),
  },
  {
    title: 'Evidence',
    text: ({ release, component, place }) =>
      formatEvidence([...component.evidence, ...release.evidence, ...(place?.evidence ?? [])]),
    show: ({ component, place }) => (
      <Evidence rows={[...component.evidence, ...(place?.evidence ?? [])]} />
    ),
  },
];
