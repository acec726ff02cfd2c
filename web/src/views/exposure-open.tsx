import type { Answers } from '../generated/answers.ts';
import { Evidence } from '../parts/evidence.tsx';
import { ImageLink, Owner, ReleaseLink } from '../parts/link.tsx';
import { Table } from '../parts/table.tsx';
import { Undigested } from '../parts/undigested.tsx';

type Exposure = Answers['exposure'];

/** Why something could not be judged, as the command line says it. */
const REASONS: Readonly<Record<Exposure['unknown'][number]['reason'], string>> = {
  'inventory-missing': 'its components are unknown',
  'inventory-partial': 'its inventory is partial',
  'version-not-compared': 'versions could not be compared',
  'components-not-covered': 'some of its components are not covered',
};

const NOT_COVERED = {
  'no-feed': 'no feed of it was imported',
  'no-matcher': 'no advisory can be matched with them',
} as const;

interface OpenProps {
  readonly answer: Exposure;
  readonly excused: Exposure['excused'];
}

/** All that is neither exposed nor clean, and why; then what a trusted VEX statement excuses. */
export function OpenParts({ answer, excused }: OpenProps) {
  return (
    <>
      <Unreleased answer={answer} />
      <Claims answer={answer} />
      <div id="not-judged">
        <UnknownReleases answer={answer} />
        <UnknownImages answer={answer} />
      </div>
      {excused.length > 0 && (
        <section>
          <h2>Not exposed, by VEX</h2>
          <Table
            caption="Components that a statement of a trusted signer excuses"
            rows={excused}
            columns={[
              {
                title: 'Release',
                text: ({ release }) => `${release.name}@${release.version}`,
                show: ({ release }) => <ReleaseLink {...release} />,
              },
              { title: 'Component', text: ({ purl }) => purl },
              { title: 'Status', text: ({ status }) => status.replace('_', ' ') },
              { title: 'Justification', text: ({ justification }) => justification ?? '' },
              {
                title: 'Evidence',
                text: () => '',
                show: ({ evidence }) => <Evidence rows={evidence} />,
              },
            ]}
          />
        </section>
      )}
    </>
  );
}

function Unreleased({ answer: { unreleased, unreleasedMore } }: { readonly answer: Exposure }) {
  if (unreleased.length === 0) return null;
  return (
    <section>
      <h2>Exposed images that belong to no recorded release</h2>
      <Table
        caption="Images with an affected component, in no release"
        rows={unreleased}
        columns={[
          {
            title: 'Image',
            text: ({ image }) => image,
            show: ({ image }) => <ImageLink digest={image} />,
          },
          { title: 'Component', text: ({ purl }) => purl },
          { title: 'Runs in', text: listClusters },
        ]}
      />
      {unreleasedMore && <p className="quiet">There are more of them.</p>}
    </section>
  );
}

function Claims({ answer: { claimed, claimedMore } }: { readonly answer: Exposure }) {
  if (claimed.length === 0) return null;
  return (
    <section>
      <h2>Claimed by scans of other tools</h2>
      <Table
        caption="What scans say; nothing here matched it"
        rows={claimed}
        columns={[
          { title: 'Component', text: ({ purl, name, version }) => purl ?? `${name} ${version}` },
          { title: 'Status', text: ({ status, tool }) => `${status.replace('_', ' ')} by ${tool}` },
          { title: 'Fixed in', text: ({ fixed }) => fixed.slice(0, 3).join(', ') },
          {
            title: 'Image',
            text: ({ image }) => image,
            show: ({ image }) => <ImageLink digest={image} />,
          },
          {
            title: 'Release',
            text: ({ releases }) =>
              releases.map(({ name, version }) => `${name}@${version}`).join(', '),
          },
          { title: 'Runs in', text: listClusters },
          {
            title: 'Evidence',
            text: () => '',
            show: ({ evidence }) => <Evidence rows={evidence} />,
          },
        ]}
      />
      {claimedMore && <p className="quiet">There are more of them.</p>}
    </section>
  );
}

function UnknownReleases({ answer }: { readonly answer: Exposure }) {
  const { unknown, unknownMore, notCovered, rejected } = answer;
  if (unknown.length === 0 && notCovered.length === 0 && rejected === 0) return null;
  return (
    <section className="open">
      <h2>Not judged: releases</h2>
      {unknown.length > 0 && (
        <Table
          caption="Releases of which it is not known whether they are exposed"
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
              title: 'Components',
              text: ({ components, notCovered: others }) =>
                [...new Set([...components.map(({ purl }) => purl), ...others])].join(', '),
            },
          ]}
        />
      )}
      {unknownMore && (
        <p className="missing">There are more of them, or older releases that were not examined.</p>
      )}
      {notCovered.length > 0 && (
        <Table
          caption="Components that advisories do not cover"
          rows={notCovered}
          columns={[
            { title: 'Ecosystem', text: ({ ecosystem }) => ecosystem },
            { title: 'Why', text: ({ reason }) => NOT_COVERED[reason] },
            { title: 'Components', text: ({ components }) => String(components) },
            { title: 'Releases', text: ({ releases }) => String(releases) },
            { title: 'Some of them', text: ({ purls }) => purls.join(', ') },
          ]}
        />
      )}
      {rejected > 0 && (
        <p className="missing">
          {rejected} advisory records could not be read when feeds were imported: absence is not
          proven.
        </p>
      )}
    </section>
  );
}

function UnknownImages({ answer }: { readonly answer: Exposure }) {
  const { unreleasedUnknown, unreleasedUnknownMore } = answer;
  return (
    <>
      {unreleasedUnknown.length > 0 && (
        <section className="open">
          <h2>Not judged: images in no release</h2>
          <Table
            caption="Images of which it is not known whether they are exposed"
            rows={unreleasedUnknown}
            columns={[
              {
                title: 'Image',
                text: ({ image }) => image,
                show: ({ image }) => <ImageLink digest={image} />,
              },
              { title: 'Why', text: ({ reason }) => REASONS[reason] },
              { title: 'Components', text: ({ notCovered }) => notCovered.join(', ') },
              { title: 'Runs in', text: listClusters },
            ]}
          />
          {unreleasedUnknownMore && (
            <p className="missing">There are more of them, or older ones.</p>
          )}
        </section>
      )}
      <Undigested title="Not judged: containers that run an unknown image" answer={answer} />
    </>
  );
}

function listClusters({
  deployments,
}: {
  readonly deployments: readonly { readonly cluster: string }[];
}): string {
  return [...new Set(deployments.map(({ cluster }) => cluster))].join(', ') || 'not known to run';
}
