import { LICENCE_PIECES } from '../../src/formats/spdx/licence-pieces.ts';

/** A licence file: heading, notice and text, with its variable parts filled. */
export function writeLicence(id: string): string {
  const text = LICENCE_PIECES.find((piece) => piece.id === id && piece.count === undefined)?.text;
  if (text === undefined) throw new Error(`no text of ${id} is known`);
  const words = text.split(' ').map((word) => word.replace(/\?$/, '').split('|')[0] ?? '');
  const filled = words.map((word) => (word.startsWith('{') ? 'example authors' : word)).join(' ');
  return `Copyright (c) 2026 Example Authors. All rights reserved.\n\n${filled}.\n`;
}
