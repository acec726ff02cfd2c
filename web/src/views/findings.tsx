import type { Fields } from '../api/ask.ts';
import { type Pages, usePages } from '../api/pages.ts';
import type { Answers } from '../generated/answers.ts';
import { Evidence } from '../parts/evidence.tsx';
import { Tools } from '../parts/export.tsx';
import { Bars } from '../parts/figures.tsx';
import { To } from '../parts/link.tsx';
import { More } from '../parts/more.tsx';
import { Answered, Verdict } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';
import { formatCount, groupBy, shortenDigest } from '../text.ts';

type Finding = Answers['findings']['findings'][number];

/** What advisories and scans say about an image or a release. */
export function FindingsView({ fields }: { readonly fields: Fields }) {
  const loaded = usePages('findings', fields);
  return (
    <>
      <h1>Findings of {shortenDigest(fields['subject'] ?? '')}</h1>
      <Answered loaded={loaded}>{(pages) => <Whole pages={pages} fields={fields} />}</Answered>
    </>
  );
}

const ORDER = ['critical', 'high', 'medium', 'low', 'none', 'unknown'] as const;

function Whole({ pages, fields }: { readonly pages: Pages<'findings'>; readonly fields: Fields }) {
  const { first, exitCode } = pages;
  const rows = pages.all.flatMap(({ findings }) => findings);
  const claims = pages.all.flatMap(({ claimed }) => claimed);
  const severities = groupBy(rows, ({ severity }) => severity);
  return (
    <>
      <Verdict
        exitCode={exitCode}
        bad={formatCount(rows.length + claims.length, 'finding', pages.hasMore)}
        open={
          first.inventory === null
            ? 'Its components are unknown, so an empty list proves nothing'
            : 'Nothing is known to be wrong, but not all components could be judged'
        }
        good="No finding: every component that is known could be judged"
      />
      <Tools name="findings" fields={fields} table={() => listTexts(COLUMNS, rows)} />
      <Bars
        title="By severity"
        rows={ORDER.flatMap((severity) => {
          const list = severities.find(([name]) => name === severity)?.[1] ?? [];
          const label = (
            <span key={severity} className={`severity ${severity}`}>
              {severity}
            </span>
          );
          return list.length === 0 ? [] : [{ key: severity, label, count: list.length }];
        })}
      />
      <Table
        caption="Findings by advisories"
        columns={COLUMNS}
        rows={rows}
        none="No finding by advisories."
      />
      {claims.length > 0 && (
        <Table
          caption="What scans of other tools claim"
          rows={claims}
          columns={[
            { title: 'Severity', text: ({ severity }) => severity },
            { title: 'Name', text: ({ names }) => names[0] ?? '' },
            { title: 'Component', text: ({ purl, name, version }) => purl ?? `${name} ${version}` },
            {
              title: 'Status',
              text: ({ status, tool }) => `${status.replace('_', ' ')} by ${tool}`,
            },
            {
              title: 'Evidence',
              text: () => '',
              show: ({ evidence }) => <Evidence rows={evidence} />,
            },
          ]}
        />
      )}
      <More pages={pages} />
      <section className={first.notCovered.length > 0 ? 'open' : ''}>
        <h2>What could be judged</h2>
        <Table
          caption="Components by ecosystem"
          rows={first.coverage}
          none="No component is known."
          columns={[
            { title: 'Ecosystem', text: ({ ecosystem }) => ecosystem },
            { title: 'Components', text: ({ components }) => String(components) },
            {
              title: 'Judged',
              text: ({ reason }) => (reason === null ? 'yes' : `no: ${REASONS[reason]}`),
              show: ({ reason }) =>
                reason === null ? 'yes' : <span className="missing">no: {REASONS[reason]}</span>,
            },
            { title: 'Feeds', text: ({ feeds }) => feeds.join(', ') },
          ]}
        />
      </section>
    </>
  );
}

const REASONS = {
  'no-feed': 'no feed of it was imported',
  'no-matcher': 'no advisory can be matched with them',
} as const;

const COLUMNS: readonly Column<Finding>[] = [
  {
    title: 'Severity',
    text: ({ severity }) => `${ORDER.indexOf(severity)} ${severity}`,
    show: ({ severity, score }) => (
      <span className={`severity ${severity}`}>
        {severity}
        {score === null ? '' : ` ${score.toFixed(1)}`}
      </span>
    ),
  },
  {
    title: 'Name',
    text: ({ names }) => names[0] ?? '',
    show: ({ names }) => (
      <To ask="exposure" fields={{ vulnerability: names[0] }}>
        {names[0]}
      </To>
    ),
  },
  { title: 'Title', text: ({ title }) => title ?? '' },
  { title: 'Component', text: ({ purl }) => purl },
  { title: 'Status', text: ({ status }) => status.replace('_', ' ') },
  {
    title: 'Fixed in',
    text: ({ fixed }) => fixed.slice(0, 3).join(', '),
    show: ({ fixed }) =>
      fixed.length === 0 ? (
        <span className="missing">no fix known</span>
      ) : (
        fixed.slice(0, 3).join(', ')
      ),
  },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];
