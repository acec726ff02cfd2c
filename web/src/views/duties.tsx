import type { Fields } from '../api/ask.ts';
import type { Answers } from '../generated/answers.ts';
import { Evidence } from '../parts/evidence.tsx';
import { Cluster, ImageLink, Moment, Owner, ReleaseLink } from '../parts/link.tsx';
import { ListView } from '../parts/list-view.tsx';
import type { Column } from '../parts/table.tsx';
import { Undigested } from '../parts/undigested.tsx';
import { Unseen } from '../parts/unseen.tsx';

const OWNERS: readonly Column<Answers['owners']['owners'][number]>[] = [
  {
    title: 'Release',
    text: ({ name }) => name,
    show: ({ name, newest }) => <ReleaseLink name={name} version={newest.version} />,
  },
  {
    title: 'Owner',
    text: ({ owner }) => owner ?? '',
    show: ({ owner }) => <Owner owner={owner} />,
  },
  { title: 'Said by', text: ({ by }) => by ?? 'nobody' },
  { title: 'Since', text: ({ since }) => since, show: ({ since }) => <Moment at={since} /> },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];

/** Who owns which releases. */
export function OwnersView({ fields }: { readonly fields: Fields }) {
  return (
    <ListView
      name="owners"
      fields={fields}
      title="Who owns which releases"
      caption="Each name of a release, as of its newest one"
      columns={OWNERS}
      rows={({ owners }) => owners}
      none="No release is recorded."
    />
  );
}

const MISSING: readonly Column<Answers['missing']['deployments'][number]>[] = [
  {
    title: 'Lacks',
    text: ({ lacks }) => lacks.join(', '),
    show: ({ lacks }) => <span className="missing">{lacks.join(', ')}</span>,
  },
  {
    title: 'Cluster',
    text: ({ cluster }) => cluster,
    show: ({ cluster, region }) => <Cluster cluster={cluster} region={region} />,
  },
  {
    title: 'Workload',
    text: ({ namespace, workload }) => `${namespace}/${workload.kind}/${workload.name}`,
  },
  {
    title: 'Release',
    text: ({ releases }) => releases.map(({ name, version }) => `${name}@${version}`).join(', '),
  },
  { title: 'Image', text: ({ image }) => image, show: ({ image }) => <ImageLink digest={image} /> },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];

/** What runs without evidence. */
export function MissingView({ fields }: { readonly fields: Fields }) {
  return (
    <ListView
      name="missing"
      fields={fields}
      title="What runs and lacks evidence"
      caption="Release, SBOM, signature, provenance and a fresh scan"
      columns={MISSING}
      rows={({ deployments }) => deployments}
      none="Nothing that runs lacks any of them."
      note={(first) => (
        <>
          <p className="quiet">
            A scan counts from <Moment at={first.scannedSince} /> on.
          </p>
          <Unseen answer={first} />
          <Undigested title="What these have is not known" answer={first} />
        </>
      )}
    />
  );
}

const TOUCHED: readonly Column<Answers['blast-radius']['releases'][number]>[] = [
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
  { title: 'Commit', text: ({ source }) => source?.commit ?? '' },
  {
    title: 'Runs in',
    text: ({ deployments }) =>
      [...new Set(deployments.map(({ cluster, namespace }) => `${cluster}/${namespace}`))].join(
        ', ',
      ),
  },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];

const CAUSES = ['component', 'base', 'builder', 'signer', 'key', 'commit', 'person'] as const;

/** What rests on one thing. */
export function BlastRadiusView({ fields }: { readonly fields: Fields }) {
  const cause = CAUSES.find((name) => fields[name] !== undefined) ?? 'component';
  return (
    <ListView
      name="blast-radius"
      fields={fields}
      title={`What rests on the ${cause} ${fields[cause] ?? ''}`}
      caption="Releases, the newest first"
      columns={TOUCHED}
      rows={({ releases }) => releases}
      none="No release rests on it."
      note={(first) => (
        <>
          <p className="quiet wrapped">Matched {first.matched.join(', ')}.</p>
          <Unseen answer={first} />
          {first.unreleased.length > 0 && (
            <p>
              Images of no known release rest on it too:{' '}
              {first.unreleased.map(({ image }) => (
                <ImageLink key={image} digest={image} />
              ))}
            </p>
          )}
          {first.unknown.length > 0 && (
            <p className="missing wrapped">
              Not known: {first.unknown.map(({ name, version }) => `${name}@${version}`).join(', ')}
            </p>
          )}
        </>
      )}
    />
  );
}
