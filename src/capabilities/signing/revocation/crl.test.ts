import { createPublicKey } from 'node:crypto';
import { id_ce_keyUsage, KeyUsage, KeyUsageFlags } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, fixedKey, testAuthority } from '../../../../test/support/certificates.ts';
import {
  type CrlChange,
  revocableChain,
  testCrl,
  writeExtension,
  writeTime,
} from '../../../../test/support/revocation.ts';
import { toInstant } from '../../../core/instant.ts';
import { ok } from '../../../core/result.ts';
import { writeDer, writeOid } from '../../../formats/der/write.ts';
import { buildAuthorityExtensions, buildExtension } from '../x509/certificate-build.ts';
import { checkChain } from './check-chain.ts';
import { readCrl } from './crl.ts';
import type { RevocationSource } from './port.ts';
import { failRevocation } from './revocation-fact.ts';
import { readDistributionPoints } from './services.ts';

const HOUR_MS = 3_600_000;
const URL_OF_LIST = 'http://lists.example.com/root.crl';
const URL_OF_DELTA = 'http://lists.example.com/delta.crl';
const made = await revocableChain('crl', { crl: URL_OF_LIST });
const { root, leaf, issuer } = made;
const chain = {
  certificates: [leaf, issuer],
  validFrom: FIXTURE_NOW,
  validUntil: FIXTURE_NOW,
  revocable: true,
} as const;

/** A network of the given addresses. */
function serving(places: Readonly<Record<string, Uint8Array>>): RevocationSource {
  const now = () => FIXTURE_NOW;
  return {
    now,
    nonce: () => Buffer.alloc(32, 7),
    ask: async ({ url }, judge) => {
      const bytes = new Map(Object.entries(places)).get(url);
      const judged = bytes === undefined ? failRevocation('404') : judge(bytes, now(), true);
      return judged.ok ? ok({ ...judged.value, askedAt: now() }) : judged;
    },
  };
}

async function findState(
  places: Readonly<Record<string, Uint8Array>>,
  about: typeof chain | { readonly certificates: readonly [typeof leaf, typeof leaf] } = chain,
) {
  const check = {
    source: serving(places),
    stapled: { crls: [], ocsp: [] },
    signal: new AbortController().signal,
  };
  const [found] = await checkChain({ ...chain, ...about }, check);
  return found;
}

const judge = async (change: CrlChange) =>
  (await findState({ [URL_OF_LIST]: testCrl(root, change) })) ?? { state: 'none', cause: null };

const revoked = { serial: leaf.serial, reason: 1 };
const boolean = (tag: number) => writeDer(tag, Buffer.from([0xff]));
const scope = (...parts: readonly Uint8Array[]) =>
  writeExtension('2.5.29.28', writeDer(0x30, ...parts), true);
const place = (url: string) => writeDer(0xa0, writeDer(0xa0, writeDer(0x86, Buffer.from(url))));
const delta = (base: number) =>
  writeExtension('2.5.29.27', writeDer(0x02, Buffer.from([base])), true);
const freshest = writeExtension('2.5.29.46', writeDer(0x30, writeDer(0x30, place(URL_OF_DELTA))));

