import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import {
  extendVex,
  type VexDraft,
  type VexFormat,
  type VexStatement,
} from '../../capabilities/scanning/index.ts';
import { type SigningKey, selectBlobHash, signBlob } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatAnswerInstant, formatInstant, type Instant, toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';
import type { Config } from '../config/config.ts';
import type { VexAddCall } from './options/signing.ts';
import { showLine } from './report/block.ts';
import { type Report, toValue } from './report/report.ts';
import { loadCountingVex } from './scan-vex.ts';

export interface VexAddition {
  readonly key: SigningKey;
  readonly path: string;
  /** The form that the call asks for; null: that of the document. */
  readonly form: VexFormat | null;
  readonly draft: VexDraft;
  readonly signedAt: Instant;
}

/**
 * Adds a statement to a document that counts already, and signs the whole again: who signs it
 * states everything in it, so one that nobody signed who may state VEX is refused.
 */
export async function putIntoDocument(
  call: VexAddCall,
  config: Config,
  { key, path, form, draft, signedAt }: VexAddition,
): Promise<Report> {
  const before = await loadCountingVex(call, config, path);
  const extended = orThrow(readWithinBudget(before.bytes, () => extendVex(before.bytes, draft)));
  const { bytes, superseded } = extended;
  if (form !== null && form.format !== extended.form.format)
    throw new Failure(
      'USAGE',
      `${path} is ${extended.form.name}, and a statement in it has this form`,
      'Leave --format out.',
    );
  const hash = selectBlobHash(key.algorithm);
  const hex = createHash(hash).update(bytes).digest('hex');
  const blob = { hash, hex, size: bytes.length, mediaType: extended.form.mediaType };
  const signing = { key, form: before.signature.form, signedAt };
  const signature = orThrow(await signBlob(blob, signing));
  writeWhole(path, bytes);
  writeWhole(before.signature.path, signature);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('vex-add', () => ({
      ...{ image: null, file: path, mediaType: extended.form.mediaType },
      ...{ document: `${hash}:${hex}`, signature: before.signature.path },
      ...{ standing: null, reason: null },
      supersedes: superseded.map(({ status, justification, at }) => ({
        ...{ status, justification, at: at === 0 ? null : formatAnswerInstant(toInstant(at)) },
      })),
    })),
    blocks: () => [
      showLine(`added to ${path} (${extended.form.name})`),
      ...superseded.map((one) => showLine(`no longer counts: ${describeStatement(one)}`)),
      showLine(`signature ${before.signature.path}`),
    ],
    hints: [`use it: waybill scan TARGET --vex ${basename(path)}`],
  };
}

function describeStatement({ names, status, justification, at }: VexStatement): string {
  const why = justification === null ? '' : ` (${justification})`;
  const when = at === 0 ? 'of unknown time' : `of ${formatInstant(toInstant(at))}`;
  return `${names[0] ?? ''} ${status}${why}, ${when}`;
}
