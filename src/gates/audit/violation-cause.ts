import type { GraphFinding } from '../../capabilities/graph/index.ts';
import { toOneLine } from '../../core/one-line.ts';

export interface Cause {
  readonly kind: 'misconfiguration' | 'vulnerability' | 'unknown';
  /** What led there, and what could not be told. */
  readonly facts: string[];
}

/** What is known of the container that did it; null is what nobody knows. */
export interface CauseFacts {
  readonly settings: readonly string[] | null;
  /** Of the image that ran then; null where nobody told what it is made of. */
  readonly findings: readonly GraphFinding[] | null;
}

const FACTS_MAX = 20;

/**
 * Misconfiguration told from vulnerability (O11), by facts alone: a workload that is set up to be
 * more than it needs can do what it did without any flaw in its software; else a known flaw that is
 * severe enough is suspected. All that is known is shown, also what did not decide.
 */
export function findCause({ settings, findings }: CauseFacts): Cause {
  const severe = (findings ?? []).filter(
    ({ severity, status }) => status === 'affected' && /critical|high/.test(severity),
  );
  const facts = [
    ...(settings ?? ['nobody has told how the workload is set up: waybill watch']).map((one) =>
      toOneLine(one),
    ),
    ...(settings?.length === 0
      ? ['the workload is set up as the restricted Pod Security Standard asks']
      : []),
    ...severe.slice(0, FACTS_MAX).map(describeFinding),
    ...(severe.length > FACTS_MAX
      ? [`${severe.length - FACTS_MAX} more findings that are critical or high`]
      : []),
    ...(findings === null ? ['nobody has told what the image is made of'] : []),
    ...(findings !== null && severe.length === 0
      ? ['no finding of the image that is known is critical or high']
      : []),
  ];
  const kind =
    (settings ?? []).length > 0
      ? 'misconfiguration'
      : severe.length > 0
        ? 'vulnerability'
        : 'unknown';
  return { kind, facts: facts.slice(0, 100) };
}

function describeFinding({ names, advisory, severity, purl, fixed }: GraphFinding): string {
  const mended = fixed.length === 0 ? 'no fix known' : `fixed in ${fixed.slice(0, 3).join(', ')}`;
  return toOneLine(`${names[0] ?? advisory} (${severity}) in ${purl}, ${mended}`);
}
