import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readArmour, splitKeyBlocks } from './armour.ts';
import { judgeKey, type KeyStanding } from './key-standing.ts';
import { readPackets } from './packets.ts';
import { groupByKey, readTransferableKey, type TransferableKey } from './transferable-key.ts';

/** The keys that the user designated: nobody else's signature counts. */
export interface Keyring {
  readonly size: number;
  /** Keys that are left out, each with the reason. */
  readonly skipped: readonly string[];
  /** Keys with this fingerprint or key id, their own or of a subkey; a few at most. */
  find(issuer: string): readonly KeyStanding[];
}

/** Different keys of one key id are made in seconds, so each costs verifying. */
const SAME_ID_MAX = 8;

/**
 * Reads public keys as `gpg --export` writes them, armoured or not, one after the other. A key that
 * cannot be read trusts nobody and is listed in `skipped`. Each key is verified when a signature
 * first names it.
 *
 * @example parseKeyring(await readFile('github.asc'))
 */
export function parseKeyring(bytes: Uint8Array): Result<Keyring> {
  if (bytes.length > LIMITS.keyringBytesMax) {
    const what = `a keyring of over ${LIMITS.keyringBytesMax} bytes`;
    return fail('LIMIT_EXCEEDED', what, 'Keep only the keys that may sign.');
  }
  const binary = toBinary(bytes);
  const packets = binary === null ? null : readPackets(binary, LIMITS.keyringPacketsMax);
  if (packets === null || packets.length === 0)
    return fail(
      'TRUST_INVALID',
      'the keyring holds no OpenPGP public keys',
      'Write it with: gpg --export --armor KEY… > FILE',
    );
  const keys: TransferableKey[] = [];
  const skipped: string[] = [];
  for (const [at, group] of groupByKey(packets).entries()) {
    const read = readTransferableKey(group);
    if (read.ok) keys.push(read.key);
    else skipped.push(`key ${at + 1}: ${read.why}`);
  }
  return ok(buildKeyring(keys, skipped));
}

/** All keys of several rings. */
export function joinKeyrings(rings: readonly Keyring[]): Keyring {
  return {
    size: rings.reduce((sum, { size }) => sum + size, 0),
    skipped: rings.flatMap(({ skipped }) => skipped),
    find: (issuer) => rings.flatMap((ring) => ring.find(issuer)),
  };
}

function toBinary(bytes: Uint8Array): Buffer | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (((view[0] ?? 0) & 0x80) !== 0) return view;
  const blocks = splitKeyBlocks(view.toString('latin1'));
  if (blocks === null || blocks.length === 0) return null;
  const all: Buffer[] = [];
  for (const block of blocks) {
    const binary = readArmour(block, 'PUBLIC KEY BLOCK');
    if (binary === null) return null;
    all.push(binary);
  }
  return Buffer.concat(all);
}

function buildKeyring(keys: readonly TransferableKey[], skipped: readonly string[]): Keyring {
  const places = new Map<string, number[]>();
  const add = (name: string, at: number): void => {
    const there = places.get(name);
    if (there === undefined) places.set(name, [at]);
    else if (there.at(-1) !== at) there.push(at);
  };
  for (const [at, { primary, subkeys }] of keys.entries())
    for (const key of [primary, ...subkeys.map(({ item }) => item)]) {
      add(key.fingerprint, at);
      add(key.keyId, at);
    }
  const judged = new Map<number, KeyStanding>();
  const judge = (at: number): readonly KeyStanding[] => {
    const known = judged.get(at);
    const key = keys[at];
    if (known !== undefined || key === undefined) return known === undefined ? [] : [known];
    const standing = judgeKey(key);
    judged.set(at, standing);
    return [standing];
  };
  const find = (issuer: string): readonly KeyStanding[] =>
    (places.get(issuer) ?? []).slice(0, SAME_ID_MAX).flatMap(judge);
  return { size: keys.length, skipped, find };
}
