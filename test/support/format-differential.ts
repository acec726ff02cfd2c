import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type CommitSigners,
  NO_KEYRING,
  parseCertificates,
  parseCommit,
  parseKeyring,
  parseTag,
  trustSshKeys,
  verifyCommit,
} from '../../src/capabilities/signing/index.ts';
import { ok, orThrow } from '../../src/core/result.ts';
import { armourCms, testCmsSigner } from './cms-commits.ts';
import {
  flipped,
  inserted,
  oddArmour,
  pick,
  type Random,
  seedRandom,
  shortened,
} from './commit-mutations.ts';
import { findClause } from './commit-refusals.ts';
import { RawRepository } from './git-answers.ts';
import {
  armourPgp,
  exportKey,
  PGP_CREATED,
  packet,
  pgpSignature,
  subpacket,
  type TestPgpKey,
  testPgpKey,
} from './openpgp-keys.ts';
import { commitText, EMPTY_TREE, WHEN, withSignature } from './ssh-commits.ts';

/** Someone who signs, and how: the signature of one format, as binary, and its armour. */
interface Party {
  readonly name: string;
  sign(payload: Buffer, random: Random): Buffer;
  armour(binary: Buffer): string;
}

interface World {
  readonly parties: readonly Party[];
  readonly signers: CommitSigners;
  readonly gnupg: string;
}

/** Keys and certificates, of which GnuPG knows the same public parts as Waybill. */
function makeWorld(folder: string): World {
  const gnupg = join(folder, 'gnupg');
  mkdirSync(gnupg, { mode: 0o700 });
  writeFileSync(join(gnupg, 'gpg.conf'), 'trust-model always\n');
  writeFileSync(join(gnupg, 'gpgsm.conf'), 'disable-crl-checks\n');
  const seconds = (value: number): Buffer => {
    const data = Buffer.alloc(4);
    data.writeUInt32BE(value);
    return data;
  };
  const kinds = ['ed25519-legacy', 'rsa3072', 'p256', 'p384', 'p521', 'rsa1024'] as const;
  const plain = kinds.map((kind) => testPgpKey(kind));
  const [old, gone, silent] = [0, 1, 2].map(() => testPgpKey('ed25519-legacy')) as TestPgpKey[];
  const subkey = testPgpKey('p256');
  const others = [old, gone, silent].filter((key) => key !== undefined);
  const ends = subpacket(9, seconds(WHEN - PGP_CREATED));
  const rings = [
    ...plain.map((key, at) => exportKey(key, at === 0 ? { subkeys: [{ key: subkey }] } : {})),
    exportKey(others[0] as TestPgpKey, { hashed: [ends] }),
    exportKey(others[1] as TestPgpKey, { isRevoked: true }),
    exportKey(others[2] as TestPgpKey, { hashed: [subpacket(27, Buffer.of(1))] }),
  ];
  const ring = Buffer.concat(rings);
  const person = testCmsSigner('alice');
  const stranger = testCmsSigner('mallory', { root: 'strange' });
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, GNUPGHOME: gnupg, LC_ALL: 'C' };
  spawnSync('gpg', ['--batch', '--import'], { input: ring, env });
  spawnSync('gpgsm', ['--batch', '--import'], { input: person.rootPem, env });
  const print = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha1'], {
    input: person.rootPem,
    encoding: 'utf8',
  });
  writeFileSync(join(gnupg, 'trustlist.txt'), `${print.trim().replace(/^.*=/, '')} S\n`);
  return {
    parties: [
      ...[...plain, subkey, ...others].map(toPgpParty),
      ...[person, person, person, stranger].map(
        (signer, at): Party => ({
          name: `x509 ${at}`,
          armour: armourCms,
          sign: (payload, random) =>
            signer.sign(payload, { openLengths: random(2) === 0, chain: (all) => all.slice(0, 1) }),
        }),
      ),
    ],
    signers: {
      ...trustSshKeys(NO_KEYRING),
      openpgp: parseKeyring(ring),
      x509: ok(orThrow(parseCertificates(Buffer.from(person.rootPem)))),
    },
    gnupg,
  };
}

function toPgpParty(key: TestPgpKey): Party {
  return {
    name: `openpgp ${key.kind}`,
    armour: armourPgp,
    sign: (payload, random) => {
      const odd = random(6) !== 0 ? {} : pick(random, [{ hash: 2 }, { hash: 8 }, { type: 1 }]);
      return packet(2, pgpSignature(key, [payload], { at: WHEN, ...odd }));
    },
  };
}

interface Case {
  readonly type: 'commit' | 'tag';
  readonly bytes: Buffer;
  readonly how: string;
}

