import { useEffect, useState } from 'react';
import { type AskFailure, ask, type Fields, toAskFailure } from '../api/ask.ts';
import { useToken } from '../api/token.ts';
import { To } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { formatCount, shortenDigest } from '../text.ts';

/** What one question knows of the text; null: nothing there has this name. */
interface Match {
  readonly kind: string;
  readonly text: string;
  readonly detail: string;
  readonly ask: string;
  readonly fields: Fields;
  readonly isOpen: boolean;
}

interface Attempt {
  readonly kind: string;
  readonly run: (text: string, time: Fields, signal: AbortSignal) => Promise<Match | null>;
}

/** What a text may mean. Each is asked, so that the page says what it is and what it is not. */
const ATTEMPTS: readonly Attempt[] = [
  {
    kind: 'vulnerability',
    run: async (text, time, signal) => {
      const fields = { vulnerability: text, ...time };
      const { answer, exitCode } = await ask('exposure', { ...fields, limit: '5' }, signal);
      return {
        ...{ kind: 'vulnerability', text: answer.names[0] ?? text, ask: 'exposure', fields },
        detail: `${answer.title ?? answer.severity}; ${formatCount(answer.releases.length, 'exposed release', answer.next !== null)}`,
        isOpen: exitCode === 3,
      };
    },
  },
  {
    kind: 'package',
    run: async (text, time, signal) => {
      const fields = { component: text, ...time };
      const { answer, exitCode } = await ask('releases', { ...fields, limit: '5' }, signal);
      if (answer.matched.length === 0) return null;
      return {
        ...{
          kind: 'package',
          text: answer.matched.slice(0, 3).join(', '),
          ask: 'releases',
          fields,
        },
        detail: `in ${formatCount(answer.releases.length, 'release', answer.next !== null)}`,
        isOpen: exitCode === 3,
      };
    },
  },
  {
    kind: 'release or image',
    run: async (text, time, signal) => {
      const fields = { subject: text, ...time };
      const { answer } = await ask('provenance', { ...fields, limit: '1' }, signal);
      const names = answer.releases.map(({ name, version }) => `${name}@${version}`);
      const isKnown =
        names.length > 0 || answer.deployments.length > 0 || answer.documents.length > 0;
      if (!isKnown) return null;
      return {
        ...{ kind: answer.image === undefined ? 'release' : 'image', ask: 'provenance', fields },
        text: shortenDigest(text),
        detail: `${names.slice(0, 3).join(', ') || 'in no known release'}; ${formatCount(answer.deployments.length, 'container', answer.more)} of it`,
        isOpen: false,
      };
    },
  },
  {
    kind: 'owner',
    run: async (text, time, signal) => {
      const fields = { owner: text, ...time };
      const { answer } = await ask('where', { ...fields, limit: '5' }, signal);
      return {
        ...{ kind: 'owner', text, ask: 'where', fields, isOpen: false },
        detail: `${formatCount(answer.deployments.length, 'container', answer.next !== null)} of this owner`,
      };
    },
  },
  {
    kind: 'signer',
    run: async (text, time, signal) => {
      const fields = { signedBy: text, ...time };
      const { answer } = await ask('where', { ...fields, limit: '5' }, signal);
      return {
        ...{ kind: 'signer', text, ask: 'where', fields, isOpen: false },
        detail: `${formatCount(answer.deployments.length, 'container', answer.next !== null)} by documents of this signer`,
      };
    },
  },
  {
    kind: 'commit',
    run: (text, time, signal) => findRadius({ kind: 'commit', text, time }, signal),
  },
  {
    kind: 'person',
    run: (text, time, signal) => findRadius({ kind: 'person', text, time }, signal),
  },
  {
    kind: 'cluster',
    run: async (text, time, signal) => {
      const fields = { cluster: text, ...time };
      const { answer } = await ask('where', { ...fields, limit: '5' }, signal);
      if (answer.deployments.length === 0) return null;
      return {
        ...{ kind: 'cluster', text, ask: 'where', fields, isOpen: false },
        detail: formatCount(answer.deployments.length, 'container', answer.next !== null),
      };
    },
  },
];