describe('a revocation list', () => {
  it('N48 N49: says if a certificate is revoked, since when, why and until when', async () => {
    expect(await judge({})).toMatchObject({
      state: 'good',
      source: {
        kind: 'crl',
        from: URL_OF_LIST,
        askedAt: FIXTURE_NOW,
        validUntil: FIXTURE_NOW + HOUR_MS,
      },
    });
    const invalidSince = toInstant(FIXTURE_NOW - 2 * HOUR_MS);
    const others = [{ serial: Buffer.from([5]) }, { ...revoked, invalidSince }];
    expect(await judge({ entries: others })).toMatchObject({
      state: 'revoked',
      revocation: { at: FIXTURE_NOW - HOUR_MS, reason: 'keyCompromise', invalidSince },
    });
  });

  it('N49: finds a certificate among many, wherever and however short its entry', async () => {
    const many = Array.from({ length: 300 }, (_, at) => ({
      serial: Buffer.from([1, at >> 8, at & 0xff]),
    }));
    expect(await judge({ entries: many })).toMatchObject({ state: 'good' });
    for (const at of [0, 150, 300]) {
      const entries = many.toSpliced(at, 0, { serial: Buffer.from(leaf.serial) });
      expect(await judge({ entries })).toMatchObject({
        state: 'revoked',
        revocation: { reason: 'unspecified' },
      });
    }
    const longer = { serial: Buffer.concat([leaf.serial, Buffer.from([1])]) };
    expect(await judge({ entries: [longer, ...many] })).toMatchObject({ state: 'good' });
  });

  const stranger = testAuthority({ subject: 'CN=stranger,O=Shop,ST=WA,C=US' });
  it.each<[string, CrlChange, string]>([
    ['that has ended', { nextUpdate: FIXTURE_NOW }, 'ended at'],
    ['from the future', { thisUpdate: toInstant(FIXTURE_NOW + HOUR_MS) }, 'ahead'],
    ['without an end', { nextUpdate: null }, 'no nextUpdate'],
    ['of a stranger', { key: stranger.key }, 'is not by'],
    ['of another name', { issuer: writeDer(0x30) }, 'is not by'],
    [
      'of another key',
      {
        extensions: [writeExtension('2.5.29.35', writeDer(0x30, writeDer(0x80, Buffer.from([1]))))],
      },
      'another key',
    ],
    [
      'with an unknown critical extension',
      { extensions: [writeExtension('1.2.3.4', writeDer(0x05), true)] },
      'critical extension 1.2.3.4',
    ],
    ['that is indirect', { extensions: [scope(boolean(0x84))] }, 'indirect'],
    ['for some reasons', { extensions: [scope(writeDer(0x83, Buffer.from([1, 2])))] }, 'reasons'],
    ['for authorities', { extensions: [scope(boolean(0x82))] }, 'only for authorities'],
    ['of another place', { extensions: [scope(place('http://a.example'))] }, 'other certificates'],
    ['that is only a delta', { extensions: [delta(1)] }, 'is a delta'],
    ['with an extension twice', { extensions: [delta(1), delta(1)] }, 'its extensions'],
    [
      'with an entry of another authority',
      {
        entries: [
          { serial: leaf.serial, extensions: [writeExtension('2.5.29.29', writeDer(0x30))] },
        ],
      },
      'indirect',
    ],
    [
      'whose entry has an unknown critical extension',
      {
        entries: [
          {
            serial: Buffer.from([5]),
            extensions: [writeExtension('1.2.3.4', writeDer(0x05), true)],
          },
        ],
      },
      'critical extension 1.2.3.4',
    ],
    ['whose entry has a reason that is none', { entries: [{ ...revoked, reason: 99 }] }, 'reason'],
    ['that takes out of itself', { entries: [{ ...revoked, reason: 8 }] }, 'out of itself'],
  ])('A40 N49: one %s leaves the state unknown', async (_, change, why) => {
    const found = await judge(change);
    expect(found.state).toBe('unknown');
    expect(found.cause?.message).toContain(why);
  });

  it('RFC 5280 §5.2.5: one for users, of the named place, counts', async () => {
    const own = scope(place(URL_OF_LIST), boolean(0x81));
    expect(await judge({ extensions: [own] })).toMatchObject({ state: 'good' });
  });

  it('RFC 5280 §6.3.3: counts only by an authority that may sign lists', async () => {
    const key = fixedKey('no lists');
    const usage = new KeyUsage(KeyUsageFlags.keyCertSign);
    const own = buildAuthorityExtensions(createPublicKey(key), null);
    const extensions = own.map((one) =>
      one.extnID === id_ce_keyUsage ? buildExtension(id_ce_keyUsage, true, usage) : one,
    );
    const other = testAuthority({ subject: 'CN=no lists,O=Shop,ST=WA,C=US', key, extensions });
    const parsed = (await import('../x509/certificate.ts')).parseCertificate(other.der);
    const second = parsed.ok ? parsed.value : leaf;
    const found = await findState(
      { [URL_OF_LIST]: testCrl(other) },
      { certificates: [leaf, second] },
    );
    expect(found?.cause?.message).toContain('may not sign revocation lists');
  });

  it('N49: a delta revokes, lifts a hold, and must be there and fit', async () => {
    const base = (entries: CrlChange['entries'] = []) =>
      testCrl(root, { number: 4, entries, extensions: [freshest] });
    const with_ = (list: Uint8Array, change: CrlChange) =>
      findState({ [URL_OF_LIST]: list, [URL_OF_DELTA]: testCrl(root, change) });
    const newer = { number: 5, extensions: [delta(4)] };
    expect(await with_(base(), newer)).toMatchObject({ state: 'good' });
    expect(await with_(base(), { ...newer, entries: [revoked] })).toMatchObject({
      state: 'revoked',
    });
    const held = base([{ serial: leaf.serial, reason: 6 }]);
    expect(await with_(held, newer)).toMatchObject({ state: 'revoked' });
    const lifted = { ...newer, entries: [{ serial: leaf.serial, reason: 8 }] };
    expect(await with_(held, lifted)).toMatchObject({ state: 'good' });
    const unknown: readonly (readonly [CrlChange, string])[] = [
      [{ number: 6, extensions: [delta(5)] }, 'goes on from a newer'],
      [{ number: 3, extensions: [delta(3)] }, 'is older'],
      [{ number: 5 }, 'has no number'],
      [{ ...newer, extensions: [delta(4), scope(boolean(0x81))] }, 'another scope'],
    ];
    for (const [change, why] of unknown)
      expect((await with_(base(), change))?.cause?.message).toContain(why);
    expect(await findState({ [URL_OF_LIST]: base() })).toMatchObject({ state: 'unknown' });
  });

  it('an indirect list is refused by the name of what it is', () => {
    const point = (...parts: readonly Uint8Array[]) =>
      readDistributionPoints(writeDer(0x30, writeDer(0x30, ...parts)));
    expect(point(place(URL_OF_LIST))).toEqual({ urls: [URL_OF_LIST], refused: null });
    expect(point(place(URL_OF_LIST), writeDer(0xa2)).refused).toContain('indirect');
    expect(point(place(URL_OF_LIST), writeDer(0x81)).refused).toContain('some reasons');
    expect(readDistributionPoints(Buffer.from('x')).refused).toContain('malformed');
  });

  it('any bytes are a list or a Failure, and a list that is cut never counts', async () => {
    const list = testCrl(root, { entries: [revoked] });
    for (let at = 0; at < list.length; at++) expect(readCrl(list.subarray(0, at)).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(list.length - 1), fc.nat(255), (at, byte) => {
        const copy = Buffer.from(list);
        copy[at] = byte;
        const read = readCrl(copy);
        return read.ok || read.failure.code === 'REVOCATION_UNKNOWN';
      }),
    );
    expect(writeTime(FIXTURE_NOW)[0]).toBe(0x18);
    expect(writeOid('2.5.29.20').toString('hex')).toBe('0603551d14');
  });
});
