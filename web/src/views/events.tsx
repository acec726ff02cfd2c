import type { Fields } from '../api/ask.ts';
import { usePages } from '../api/pages.ts';
import type { Answers } from '../generated/answers.ts';
import { Evidence } from '../parts/evidence.tsx';
import { Exceptions } from '../parts/exceptions.tsx';
import { Tools } from '../parts/export.tsx';
import { Bars } from '../parts/figures.tsx';
import { Cluster, ImageLink, Moment, ReleaseLink } from '../parts/link.tsx';
import { More } from '../parts/more.tsx';
import { Answered } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';
import { shortenDigest } from '../text.ts';

type Verdict = Answers['verdicts']['verdicts'][number];
type Violation = Answers['violations']['violations'][number];

/** Which verdicts a subject got, at which gate, and when. */
export function VerdictsView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('verdicts', fields);
  return (
    <>
      <h1>Verdicts about {shortenDigest(fields['subject'] ?? '')}</h1>
      <Answered loaded={loaded}>
        {(pages) => {
          const rows = pages.all.flatMap(({ verdicts }) => verdicts);
          return (
            <>
              <Tools name="verdicts" fields={fields} table={() => listTexts(VERDICTS, rows)} />
              <Bars
                title="Verdicts over time, the newest day first"
                isOrdered
                rows={countDays(rows)}
              />
              <Table
                caption="Verdicts, with the gate that gave them"
                columns={VERDICTS}
                rows={rows}
                none="No verdict is recorded."
              />
              <More pages={pages} />
            </>
          );
        }}
      </Answered>
    </>
  );
}

/** How often each verdict was given on each day. */
function countDays(rows: readonly Verdict[]) {
  const counts = new Map<string, number>();
  for (const { decision, lastAt, repeats } of rows) {
    const key = `${lastAt.slice(0, 10)} ${decision}`;
    counts.set(key, (counts.get(key) ?? 0) + repeats + 1);
  }
  return [...counts]
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .map(([key, count]) => ({ key, label: key, count }));
}

const DECISIONS = { allow: 'signed', deny: 'bad', undetermined: 'unsigned' } as const;

const VERDICTS: readonly Column<Verdict>[] = [
  {
    title: 'Verdict',
    text: ({ decision }) => decision,
    show: ({ decision }) => <span className={`mark ${DECISIONS[decision]}`}>{decision}</span>,
  },
  { title: 'Gate', text: ({ gate }) => gate },
  { title: 'Workload', text: ({ workload }) => workload ?? '' },
  {
    title: 'First',
    text: ({ firstAt }) => firstAt,
    show: ({ firstAt }) => <Moment at={firstAt} />,
  },
  { title: 'Last', text: ({ lastAt }) => lastAt, show: ({ lastAt }) => <Moment at={lastAt} /> },
  { title: 'Times', text: ({ repeats }) => String(repeats) },
  {
    title: 'Policy',
    text: ({ policy }) => policy,
    show: ({ policy }) => <code title={policy}>{shortenDigest(policy)}</code>,
  },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];

/** What running workloads did against policy. */
export function ViolationsView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('violations', fields);
  return (
    <>
      <h1>
        {fields['subject'] === undefined
          ? 'Runtime violations'
          : `Runtime violations of ${shortenDigest(fields['subject'])}`}
      </h1>
      <Answered loaded={loaded}>
        {(pages) => {
          const rows = pages.all.flatMap(({ violations }) => violations);
          return (
            <>
              <Tools name="violations" fields={fields} table={() => listTexts(VIOLATIONS, rows)} />
              <Table
                caption="Events, joined to release, commit and author"
                columns={VIOLATIONS}
                rows={rows}
                none="No violation is recorded."
              />
              <More pages={pages} />
            </>
          );
        }}
      </Answered>
    </>
  );
}

