import type { Fields } from '../api/ask.ts';
import { type Pages, usePages } from '../api/pages.ts';
import type { Answers } from '../generated/answers.ts';
import { Evidence, formatEvidence } from '../parts/evidence.tsx';
import { Tools } from '../parts/export.tsx';
import { ImageLink, Moment, Owner, ReleaseLink } from '../parts/link.tsx';
import { More } from '../parts/more.tsx';
import { Answered, Verdict } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';
import { formatCount } from '../text.ts';

type Matches = Answers['releases'];

/** Which releases have a component? (G3) */
export function ComponentView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('releases', fields);
  return (
    <>
      <h1>Releases with {fields['component']}</h1>
      <Answered loaded={loaded}>{(pages) => <Whole pages={pages} fields={fields} />}</Answered>
    </>
  );
}

function Whole({ pages, fields }: { readonly pages: Pages<'releases'>; readonly fields: Fields }) {
  const { first, exitCode } = pages;
  const releases = pages.all.flatMap((page) => page.releases);
  const rows = releases.flatMap((release) =>
    release.components.map((component) => ({ release, component })),
  );
  const found = `${formatCount(releases.length, 'release', pages.hasMore)}`;
  return (
    <>
      {/* To have a component is no fault, so only the unknown has a colour of its own. */}
      <Verdict
        exitCode={exitCode === 0 && releases.length > 0 ? 1 : exitCode}
        bad={`${found} ${releases.length === 1 ? 'has' : 'have'} it`}
        open={
          releases.length > 0
            ? `${found} ${releases.length === 1 ? 'has' : 'have'} it; of others it is not known`
            : 'No release is known to have it, but not everything could be looked at'
        }
        good="No release has it: everything that is recorded could be looked at"
      />
      <Tools name="releases" fields={fields} table={() => listTexts(COLUMNS, rows)} />
      <p className="quiet">
        Matched {first.matched.join(', ') || 'nothing'}
        {first.matchedMore ? ' and more' : ''}.
      </p>
      {first.otherVersions.length > 0 && (
        <p>That version is not known; known versions are {first.otherVersions.join(', ')}.</p>
      )}
      {first.notCompared.length > 0 && (
        <p className="missing">Could not be compared: {first.notCompared.join(', ')}.</p>
      )}
      <Table caption="A row for each component" columns={COLUMNS} rows={rows} none="No release." />
      <More pages={pages} />
      <Open answer={first} />
    </>
  );
}

interface Row {
  readonly release: Matches['releases'][number];
  readonly component: Matches['releases'][number]['components'][number];
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Release',
    text: ({ release }) => `${release.name}@${release.version}`,
    show: ({ release }) => <ReleaseLink {...release} />,
  },
  {
    title: 'Released',
    text: ({ release }) => release.releasedAt,
    show: ({ release }) => <Moment at={release.releasedAt} />,
  },
  {
    title: 'Owner',
    text: ({ release }) => release.owner ?? '',
    show: ({ release }) => <Owner owner={release.owner} />,
  },
  { title: 'Component', text: ({ component }) => component.purl },
  { title: 'Path', text: ({ component }) => component.path ?? '' },
  {
    title: 'Image',
    text: ({ component }) => component.image,
    show: ({ component }) => <ImageLink digest={component.image} />,
  },
  {
    title: 'Evidence',
    text: ({ release, component }) => formatEvidence([...component.evidence, ...release.evidence]),
    show: ({ release, component }) => (
      <Evidence rows={[...component.evidence, ...release.evidence]} />
    ),
  },
];

const REASONS = {
  'inventory-missing': 'its components are unknown',
  'inventory-partial': 'its inventory is partial',
} as const;

function Open({ answer: { unknown, unknownMore } }: { readonly answer: Matches }) {
  if (unknown.length === 0 && !unknownMore) return null;
  return (
    <section className="open">
      <h2>Not known whether they have it</h2>
      <Table
        caption="Releases of which not all components are known"
        rows={unknown}
        columns={[
          {
            title: 'Release',
            text: ({ name, version }) => `${name}@${version}`,
            show: (release) => <ReleaseLink {...release} />,
          },
          {
            title: 'Owner',
            text: ({ owner }) => owner ?? '',
            show: ({ owner }) => <Owner owner={owner} />,
          },
          { title: 'Why', text: ({ reason }) => REASONS[reason] },
          {
            title: 'Evidence',
            text: () => '',
            show: ({ evidence }) => <Evidence rows={evidence} />,
          },
        ]}
      />
      {unknownMore && (
        <p className="missing">There are more of them, or older ones that were not examined.</p>
      )}
    </section>
  );
}
