import { createWireReader, encodeWireString } from '../../src/capabilities/signing/git/ssh-wire.ts';
import {
  armoured,
  commitText,
  type SshSignatureOptions,
  sshSignature,
  type TestCommit,
  type TestKeyKind,
  type TestSshKey,
  testSshKey,
  WHEN,
  withSignature,
} from './ssh-commits.ts';

/** Random numbers from a seed (mulberry32), so that a disagreement can be reproduced. */
export function seedRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export interface MutatedCommit {
  readonly bytes: Buffer;
  /** What was done to it, for the message of a disagreement. */
  readonly how: string;
}

export type Random = (below: number) => number;

export const pick = <T>(random: Random, all: readonly T[]): T => all[random(all.length)] as T;

interface ListedKey {
  readonly key: TestSshKey;
  readonly line: string;
}

const LINES: readonly (readonly [TestKeyKind, string])[] = [
  ['ed25519', 'alice@example.com KEY'],
  ['ed25519', 'alice@example.com namespaces="git" KEY'],
  ['ed25519', 'alice@example.com namespaces="file,email" KEY'],
  ['ed25519', 'alice@example.com valid-before="20260101000000Z" KEY'],
  ['ed25519', 'alice@example.com valid-after="20260101Z",valid-before="202602010000Z" KEY'],
  ['ed25519', 'alice@example.com cert-authority KEY'],
  ['ed25519', '*@example.com,!mallory@example.com KEY'],
  ['ed25519', 'old@example.com valid-before="20200101Z" KEY\nalice@example.com KEY'],
  [
    'ed25519',
    'alice@example.com,bob@example.com valid-before="20200101Z" KEY\nbob@example.com KEY',
  ],
  ['ed25519', 'alice@example.com,!alice@example.com KEY'],
  ['ed25519', 'alice@example.com unknown-option KEY'],
  ['ed25519', '"alice@example.com" KEY comment'],
  ['ed25519', '* KEY'],
  ['ed25519', '# alice@example.com KEY'],
  ['p256', 'alice@example.com KEY'],
  ['p384', 'alice@example.com KEY'],
  ['p521', 'alice@example.com KEY'],
  ['rsa3072', 'alice@example.com KEY'],
  ['rsa1024', 'alice@example.com KEY'],
  ['dsa', 'alice@example.com KEY'],
  ['sk-ed25519', 'alice@example.com KEY'],
  ['sk-p256', 'alice@example.com KEY'],
];

/** Keys, and the file that allows some of them. Each way of not being allowed occurs once. */
export function listedKeys(): {
  readonly keys: readonly TestSshKey[];
  readonly allowedSigners: string;
} {
  const listed = LINES.map(([kind, template]): ListedKey => {
    const key = testSshKey(kind);
    return { key, line: template.replaceAll('KEY', key.line) };
  });
  return {
    keys: listed.map(({ key }) => key),
    allowedSigners: `${listed.map(({ line }) => line).join('\n')}\n`,
  };
}

/**
 * Commits that are signed and mostly changed in one way. The same seed and keys give the same
 * commits.
 */
export function* mutatedCommits(
  keys: readonly TestSshKey[],
  seed: number,
): Generator<MutatedCommit> {
  const random = seedRandom(seed);
  let last: Buffer = Buffer.alloc(0);
  for (let count = 0; ; count++) {
    const key = random(3) === 0 ? (keys[0] as TestSshKey) : pick(random, keys);
    const commit = plainCommit(random, count);
    const text = Buffer.from(commitText(commit)).toString('latin1');
    const signing = random(8) === 0 ? oddSigning(random) : {};
    const binary = sshSignature(key, Buffer.from(text, 'latin1'), signing);
    const [name, mutate] = pick(random, MUTATIONS);
    const bytes = mutate({ random, key, text, binary, last });
    last = binary;
    yield {
      bytes,
      how: `#${count} ${key.kind} ${keys.indexOf(key)} ${name} ${JSON.stringify(signing)}`,
    };
  }
}

