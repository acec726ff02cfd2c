import { useEffect, useState } from 'react';
import { fetchAnswer, type Loaded, toAskFailure } from '../api/ask.ts';
import { useToken } from '../api/token.ts';
import { formatCsv, saveFile } from './export.tsx';
import { Moment, Owner } from './link.tsx';
import { type Column, listTexts, Table } from './table.tsx';

interface Exception {
  readonly rule: string;
  readonly finding: string | null;
  readonly component: string | null;
  readonly repository: string | null;
  readonly owner: string;
  readonly reason: string;
  readonly expiresAt: string;
  readonly expired: boolean;
}

interface Told {
  readonly policy: { readonly name: string; readonly revision: number };
  readonly exceptions: readonly Exception[];
}

/** What the policy lets pass for a while, and until when. */
export function Exceptions() {
  const loaded = useExceptions();
  return (
    <section>
      <h2>Exceptions of the policy</h2>
      {loaded.state === 'loading' && (
        <p role="status" className="waiting">
          Asking …
        </p>
      )}
      {loaded.state === 'failed' && (
        <p className="missing wrapped">They are not known: {loaded.failure.message}.</p>
      )}
      {loaded.state === 'done' && <List told={loaded.value} />}
    </section>
  );
}

function List({ told: { policy, exceptions } }: { readonly told: Told }) {
  const save = () => {
    const { headers, rows } = listTexts(COLUMNS, exceptions);
    saveFile('exceptions.csv', 'text/csv', formatCsv(headers, rows));
  };
  return (
    <>
      <p className="quiet wrapped">
        Of {policy.name}, revision {policy.revision}, by which this server decides.
      </p>
      {exceptions.length > 0 && (
        <button type="button" onClick={save}>
          Save the exceptions
        </button>
      )}
      <Table
        caption="Exceptions, the first to expire first"
        columns={COLUMNS}
        rows={exceptions}
        none="The policy has no exception."
      />
    </>
  );
}

function useExceptions(): Loaded<Told> {
  const token = useToken();
  const [state, setState] = useState<Loaded<Told>>({ state: 'loading' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another token may see them
  useEffect(() => {
    const controller = new AbortController();
    fetchAnswer<Told>('v1/exceptions', controller.signal).then(
      ({ body }) => setState({ state: 'done', value: body }),
      (thrown: unknown) => {
        if (!controller.signal.aborted)
          setState({ state: 'failed', failure: toAskFailure(thrown) });
      },
    );
    return () => controller.abort();
  }, [token]);
  return state;
}

const COLUMNS: readonly Column<Exception>[] = [
  {
    title: 'Expires',
    text: ({ expiresAt }) => expiresAt,
    show: ({ expiresAt, expired }) => (
      <>
        <Moment at={expiresAt} /> {expired && <span className="missing">expired</span>}
      </>
    ),
  },
  { title: 'Rule', text: ({ rule }) => rule },
  {
    title: 'For',
    text: ({ finding, component, repository }) =>
      [finding, component, repository].filter((one) => one !== null).join(', '),
  },
  {
    title: 'Owner',
    text: ({ owner }) => owner,
    show: ({ owner }) => <Owner owner={owner} />,
  },
  { title: 'Reason', text: ({ reason }) => reason },
];