function makeCase(world: World, random: Random, count: number): Case {
  const party = pick(random, world.parties);
  const type = random(10) === 0 ? 'tag' : 'commit';
  const person = `Alice <alice@example.com> ${WHEN} +0000`;
  const text =
    type === 'commit'
      ? commitText({ message: `change ${count}\n` })
      : `object ${EMPTY_TREE}\ntype tree\ntag v${count}\ntagger ${person}\n\nrelease ${count}\n`;
  const binary = party.sign(Buffer.from(text), random);
  const [name, change] = pick(random, CHANGES);
  const [signature, armour] = change({ random, binary, party });
  const whole = type === 'commit' ? withSignature(text, armour) : Buffer.from(text + armour);
  const bytes = signature === null ? whole : signature(whole);
  return { type, bytes, how: `#${count} ${type} ${party.name}: ${name}` };
}

interface Changing {
  readonly random: Random;
  readonly binary: Buffer;
  readonly party: Party;
}
type CaseBytes = readonly [((whole: Buffer) => Buffer) | null, string];

const CHANGES: readonly (readonly [string, (on: Changing) => CaseBytes])[] = [
  ['nothing', ({ binary, party }) => [null, party.armour(binary)]],
  ['nothing', ({ binary, party }) => [null, party.armour(binary)]],
  ['a byte', ({ random, binary, party }) => [(all) => flipped(random, all), party.armour(binary)]],
  ['more', ({ random, binary, party }) => [(all) => inserted(random, all), party.armour(binary)]],
  ['less', ({ random, binary, party }) => [(all) => shortened(random, all), party.armour(binary)]],
  ['its byte', ({ random, binary, party }) => [null, party.armour(flipped(random, binary))]],
  ['its byte', ({ random, binary, party }) => [null, party.armour(flipped(random, binary))]],
  ['more in it', ({ random, binary, party }) => [null, party.armour(inserted(random, binary))]],
  ['less in it', ({ random, binary, party }) => [null, party.armour(shortened(random, binary))]],
  ['twice', ({ binary, party }) => [null, party.armour(Buffer.concat([binary, binary]))]],
  ['its armour', ({ random, binary, party }) => [null, oddArmour(random, party.armour(binary))]],
];

/**
 * Signed and changed commits and tags of OpenPGP and X.509: we trust none that git does not trust,
 * and each refusal of ours alone has a clause.
 */
export async function expectFormatAgreement(
  folder: string,
  count: number,
  seed: number,
): Promise<void> {
  const world = makeWorld(folder);
  const repository = new RawRepository(join(folder, 'repository'), { GNUPGHOME: world.gnupg });
  const random = seedRandom(seed);
  const cases = Array.from({ length: count }, (_, at) => makeCase(world, random, at));
  const commits = cases.filter(({ type }) => type === 'commit');
  const ids = repository.add(commits.map(({ bytes }) => bytes));
  const answers = await repository.answers(ids, '/dev/null');
  const said = new Map(commits.map((one, at) => [one, answers.get(ids[at] ?? '') ?? 'silent']));
  const disagreements: string[] = [];
  let both = 0;
  for (const one of cases) {
    const ours = verify(one, world.signers);
    let git = said.get(one) ?? repository.askTag(one.bytes);
    // GnuPG gives up where its lock is taken for too long: what it cannot say is asked again.
    if (ours === 'trusted' && git === 'E') git = await askAgain(repository, one.bytes);
    if (ours === 'trusted' && git === 'G') both++;
    if (ours === 'trusted' && git !== 'G' && !isUnsaid(git, one))
      disagreements.push(`only ours, ${git}: ${one.how}`);
    if (ours !== 'trusted' && git === 'G' && findClause(ours) === null && !isLooseForm(ours, one))
      disagreements.push(`only git: ${ours}: ${one.how}`);
  }
  expect(disagreements).toEqual([]);
  expect(both).toBeGreaterThan(count / 20);
  spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, GNUPGHOME: world.gnupg } });
}

/**
 * RFC 9580 §3.2 and §5.2.3: a number has exactly its bits, and two octets are the first of the
 * hash. GnuPG reads some signatures in which they are not.
 */
function isLooseForm(ours: string, { how }: Case): boolean {
  return ours.startsWith('signature-mismatch') && /openpgp .*: (?:its byte|.* in it)$/.test(how);
}

/**
 * GnuPG 2.2 checks some valid ECDSA signatures of the two large curves not at all. Where its agent
 * does not answer in time, gpgsm calls a good signature one of unknown trust. Neither is a refusal.
 */
function isUnsaid(git: string, { how }: Case): boolean {
  return (git === 'E' && /openpgp p(?:384|521): /.test(how)) || (git === 'U' && /x509 /.test(how));
}

async function askAgain(repository: RawRepository, bytes: Buffer): Promise<string> {
  const [id = ''] = repository.add([bytes]);
  return (await repository.answers([id], '/dev/null')).get(id) ?? 'silent';
}

function verify({ type, bytes }: Case, signers: CommitSigners): string {
  const read = type === 'commit' ? parseCommit(bytes, 'sha1') : parseTag(bytes, 'sha1');
  if (!read.ok) return read.failure.message;
  const standing = verifyCommit(read.value, signers);
  return standing.kind === 'untrusted'
    ? `${standing.reason.code}: ${standing.reason.text}`
    : standing.kind;
}