function plainCommit(random: Random, count: number): TestCommit {
  const people = [
    'Alice <alice@example.com>',
    'Bob <bob@example.com>',
    ' <alice@example.com>',
    'Ünï <alice@example.com>',
  ];
  return {
    author: pick(random, people),
    committer: pick(random, people),
    seconds: WHEN + (random(4) - 1) * 20 * 86_400 + random(3) - 1,
    parents: Array.from({ length: random(3) }, (_, at) => `${at}`.repeat(40)),
    headers: pick(random, [
      '',
      '',
      'encoding ISO-8859-1\n',
      'mergetag object 1\n type commit\n \n text\n',
      'HG:extra x\n',
    ]),
    message: pick(random, [
      `change ${count}\n`,
      `change ${count}`,
      `\n${count}\r\n`,
      `${count} gpgsig x\n\ngpgsig y\n`,
    ]),
  };
}

function oddSigning(random: Random): SshSignatureOptions {
  return pick<SshSignatureOptions>(random, [
    { namespace: 'file' },
    { namespace: 'git\0' },
    { hash: 'sha256' },
    { hash: 'sha1' },
    { version: 0 },
    { version: 2 },
    { reserved: 'x' },
    { flags: 0 },
    { flags: 4 },
    { scheme: 'rsa-sha2-256' },
    { scheme: 'ssh-rsa' },
  ]);
}

interface Mutation {
  readonly random: Random;
  readonly key: TestSshKey;
  readonly text: string;
  readonly binary: Buffer;
  /** The signature of the commit before. */
  readonly last: Buffer;
}

const signedBy = ({ text }: Mutation, armour: string): Buffer => withSignature(text, armour);

const MUTATIONS: readonly (readonly [string, (on: Mutation) => Buffer])[] = [
  ['nothing', (on) => signedBy(on, armoured(on.binary))],
  ['nothing', (on) => signedBy(on, armoured(on.binary))],
  ['nothing', (on) => signedBy(on, armoured(on.binary))],
  ['no signature', ({ text }) => Buffer.from(text, 'latin1')],
  ['a changed byte', (on) => flipped(on.random, signedBy(on, armoured(on.binary)))],
  ['a changed byte', (on) => flipped(on.random, signedBy(on, armoured(on.binary)))],
  ['bytes inserted', (on) => inserted(on.random, signedBy(on, armoured(on.binary)))],
  ['bytes taken out', (on) => shortened(on.random, signedBy(on, armoured(on.binary)))],
  ['a changed byte of the binary', (on) => signedBy(on, armoured(flipped(on.random, on.binary)))],
  ['bytes inserted in the binary', (on) => signedBy(on, armoured(inserted(on.random, on.binary)))],
  ['the binary cut', (on) => signedBy(on, armoured(shortened(on.random, on.binary)))],
  ['another form of the armour', (on) => signedBy(on, oddArmour(on.random, armoured(on.binary)))],
  ['another form of the armour', (on) => signedBy(on, oddArmour(on.random, armoured(on.binary)))],
  ['the signature of another', (on) => signedBy(on, armoured(on.last))],
  ['the other form of its numbers', (on) => signedBy(on, armoured(otherNumbers(on)))],
  ['headers in another order', reordered],
  ['a header twice', doubled],
  ['another date', dated],
  ['carriage returns', (on) => Buffer.from(on.text.replace(/\n(?=.*\n\n)/, '\r\n'), 'latin1')],
  ['a signature header of the other hash', otherHash],
];

export function flipped(random: Random, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const at = random(bytes.length);
  changed[at] = (changed[at] ?? 0) ^ (1 + random(255));
  return changed;
}

export function inserted(random: Random, bytes: Buffer): Buffer {
  const at = random(bytes.length);
  const piece = pick(random, [
    '\0',
    ' ',
    '\n',
    '\r',
    '\r\n',
    ' \n',
    'gpgsig ',
    '<',
    '>',
    '\n\n',
    'A',
    '=',
  ]);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(piece), bytes.subarray(at)]);
}

export function shortened(random: Random, bytes: Buffer): Buffer {
  const at = random(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(3))]);
}

