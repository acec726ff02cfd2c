import type { ReactNode } from 'react';
import type { AskFailure, Loaded } from '../api/ask.ts';
import { SignIn } from './sign-in.tsx';

/** What stands in place of an answer: that it is awaited, or why there is none. */
export function Answered<T>({
  loaded,
  children,
}: {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ReactNode;
}) {
  if (loaded.state === 'done') return children(loaded.value);
  if (loaded.state === 'loading')
    return (
      <p role="status" className="waiting">
        Asking …
      </p>
    );
  const { failure } = loaded;
  if (failure.code === 'UNAUTHORISED' || failure.code === 'ROLE_MISSING')
    return <SignIn why={failure} />;
  return <Refusal failure={failure} />;
}

export function Refusal({ failure }: { readonly failure: AskFailure }) {
  return (
    <div role="alert" className="verdict open">
      <h2>No answer</h2>
      <p>{failure.message}.</p>
      <p className="quiet">
        {failure.remedy} <code>{failure.code}</code>
      </p>
    </div>
  );
}

interface VerdictProps {
  readonly exitCode: 0 | 1 | 3;
  readonly bad: string;
  readonly open: string;
  readonly good: string;
  readonly children?: ReactNode;
}

/**
 * The answer in one line. It has three values, as the exit code of the command line has: 3 means
 * that something could not be judged, and is never shown as clean.
 */
export function Verdict({ exitCode, bad, open, good, children }: VerdictProps) {
  const [kind, text, mark] =
    exitCode === 1
      ? (['bad', bad, 'Yes'] as const)
      : exitCode === 3
        ? (['open', open, 'Not known'] as const)
        : (['good', good, 'No'] as const);
  return (
    <div className={`verdict ${kind}`} data-exit={exitCode}>
      <h2>
        <span className="answer">{mark}</span> {text}
      </h2>
      {children}
    </div>
  );
}