/** What was made from a commit, or from the commits of a person. */
async function findRadius(
  { kind, text, time }: { kind: 'commit' | 'person'; text: string; time: Fields },
  signal: AbortSignal,
): Promise<Match> {
  const fields = { [kind]: text, ...time };
  const { answer } = await ask('blast-radius', { ...fields, limit: '5' }, signal);
  const made = formatCount(answer.releases.length, 'release', answer.next !== null);
  return {
    ...{ kind, ask: 'blast-radius', fields, detail: `${made} made from it` },
    text: kind === 'person' ? text : (answer.matched[0] ?? text),
    isOpen: answer.unknown.length > 0 || answer.unknownMore,
  };
}

interface Outcome {
  readonly kind: string;
  readonly match: Match | null;
  /** Why it is nothing there; null where it is something. */
  readonly failure: AskFailure | null;
}

/** What a text means to the graph. */
export function FindView({ text, time }: { readonly text: string; readonly time: Fields }) {
  const token = useToken();
  const key = JSON.stringify([token, text, time]);
  const [found, setFound] = useState<{ key: string; outcomes: readonly Outcome[] } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names the text and the time
  useEffect(() => {
    const controller = new AbortController();
    const runs = ATTEMPTS.map(({ kind, run }) =>
      run(text, time, controller.signal).then(
        (match): Outcome => ({ kind, match, failure: null }),
        (thrown: unknown): Outcome => ({ kind, match: null, failure: toAskFailure(thrown) }),
      ),
    );
    void Promise.all(runs).then((outcomes) => {
      if (!controller.signal.aborted) setFound({ key, outcomes });
    });
    return () => controller.abort();
  }, [key]);
  const outcomes = found?.key === key ? found.outcomes : null;
  const refused = outcomes?.find(
    ({ failure }) => failure !== null && BLOCKING.has(failure.code),
  )?.failure;
  return (
    <>
      <h1>“{text}”</h1>
      <Answered
        loaded={
          outcomes === null
            ? { state: 'loading' }
            : refused === undefined || refused === null
              ? { state: 'done', value: outcomes }
              : { state: 'failed', failure: refused }
        }
      >
        {(list) => <Outcomes outcomes={list} />}
      </Answered>
    </>
  );
}

/** Failures that say nothing about the text. */
const BLOCKING: ReadonlySet<string> = new Set(['UNAUTHORISED', 'ROLE_MISSING', 'UNREACHABLE']);
/** Failures that say that the text is no such thing. */
const NOT_IT: ReadonlySet<string> = new Set(['UNKNOWN_NAME', 'USAGE', 'MALFORMED', 'NOT_FOUND']);

function Outcomes({ outcomes }: { readonly outcomes: readonly Outcome[] }) {
  const matches = outcomes.flatMap(({ match }) => (match === null ? [] : [match]));
  const broken = outcomes.filter(({ failure }) => failure !== null && !NOT_IT.has(failure.code));
  const near =
    matches.length > 0
      ? []
      : outcomes.flatMap(({ failure }) =>
          failure?.remedy.startsWith('Did you mean ') === true ? [failure.remedy] : [],
        );
  return (
    <>
      {matches.length === 0 ? (
        <p>Nothing here is called that.</p>
      ) : (
        <ul className="cards">
          {matches.map((match) => (
            <li key={match.kind} className="card found">
              <p className="kind">{match.kind}</p>
              <h2>
                <To ask={match.ask} fields={match.fields}>
                  {match.text}
                </To>
              </h2>
              <p>{match.detail}</p>
              {match.isOpen && <p className="missing">Not everything could be judged.</p>}
            </li>
          ))}
        </ul>
      )}
      {near.map((remedy) => (
        <p key={remedy}>{remedy}</p>
      ))}
      <p className="quiet">
        It is no{' '}
        {outcomes
          .filter(({ match }) => match === null)
          .map(({ kind }) => kind)
          .join(', no ')}{' '}
        that is known here.
      </p>
      {broken.map(({ kind, failure }) => (
        <p key={kind} className="missing">
          Whether it is a {kind} could not be found out: {failure?.message}
        </p>
      ))}
    </>
  );
}
