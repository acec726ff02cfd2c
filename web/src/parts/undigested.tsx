import type { Answers } from '../generated/answers.ts';
import { Evidence } from './evidence.tsx';
import { Cluster } from './link.tsx';
import { Table } from './table.tsx';

interface UndigestedProps {
  readonly title: string;
  readonly answer: Pick<Answers['where'], 'undigested' | 'undigestedMore'>;
}

/** Containers that run an image that nobody knows: nothing can be said of them (C22). */
export function Undigested({ title, answer: { undigested, undigestedMore } }: UndigestedProps) {
  if (undigested.length === 0 && !undigestedMore) return null;
  return (
    <section className="open">
      <h2>{title}</h2>
      <Table
        caption="Containers of which no digest says what they run"
        rows={undigested}
        columns={[
          { title: 'Reference', text: ({ reference }) => reference },
          {
            title: 'Cluster',
            text: ({ cluster }) => cluster,
            show: ({ cluster, region }) => <Cluster cluster={cluster} region={region} />,
          },
          {
            title: 'Workload',
            text: ({ namespace, workload }) =>
              `${namespace}/${workload.kind}/${workload.name}/${workload.container}`,
          },
          {
            title: 'Evidence',
            text: () => '',
            show: ({ evidence }) => <Evidence rows={evidence} />,
          },
        ]}
      />
      {undigestedMore && (
        <p className="missing">There are more of them, or clusters that were not examined.</p>
      )}
    </section>
  );
}
