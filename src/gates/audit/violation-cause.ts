import type { GraphFinding } from '../../capabilities/graph/index.ts';
import { formatCount } from '../../core/count.ts';
import { toOneLine } from '../../core/one-line.ts';

export interface Cause {
  readonly kind: 'misconfiguration' | 'vulnerability' | 'unknown';
  /** What led to it, and what is unknown. */
  readonly facts: string[];
}

/** What is known about the container; null is unknown. */
export interface CauseFacts {
  readonly settings: readonly string[] | null;
  /** Findings of the image that ran then; null where its components are unknown. */
  readonly findings: readonly GraphFinding[] | null;
}

const FACTS_MAX = 20;

/**
 * Decides between misconfiguration and vulnerability (O11), by facts alone. A workload with more
 * rights than it needs can do what it did without any flaw in its software. Otherwise a known flaw
 * that is severe enough is suspected. All known facts are shown, also those that did not decide.
 */
export function findCause({ settings, findings }: CauseFacts): Cause {
  const severe = (findings ?? []).filter(
    ({ severity, status }) => status === 'affected' && /critical|high/.test(severity),
  );
  const facts = [
    ...(settings ?? ['how the workload is configured is unknown: waybill watch']).map((one) =>
      toOneLine(one),
    ),
    ...(settings?.length === 0
      ? ['the container is configured as the restricted Pod Security Standard requires']
      : []),
    ...severe.slice(0, FACTS_MAX).map(describeFinding),
    ...(severe.length > FACTS_MAX
      ? [`${formatCount(severe.length - FACTS_MAX, 'more critical or high finding')}`]
      : []),
    ...(findings === null ? ['the components of the image are unknown'] : []),
    ...(findings !== null && severe.length === 0
      ? ['no known finding of the image is critical or high']
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
  const fix = fixed.length === 0 ? 'no fix is known' : `fixed in ${fixed.slice(0, 3).join(', ')}`;
  return toOneLine(`${names[0] ?? advisory} (${severity}) in ${purl}, ${fix}`);
}
