import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import type { TarSink } from '../../formats/tar/tar.ts';

const LINE_FEED = 10;

/**
 * Takes a member of JSON lines: each line that is not blank is a record, by the number of its line.
 * A line may be as long as a record; the member may be longer. Throws LIMIT_EXCEEDED.
 */
export function takeLines(name: string, take: (name: string, record: Buffer) => void): TarSink {
  let number = 0;
  let bytes = 0;
  let pieces: Buffer[] = [];
  const keep = (piece: Uint8Array): void => {
    bytes += piece.length;
    // mutant line-of-any-size by unfold-feeds: condition -> false
    if (bytes > LIMITS.advisoryBytesMax) throw createLongLineFailure(name, number + 1);
    pieces.push(Buffer.from(piece));
  };
  const end = (): void => {
    number += 1;
    const line = Buffer.concat(pieces, bytes);
    [pieces, bytes] = [[], 0];
    if (!isBlank(line)) take(`${name} line ${number}`, line);
  };
  return {
    write: (piece) => {
      let start = 0;
      for (let at = piece.indexOf(LINE_FEED); at !== -1; at = piece.indexOf(LINE_FEED, start)) {
        keep(piece.subarray(start, at));
        end();
        start = at + 1;
      }
      keep(piece.subarray(start));
    },
    end,
  };
}

function isBlank(line: Buffer): boolean {
  return line.length < 8 && line.toString('latin1').trim() === '';
}

function createLongLineFailure(name: string, line: number): Failure {
  const what = `${toOneLine(name, 200)} line ${line} is over ${LIMITS.advisoryBytesMax} bytes`;
  return new Failure('LIMIT_EXCEEDED', what, 'Take the feed from its source again.');
}