const VIOLATIONS: readonly Column<Violation>[] = [
  { title: 'When', text: ({ at }) => at, show: ({ at }) => <Moment at={at} /> },
  {
    title: 'Severity',
    text: ({ severity }) => severity,
    show: ({ severity }) => <span className={`severity ${severity}`}>{severity}</span>,
  },
  { title: 'Rule', text: ({ rule }) => rule },
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
    show: ({ releases, joined }) =>
      releases.length === 0 ? (
        <span className="missing">
          {joined === 'ambiguous' ? 'several are possible' : 'none is known'}
        </span>
      ) : (
        releases.map((release) => (
          <ReleaseLink key={`${release.name}@${release.version}`} {...release} />
        ))
      ),
  },
  {
    title: 'Author',
    text: ({ commits }) =>
      [...new Set(commits.map(({ author }) => author ?? 'unknown'))].join(', '),
  },
  { title: 'Cause', text: ({ cause }) => cause ?? '' },
  { title: 'Detail', text: ({ detail }) => detail },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];

/** Which components changed advisories affect now, or no longer. */
export function ChangesView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('changes', fields);
  return (
    <>
      <h1>What changed in the advisories</h1>
      <Answered loaded={loaded}>
        {(pages) => {
          const rows = pages.all.flatMap(({ changes }) => changes);
          const { notCovered, rejected } = pages.first;
          return (
            <>
              <Tools name="changes" fields={fields} table={() => listTexts(CHANGES, rows)} />
              <Table
                caption="Components, in the order in which the advisories were recorded"
                columns={CHANGES}
                rows={rows}
                none="No component changed."
              />
              <More pages={pages} />
              {(notCovered.length > 0 || rejected > 0) && (
                <p className="missing">
                  Not everything can change here:{' '}
                  {notCovered.map(({ ecosystem }) => ecosystem).join(', ')}{' '}
                  {notCovered.length > 0 ? 'is not covered by a feed' : ''}
                  {rejected > 0 ? ` ${rejected} records could not be read` : ''}.
                </p>
              )}
            </>
          );
        }}
      </Answered>
    </>
  );
}

const KINDS = { affected: 'bad', unknown: 'unsigned', ended: 'signed' } as const;

const CHANGES: readonly Column<Answers['changes']['changes'][number]>[] = [
  { title: 'When', text: ({ at }) => at, show: ({ at }) => <Moment at={at} /> },
  {
    title: 'Change',
    text: ({ change }) => change,
    show: ({ change }) => (
      <span className={`mark ${KINDS[change]}`}>
        {change === 'ended' ? 'no longer affected' : change}
      </span>
    ),
  },
  { title: 'Advisory', text: ({ advisory }) => advisory },
  { title: 'Component', text: ({ purl }) => purl },
  { title: 'Fixed in', text: ({ fixed }) => fixed.slice(0, 3).join(', ') },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];

/** Which releases depend on a signature that ends soon. */
export function ExpiriesView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('expiries', fields);
  return (
    <>
      <h1>Signatures that end soon</h1>
      <Answered loaded={loaded}>
        {(pages) => {
          const rows = pages.all.flatMap(({ expiries }) => expiries);
          return (
            <>
              <Tools name="expiries" fields={fields} table={() => listTexts(EXPIRIES, rows)} />
              <p className="quiet">
                Until <Moment at={pages.first.until} />.
              </p>
              <Table
                caption="The first to end first"
                columns={EXPIRIES}
                rows={rows}
                none="No signature that counts is known to end until then."
              />
              <More pages={pages} />
              {pages.first.undated && (
                <p className="missing">
                  Of some signatures that count, no record says when they end.
                </p>
              )}
            </>
          );
        }}
      </Answered>
      <Exceptions />
    </>
  );
}

const EXPIRIES: readonly Column<Answers['expiries']['expiries'][number]>[] = [
  { title: 'Ends', text: ({ endsAt }) => endsAt, show: ({ endsAt }) => <Moment at={endsAt} /> },
  {
    title: 'What ends',
    text: ({ by }) => (by === 'chain' ? 'a certificate of the chain' : 'the signature'),
  },
  { title: 'Signer', text: ({ signer }) => signer?.identity ?? '' },
  { title: 'Signed', text: ({ kind }) => kind },
  { title: 'Image', text: ({ image }) => image, show: ({ image }) => <ImageLink digest={image} /> },
  {
    title: 'Release',
    text: ({ releases }) => releases.map(({ name, version }) => `${name}@${version}`).join(', '),
  },
];
