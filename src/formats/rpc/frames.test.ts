import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { encodeFrame, type Frame, FrameReader } from './frames.ts';

const BYTES_MAX = 64;

function readPieces(bytes: Uint8Array, size: number): readonly Frame[] {
  const reader = new FrameReader(BYTES_MAX);
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += size)
    frames.push(...orThrow(reader.push(bytes.subarray(at, at + size))));
  return frames;
}

const text = (frame: Frame | undefined): string =>
  frame?.kind === 'message' ? Buffer.from(frame.content).toString('utf8') : '';

describe('A1: messages of an editor', () => {
  it('are the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: fc.string({ unit: 'grapheme', maxLength: 8 }) }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        (values, size) => {
          const bytes = Buffer.concat(values.map((value) => encodeFrame(value)));
          const kept = values.filter(
            (value) => Buffer.byteLength(JSON.stringify(value)) <= BYTES_MAX,
          );
          const frames = readPieces(bytes, size).filter(({ kind }) => kind === 'message');
          expect(frames.map((one) => JSON.parse(text(one)))).toEqual(kept);
        },
      ),
    );
  });

  it('may have as many bytes as the bound; one more and the message is skipped', () => {
    const whole = (bytes: number): string => `Content-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`;
    const next = 'content-length:2\r\nContent-Type: application/json\r\n\r\n{}';
    for (const size of [1, 7, 10_000]) {
      const within = readPieces(Buffer.from(whole(BYTES_MAX) + next), size);
      expect(within.map(text)).toEqual(['x'.repeat(BYTES_MAX), '{}']);
      const over = readPieces(Buffer.from(whole(BYTES_MAX + 1) + next), size);
      expect(over).toEqual([
        { kind: 'too-large', bytes: BYTES_MAX + 1 },
        expect.objectContaining({ kind: 'message' }),
      ]);
    }
  });

  it.each([
    ['no length', 'Content-Type: a\r\n\r\n{}'],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length that is no number', 'Content-Length: -2\r\n\r\n{}'],
    ['a length beyond all numbers', `Content-Length: ${'9'.repeat(16)}\r\n\r\n{}`],
    ['a header without an end', 'x'.repeat(4_096)],
  ])('are refused with %s', (_, input) => {
    const read = new FrameReader(BYTES_MAX).push(Buffer.from(input));
    expect(read).toMatchObject({ ok: false, failure: { code: 'MALFORMED' } });
  });

  it('wait for a header that has not ended', () => {
    const read = new FrameReader(BYTES_MAX).push(Buffer.from('x'.repeat(4_095)));
    expect(read).toEqual({ ok: true, value: [] });
  });

  it('take any bytes without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        new FrameReader(BYTES_MAX).push(bytes);
      }),
    );
  });
});
