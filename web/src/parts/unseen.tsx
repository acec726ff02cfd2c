import type { Answers } from '../generated/answers.ts';
import { Cluster, Moment } from './link.tsx';

type Observed = Pick<Answers['where'], 'observed' | 'silent' | 'silentMore'>;

/** Whether something may run that nobody observed. */
export function isUnseen({ observed, silent, silentMore }: Observed): boolean {
  return !observed || silent.length > 0 || silentMore;
}

/** Clusters of which it is not known what runs: nothing that runs is not the same as unknown. */
export function Unseen({ answer }: { readonly answer: Observed }) {
  const { observed, silent, silentMore } = answer;
  if (!isUnseen(answer)) return null;
  if (!observed)
    return <p className="missing">No cluster was observed, so it is not known what runs.</p>;
  return (
    <p className="missing">
      Not observed, so it is not known what runs:{' '}
      {silent.map(({ cluster, region, until }) => (
        <span key={`${cluster} ${region}`} className="item">
          <Cluster cluster={cluster} region={region} /> since <Moment at={until} />
        </span>
      ))}
      {silentMore && ' and others'}
    </p>
  );
}
