import { TAG } from './der.ts';

/** One element of DER: a tag, the fewest octets of length, and the parts as content. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size: number[] = [];
  for (let left = content.length; left > 0; left = Math.floor(left / 256)) size.unshift(left & 255);
  const length = content.length < 0x80 ? [content.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** An object identifier from its dots, such as `1.3.6.1.5.5.7.48.1.2`. */
export function writeOid(dots: string): Buffer {
  const [first = 0, second = 0, ...rest] = dots.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift((left & 0x7f) | 0x80);
    return septets;
  });
  return writeDer(TAG.oid, Buffer.from(bytes));
}

/** A number that is not negative, from its bytes. */
export function writeUnsigned(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const content = magnitude.subarray(start);
  const sign = (content[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0);
  return writeDer(TAG.integer, sign, content.length === 0 ? Buffer.from([0]) : content);
}
