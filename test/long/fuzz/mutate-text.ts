import type { Chance } from './chance.ts';

/** A case never gets larger, so that time in proportion to it stays short. */
export const CASE_BYTES_MAX = 200_000;

/** What readers of text have stumbled over. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...['', ' ', '\t', '\n', '\r\n', '\0', '\u2028', '\ufeff', '\ud800', '\udfff', '\u0085'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'length'],
  ...['..', '../../etc/passwd', '/', '//', './', '\\', '%2F', '%00', '%', '%zz', '%E0%A4%A'],
  ...[
    '"',
    "'",
    '`',
    '${x}',
    '$(x)',
    '{{',
    '}}',
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '<',
    '>',
    '&a',
    '*a',
  ],
  ...[
    '-',
    '--',
    '-0',
    '0',
    '-1',
    '1e999',
    '9'.repeat(40),
    'NaN',
    'Infinity',
    '0x10',
    '1.0.0',
    '1:1',
  ],
  ...[
    'null',
    'true',
    'false',
    '~',
    '!!js/function',
    '!!binary',
    '<<',
    '? ',
    '- ',
    ': ',
    '#',
    '|',
    '>',
  ],
  ...[
    '@',
    '@@',
    ':',
    '::',
    ';',
    ',',
    '=',
    '?',
    '*',
    '**',
    '+',
    '^',
    '~',
    '|',
    '||',
    '&&',
    'é',
    'ſ',
  ],
  ...[
    'sha256:',
    `sha256:${'a'.repeat(64)}`,
    `sha256:${'A'.repeat(64)}`,
    'pkg:',
    'pkg:npm/',
    'data:,',
  ],
  ...['file:///x', 'https://a@b:c@d/', 'http://[::1]:0/', 'git+ssh://x', 'npm:a@1', 'workspace:*'],
  ...['-----BEGIN CERTIFICATE-----', '-----END', '=====', 'AA==', 'e30=', '2026-13-45T99:99:99Z'],
];

/** One change of a text. */
type TextMutation = (text: string, chance: Chance) => string;

const cutAt = (text: string, chance: Chance): [string, string] => {
  const at = chance.below(text.length + 1);
  return [text.slice(0, at), text.slice(at)];
};

const span = (text: string, chance: Chance, max = 60): [number, number] => {
  const from = chance.below(text.length + 1);
  return [from, Math.min(text.length, from + chance.size(max))];
};

const insert: TextMutation = (text, chance) => {
  const [before, after] = cutAt(text, chance);
  return before + chance.among(HOSTILE_TEXTS) + after;
};
const remove: TextMutation = (text, chance) => {
  const [from, to] = span(text, chance, 400);
  return text.slice(0, from) + text.slice(to);
};
const replace: TextMutation = (text, chance) => {
  const [from, to] = span(text, chance, 20);
  return text.slice(0, from) + chance.among(HOSTILE_TEXTS) + text.slice(to);
};
/** Repeats a part so often that quadratic work is seen. */
const repeat: TextMutation = (text, chance) => {
  const [from, to] = span(text, chance);
  const part = chance.once(3) ? chance.among(HOSTILE_TEXTS) : text.slice(from, to);
  const times = chance.size(Math.floor(CASE_BYTES_MAX / Math.max(1, part.length * 2)));
  return text.slice(0, to) + part.repeat(times) + text.slice(to);
};
const nest: TextMutation = (text, chance) => {
  const [open, close] = chance.among([
    ['[', ']'],
    ['{"a":', '}'],
    ['(', ')'],
    ['- ', ''],
    ['!', ''],
    ['${', '}'],
  ] as const);
  const depth = chance.size(20_000);
  const [before, after] = cutAt(text, chance);
  return before + open.repeat(depth) + (chance.once(2) ? close.repeat(depth) : '') + after;
};
const truncate: TextMutation = (text, chance) => cutAt(text, chance)[0];
const changeCase: TextMutation = (text, chance) => {
  const [from, to] = span(text, chance);
  const part = text.slice(from, to);
  const changed = chance.once(2) ? part.toUpperCase() : part.toLowerCase();
  return text.slice(0, from) + changed + text.slice(to);
};
const editLines: TextMutation = (text, chance) => {
  const lines = text.split('\n');
  const [one, other] = [chance.below(lines.length), chance.below(lines.length)];
  const line = lines[one] ?? '';
  const kind = chance.below(5);
  if (kind === 0) lines.splice(one, 1);
  else if (kind === 1) lines.splice(other, 0, line);
  else if (kind === 2) [lines[one], lines[other]] = [lines[other] ?? '', line];
  else if (kind === 3) lines[one] = ` ${line}`;
  else lines[one] = `${line} ${chance.among(HOSTILE_TEXTS)}`;
  return lines.join(chance.once(12) ? '\r\n' : '\n');
};

const MUTATIONS: readonly TextMutation[] = [
  ...[insert, remove, replace, repeat, nest, truncate, changeCase],
  ...[editLines, editLines, insert, replace],
];

/** A text with a few changes. */
export function mutateText(text: string, chance: Chance): string {
  let changed = text;
  for (let count = 1 + chance.below(3); count > 0; count--)
    changed = chance.among(MUTATIONS)(changed, chance).slice(0, CASE_BYTES_MAX);
  return changed;
}

const NUMBERS = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** Bytes with a few changes: bits, lengths, cuts, repetitions. */
export function mutateBytes(bytes: Uint8Array, chance: Chance): Uint8Array {
  let changed = Buffer.from(bytes);
  for (let count = 1 + chance.below(4); count > 0; count--) changed = changeBytes(changed, chance);
  return changed.subarray(0, CASE_BYTES_MAX);
}

function changeBytes(bytes: Buffer<ArrayBuffer>, chance: Chance): Buffer<ArrayBuffer> {
  const at = chance.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + chance.size(500));
  const kind = chance.below(7);
  if (kind === 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
  else if (kind === 1 && at < bytes.length) bytes[at] = chance.among(NUMBERS) & 0xff;
  else if (kind === 2 && at + 4 <= bytes.length)
    chance.once(2)
      ? bytes.writeUInt32LE(chance.among(NUMBERS), at)
      : bytes.writeUInt32BE(chance.among(NUMBERS), at);
  else if (kind === 3) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
  else if (kind === 4) return Buffer.from(bytes.subarray(0, at));
  else if (kind === 5) {
    const part = bytes.subarray(at, to);
    const times = chance.size(Math.floor(CASE_BYTES_MAX / Math.max(1, part.length * 2)));
    const parts = Array.from({ length: times }, () => part);
    return Buffer.concat([bytes.subarray(0, to), ...parts, bytes.subarray(to)]);
  } else {
    const noise = Buffer.from(Array.from({ length: chance.size(64) }, () => chance.below(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  }
  return bytes;
}
