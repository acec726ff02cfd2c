import { stringify } from 'yaml';
import { Failure } from '../../core/failure.ts';
import { wantsJson } from './call-config.ts';
import type { Call, ExitCode } from './command.ts';
import { deliverResult } from './result-file.ts';

/** Manifests as kubectl reads them: documents of YAML, or one List in JSON. */
export function deliverManifests(call: Call, manifests: readonly object[]): ExitCode {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  const yaml = (manifest: object): string =>
    stringify(manifest, { aliasDuplicateObjects: false, indentSeq: false, lineWidth: 0 });
  deliverResult(
    call,
    wantsJson(call) ? `${JSON.stringify(list, null, 2)}\n` : manifests.map(yaml).join('---\n'),
  );
  return 0;
}

/**
 * A name of Kubernetes (RFC 1123 label): what is none would be refused there, later and with less
 * to go by.
 */
export function requireLabel(what: string, text: string): string {
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new Failure('USAGE', `not a ${what}: ${text}`, 'Use lower-case letters, digits and -.');
}
