import type { Fields } from '../api/ask.ts';
import type { Answers } from '../generated/answers.ts';
import { Evidence } from '../parts/evidence.tsx';
import { ImageLink, Moment } from '../parts/link.tsx';
import { ListView } from '../parts/list-view.tsx';
import type { Column } from '../parts/table.tsx';
import { Unseen } from '../parts/unseen.tsx';
import { shortenDigest } from '../text.ts';

const EVENTS: readonly Column<Answers['timeline']['events'][number]>[] = [
  { title: 'When', text: ({ at }) => at, show: ({ at }) => <Moment at={at} /> },
  { title: 'Event', text: ({ event }) => event },
  { title: 'What', text: ({ what }) => what },
  {
    title: 'Image',
    text: ({ image }) => image ?? '',
    show: ({ image }) => (image === null ? null : <ImageLink digest={image} />),
  },
  { title: 'Evidence', text: () => '', show: ({ evidence }) => <Evidence rows={evidence} /> },
];

/** What happened to a release, from commit to pod. */
export function TimelineView({ fields }: { readonly fields: Fields }) {
  return (
    <ListView
      name="timeline"
      fields={fields}
      title={`What happened to ${shortenDigest(fields['subject'] ?? '')}`}
      caption="The oldest first"
      columns={EVENTS}
      rows={({ events }) => events}
      none="Nothing is recorded."
      note={(first) => <Unseen answer={first} />}
    />
  );
}

const DIFFERENCES: readonly Column<Answers['diff']['differences'][number]>[] = [
  { title: 'What', text: ({ what }) => what },
  { title: 'Change', text: ({ change }) => change },
  { title: 'Name', text: ({ name }) => name },
  { title: 'From', text: ({ from }) => from ?? '' },
  { title: 'To', text: ({ to }) => to ?? '' },
  {
    title: 'Severity',
    text: ({ severity }) => severity ?? '',
    show: ({ severity }) =>
      severity === null ? null : <span className={`severity ${severity}`}>{severity}</span>,
  },
];

/** What is different between two releases or images. */
export function DiffView({ fields }: { readonly fields: Fields }) {
  const [from, to] = [fields['from'], fields['to']].map((one) => shortenDigest(one ?? ''));
  return (
    <ListView
      name="diff"
      fields={fields}
      title={`From ${from} to ${to}`}
      caption="Origin, findings, licences and components that are not the same"
      columns={DIFFERENCES}
      rows={({ differences }) => differences}
      none="There is no difference."
    />
  );
}

const LICENCES: readonly Column<Answers['licenses']['licenses'][number]>[] = [
  {
    title: 'Licence',
    text: ({ licence }) => licence ?? '',
    show: ({ licence }) => licence ?? <span className="missing">none is stated</span>,
  },
  { title: 'Components', text: ({ components }) => String(components) },
  { title: 'First of them', text: ({ examples }) => examples.slice(0, 5).join(', ') },
];

/** Which licences the components of a release have. */
export function LicensesView({ fields }: { readonly fields: Fields }) {
  return (
    <ListView
      name="licenses"
      fields={fields}
      title={`Licences in ${shortenDigest(fields['subject'] ?? '')}`}
      caption="As its SBOMs state them"
      columns={LICENCES}
      rows={({ licenses }) => licenses}
      none="It has no component."
    />
  );
}
