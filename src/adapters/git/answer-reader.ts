import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Failure } from '../../core/failure.ts';
import { toOneLine } from '../../core/one-line.ts';

/**
 * Reads what a process answers, by lines or by a number of bytes. A process that ends or stays
 * silent is a Failure.
 */
export interface AnswerReader {
  line(): Promise<string>;
  bytes(count: number): Promise<Buffer>;
}

const ANSWER_MS = 60_000;
const LINE_BYTES_MAX = 4_096;

export function openAnswerReader(child: ChildProcessWithoutNullStreams): AnswerReader {
  let pieces: Buffer[] = [];
  let held = 0;
  let ended: Failure | null = null;
  let said = '';
  let wake: () => void = () => undefined;
  const end = (): void => {
    const why = toOneLine(said.split('\n')[0] ?? '') || 'git ended';
    ended ??= new Failure(
      'MALFORMED',
      `git could not read an object: ${why}`,
      'Run git fsck, and fetch the missing objects.',
    );
    wake();
  };
  child.stdout.on('data', (piece: Buffer) => {
    pieces.push(piece);
    held += piece.length;
    wake();
  });
  child.stderr.on('data', (piece: Buffer) => {
    if (said.length < LINE_BYTES_MAX) said += piece.toString('utf8');
  });
  child.on('error', end).on('close', end);
  const waitForMore = async (): Promise<void> => {
    if (ended !== null) throw ended;
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const timer = setTimeout(() => {
      ended ??= new Failure(
        'DEADLINE_EXCEEDED',
        'git did not answer in time',
        'Run the command again.',
      );
      resolve();
    }, ANSWER_MS);
    await promise;
    clearTimeout(timer);
  };
  const joinPieces = (): Buffer => {
    const all =
      pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, held);
    pieces = [all];
    return all;
  };
  const take = (count: number): Buffer => {
    const all = joinPieces();
    held -= count;
    pieces = held === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  };
  return {
    bytes: async (count) => {
      while (held < count) await waitForMore();
      return take(count);
    },
    line: async () => {
      for (let end = joinPieces().indexOf(0x0a); ; end = joinPieces().indexOf(0x0a)) {
        if (end >= 0) return take(end + 1).toString('latin1', 0, end);
        if (held > LINE_BYTES_MAX)
          throw new Failure('MALFORMED', 'git answered out of order', 'Run git fsck.');
        await waitForMore();
      }
    },
  };
}