export function oddArmour(random: Random, armour: string): string {
  const lines = armour.trimEnd().split('\n');
  const body = lines.slice(1, -1).join('');
  const [begin = '', end = ''] = [lines[0], lines.at(-1)];
  return pick(random, [
    armour.replaceAll('\n', '\r\n'),
    `${armour}\n`,
    `${armour}text behind\n`,
    `${begin}\n\n${body}\n${end}\n`,
    `${begin}\n${body}\n${end}\n`,
    `${begin}\n${body.slice(0, 5)} ${body.slice(5)}\n${end}\n`,
    `${begin}\n${body}\n\n${end}\n`,
    `${begin}\n${body}=\n${end}\n`,
    `${begin} \n${body}\n${end}\n`,
    `${begin}\n${body}\n${end} \n`,
    `${begin}\n${body}\n${end}-\n`,
    `${begin}\n${body}`,
    `${begin}\n${body}${end}\n`,
    `${begin}\n${end}\n`,
    ` ${armour}`,
    armour.replace('SSH', 'PGP'),
    armour.replace('BEGIN', 'BEGUN'),
    `${armour}${armour}`,
  ]);
}

/** Numbers with a leading zero, or an Ed25519 signature with the order of the group added. */
export function otherNumbers({
  key,
  binary,
  random,
}: Pick<Mutation, 'key' | 'binary' | 'random'>): Buffer {
  const wire = createWireReader(binary.subarray(10));
  const fields = [wire.string(), wire.string(), wire.string(), wire.string()];
  const scheme = createWireReader(wire.string());
  const [name, value] = [scheme.text(), Buffer.from(scheme.string())];
  const rest = key.kind.startsWith('sk-')
    ? Buffer.from([scheme.byte(), ...Buffer.alloc(4)])
    : Buffer.alloc(0);
  const other =
    value.length === 64
      ? plusOrder(value)
      : key.kind.startsWith('rsa')
        ? shorter(value)
        : padded(value, random);
  const signature = Buffer.concat([encodeWireString(name), encodeWireString(other), rest]);
  return Buffer.concat([
    binary.subarray(0, 10),
    ...fields.map(encodeWireString),
    encodeWireString(signature),
  ]);
}

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function plusOrder(value: Buffer): Buffer {
  const scalar = BigInt(`0x${Buffer.from(value.subarray(32)).reverse().toString('hex')}`) + ORDER;
  const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse();
  return Buffer.concat([value.subarray(0, 32), bytes]);
}

function shorter(value: Buffer): Buffer {
  return value[0] === 0 ? value.subarray(1) : Buffer.concat([Buffer.from([0]), value]);
}

function padded(value: Buffer, random: Random): Buffer {
  const wire = createWireReader(value);
  const numbers = [Buffer.from(wire.string()), Buffer.from(wire.string())];
  const at = random(2);
  return Buffer.concat(
    numbers.map((number, index) =>
      encodeWireString(index === at ? Buffer.concat([Buffer.from([0]), number]) : number),
    ),
  );
}

function reordered(on: Mutation): Buffer {
  const all = signedBy(on, armoured(on.binary)).toString('latin1');
  const [head = '', ...rest] = all.split('\n\n');
  const lines = head.split(/\n(?! )/);
  const [from, to] = [on.random(lines.length), on.random(lines.length)];
  const [moved = ''] = lines.splice(from, 1);
  lines.splice(to, 0, moved);
  return Buffer.from([lines.join('\n'), ...rest].join('\n\n'), 'latin1');
}

function doubled(on: Mutation): Buffer {
  const all = signedBy(on, armoured(on.binary)).toString('latin1');
  const [head = '', ...rest] = all.split('\n\n');
  const lines = head.split(/\n(?! )/);
  const at = on.random(lines.length);
  lines.splice(on.random(lines.length + 1), 0, lines[at] ?? '');
  return Buffer.from([lines.join('\n'), ...rest].join('\n\n'), 'latin1');
}

/** Signed with the unusual date, so that only the date can be wrong. */
function dated(on: Mutation): Buffer {
  const date = pick(on.random, [
    '0 +0000',
    '1 +0000',
    '99999999999 +0000',
    '999999999999999999999 +0000',
    '-5 +0000',
    '1767225600',
    '1767225600 UTC',
    ' 1767225600 +0000',
    '1767225600 +000000',
    'x',
  ]);
  const text = on.text.replace(/(committer [^\n]*>)[^\n]*/, `$1 ${date}`);
  return withSignature(text, armoured(sshSignature(on.key, Buffer.from(text, 'latin1'))));
}

function otherHash(on: Mutation): Buffer {
  const armour = armoured(on.binary);
  const other = withSignature(on.text, armour, 'gpgsig-sha256');
  return on.random(2) === 0 ? other : withSignature(other.toString('latin1'), armour);
}
