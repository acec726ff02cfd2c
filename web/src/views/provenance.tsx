import { useMemo, useRef } from 'react';
import type { Fields } from '../api/ask.ts';
import { type Pages, usePages } from '../api/pages.ts';
import type { Answers } from '../generated/answers.ts';
import { OWN_KINDS } from '../generated/questions.ts';
import { Evidence } from '../parts/evidence.tsx';
import { Tools } from '../parts/export.tsx';
import { Moment, Owner, ReleaseLink, To } from '../parts/link.tsx';
import { More } from '../parts/more.tsx';
import { Answered } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';
import { formatPicture, Picture } from '../picture/picture.tsx';
import { buildWay, type WayEdge } from '../picture/way.ts';
import { shortenDigest } from '../text.ts';

type Provenance = Answers['provenance'];

/** A release or image from commit to pod: the way as a picture, each step with who states it. */
export function ProvenanceView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('provenance', fields);
  const subject = fields['subject'] ?? '';
  return (
    <>
      <h1>The way of {shortenDigest(subject)}</h1>
      <p className="tabs">
        <To ask="findings" fields={{ subject }}>
          Findings
        </To>
        <To ask="verdicts" fields={{ subject }}>
          Verdicts
        </To>
        <To ask="where" fields={{ subject }}>
          Where it runs
        </To>
        <To ask="violations" fields={{ subject }}>
          Violations
        </To>
        <To ask="timeline" fields={{ subject }}>
          Timeline
        </To>
        <To ask="licenses" fields={{ subject }}>
          Licences
        </To>
      </p>
      <Answered loaded={loaded}>{(pages) => <Whole pages={pages} fields={fields} />}</Answered>
    </>
  );
}

function Whole({
  pages,
  fields,
}: {
  readonly pages: Pages<'provenance'>;
  readonly fields: Fields;
}) {
  const held = useRef<SVGSVGElement>(null);
  const answer = useMemo<Provenance>(
    () => ({ ...pages.first, documents: pages.all.flatMap(({ documents }) => documents) }),
    [pages.first, pages.all],
  );
  const way = useMemo(() => buildWay(answer), [answer]);
  const rows = way.edges.map((edge, at) => ({ edge, number: at + 1 }));
  const names = new Map(way.nodes.map((node) => [node.id, node]));
  const columns = makeColumns((id) => {
    const node = names.get(id);
    return node === undefined ? id : `${node.column}: ${node.title}`;
  });
  return (
    <>
      <Tools
        name="provenance"
        fields={fields}
        table={() => listTexts(columns, rows)}
        picture={() => (held.current === null ? null : formatPicture(held.current))}
      />
      <Releases answer={answer} />
      {answer.more && (
        <p className="missing">Not all releases, builds or places are shown; the newest are.</p>
      )}
      <h2>From commit to pod</h2>
      <ul className="legend">
        <li className="mark signed">signed by a trusted signer</li>
        <li className="mark recorded">recorded by Waybill itself</li>
        <li className="mark claimed">claimed, or without a trusted signature</li>
      </ul>
      {way.nodes.length === 0 ? (
        <p className="quiet">Nothing is known of its way.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        <section className="wide" tabIndex={0} aria-label="Picture of the way">
          <Picture
            way={way}
            held={held}
            label={`The way from commit to pod in ${way.edges.length} steps; the table below has each of them.`}
          />
        </section>
      )}
      <h2>Each step, and who states it</h2>
      <Table
        caption="The numbers are those of the picture"
        columns={columns}
        rows={rows}
        none="No step is known."
      />
      <Documents answer={answer} />
      <More pages={pages} />
    </>
  );
}

function Releases({ answer: { releases } }: { readonly answer: Provenance }) {
  if (releases.length === 0)
    return <p className="missing">No release is known that contains it.</p>;
  return (
    <ul className="cards">
      {releases.slice(0, RELEASES_SHOWN).map((release) => (
        <li key={release.document} className="card">
          <h2>
            <ReleaseLink {...release} />
          </h2>
          <p className="facts">
            <Owner owner={release.owner} />
            <span className="quiet">
              released <Moment at={release.releasedAt} />
            </span>
          </p>
          <p className="facts">
            {release.source === null ? (
              <span className="missing">source unknown</span>
            ) : (
              <span className="mono">
                {release.source.repository} {release.source.commit.slice(0, 12)}
              </span>
            )}
            {release.source?.claimed !== undefined && (
              <span className="mark claimed">claimed: {release.source.claimed.join(', ')}</span>
            )}
          </p>
          <Evidence rows={release.evidence} />
        </li>
      ))}
      {releases.length > RELEASES_SHOWN && (
        <li className="quiet">and {releases.length - RELEASES_SHOWN} older ones, in the table</li>
      )}
    </ul>
  );
}

const RELEASES_SHOWN = 6;

interface NumberedEdge {
  readonly edge: WayEdge;
  readonly number: number;
}

function makeColumns(nameNode: (id: string) => string): readonly Column<NumberedEdge>[] {
  return [
    { title: 'Step', text: ({ number }) => String(number) },
    { title: 'From', text: ({ edge }) => nameNode(edge.from) },
    { title: 'What', text: ({ edge }) => edge.what },
    { title: 'To', text: ({ edge }) => nameNode(edge.to) },
    {
      title: 'Signer',
      text: ({ edge }) => edge.by,
      show: ({ edge }) => <span className={`mark ${edge.standing}`}>{edge.by}</span>,
    },
    {
      title: 'Evidence',
      text: ({ edge }) =>
        edge.evidence.map(({ kind, document }) => `${kind} ${document}`).join(', '),
      show: ({ edge }) => <Evidence rows={edge.evidence} />,
    },
  ];
}

function Documents({ answer: { documents } }: { readonly answer: Provenance }) {
  return (
    <>
      <h2>Documents about it</h2>
      <Table
        caption="Every document in the log about these images, with what was verified last"
        rows={documents}
        none="No document is known."
        columns={[
          { title: 'Kind', text: ({ kind }) => kind },
          {
            title: 'Digest',
            text: ({ digest }) => digest,
            show: ({ digest }) => <code title={digest}>{shortenDigest(digest)}</code>,
          },
          {
            title: 'Recorded',
            text: ({ recordedAt }) => recordedAt,
            show: ({ recordedAt }) => <Moment at={recordedAt} />,
          },
          {
            title: 'Verification',
            text: ({ kind, verifications }) =>
              verifications.at(-1)?.outcome ??
              (OWN_KINDS.includes(kind) ? 'recorded here' : 'not verified'),
            show: ({ kind, verifications }) => (
              <Verification kind={kind} last={verifications.at(-1)} />
            ),
          },
          {
            title: 'Signer',
            text: ({ verifications }) => verifications.at(-1)?.signer?.identity ?? '',
          },
          { title: 'Reason', text: ({ verifications }) => verifications.at(-1)?.reason ?? '' },
        ]}
      />
    </>
  );
}

function Verification({
  kind,
  last,
}: {
  readonly kind: string;
  readonly last: Provenance['documents'][number]['verifications'][number] | undefined;
}) {
  if (last === undefined) {
    const isOwn = OWN_KINDS.includes(kind);
    return isOwn ? <>recorded here</> : <span className="quiet">not verified</span>;
  }
  return (
    <span className={`mark ${last.outcome === 'trusted' ? 'signed' : 'unsigned'}`}>
      {last.outcome}
    </span>
  );
}
