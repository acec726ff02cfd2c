import { describeSigner } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { DocumentContent, Standing } from './image-evidence.ts';

/** The reason names the document and its signer, so that somebody can find it and act on it. */
export function nameUnreadable(
  content: DocumentContent,
  digest: Digest,
  type: string,
  standing: Standing,
): DocumentContent {
  if (content.kind !== 'unreadable') return content;
  const { code, message, remedy } = content.cause;
  const signer = standing.kind === 'undetermined' ? null : standing.signer;
  const by =
    standing.kind === 'undetermined'
      ? 'whose signer is unknown'
      : signer === null
        ? 'which nobody signed'
        : `signed by ${describeSigner(signer).identity}`;
  const named = `the ${type} ${digest}, ${by}, cannot be read: ${message}`;
  const cause = new Failure(code, named, remedy, { cause: content.cause });
  return { ...content, cause };
}
