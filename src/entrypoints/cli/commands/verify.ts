import { Failure } from '../../../core/failure.ts';
import { findFilePath, parseTarget } from '../../compose/targets.ts';
import { loadCallConfig } from '../call-config.ts';
import type { VerifyCall } from '../options/signing.ts';
import type { Report } from '../report/report.ts';
import { verifyFile } from './verify-file.ts';
import { verifyImage } from './verify-image.ts';
import type { Revision } from './verify-revision.ts';

/**
 * Ends with 0 if there is a signature that counts, with 1 if there is none, and with 3 if that is
 * unknown.
 */
export async function run(call: VerifyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const text = call.args[0] ?? '';
  const revision = parseRevision(text);
  if (revision !== null) {
    refuseOption(call, 'as', 'is only for an image on disk');
    for (const name of FILE_OPTIONS) refuseOption(call, name, 'is only for files');
    const { verifyRevision } = await import('./verify-revision.ts');
    return verifyRevision(call, config, revision);
  }
  for (const name of REVISION_OPTIONS)
    refuseOption(call, name, 'is only for a commit or a tag of git');
  const file = findFilePath(text, call.io.cwd);
  if (file !== null) {
    refuseOption(
      call,
      'as',
      'is only for an image on disk; trustpolicy.blob.json says who may sign files',
    );
    return verifyFile(call, config, file);
  }
  const target = parseTarget(text, call.io.cwd);
  if (target.kind !== 'image' && target.kind !== 'layout') {
    const remedy = 'Name an image reference, oci:DIR[:TAG], a signed file, commit:REV or tag:NAME.';
    throw new Failure('USAGE', `${target.text} is neither an image nor a file`, remedy);
  }
  for (const name of FILE_OPTIONS) refuseOption(call, name, 'is only for files');
  if (target.kind === 'image')
    refuseOption(
      call,
      'as',
      'is only for an image on disk; this reference names its repository itself',
    );
  return verifyImage(call, config, target);
}

/** The prefix decides: an image may have the name of a tag. */
function parseRevision(text: string): Revision | null {
  const [, kind, name = ''] = /^(commit|tag):(.*)$/s.exec(text) ?? [];
  return kind === 'commit' || kind === 'tag' ? { kind, name } : null;
}

const FILE_OPTIONS = [
  ...(['signature', 'policyName', 'mediaType'] as const),
  ...(['bundle', 'key', 'identity', 'issuer'] as const),
] as const;

const REVISION_OPTIONS = [
  ...([
    'allowedSigners',
    'keyring',
    'commitRoot',
    'commitIdentity',
    'mergeSigner',
    'policy',
  ] as const),
] as const;

type NarrowOption = 'as' | (typeof FILE_OPTIONS)[number] | (typeof REVISION_OPTIONS)[number];

function refuseOption(call: VerifyCall, name: NarrowOption, why: string): void {
  const given = call.options[name];
  if (given === undefined || given.length === 0) return;
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new Failure('USAGE', `${flag} ${why}`, 'Leave it out.');
}
