import { Failure } from '../../core/failure.ts';
import { formatManifest } from '../../phases/deploy/index.ts';
import { type Report, toValue } from './report/report.ts';

/** Manifests as kubectl reads them: documents of YAML, or one List in JSON. */
export function reportManifests(
  command: 'server' | 'webhook' | 'gatekeeper' | 'watcher',
  manifests: readonly object[],
  hints: readonly string[] = [],
): Report {
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue(`cluster-${command}`, () => ({
      apiVersion: 'v1',
      kind: 'List',
      items: manifests,
    })),
    blocks: () => [],
    hints,
    documents: {
      yaml: () => new TextEncoder().encode(manifests.map(formatManifest).join('---\n')),
    },
  };
}

/**
 * A name of Kubernetes (RFC 1123 label). Kubernetes would refuse another name later, with a less
 * helpful message.
 */
export function requireLabel(what: string, text: string): string {
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new Failure('USAGE', `not a ${what}: ${text}`, 'Use lower-case letters, digits and -.');
}
