import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEBIAN_TRACKER_SAMPLE,
  PUBLISHER_SAMPLES,
  SECDB_SAMPLE,
} from '../../../../test/support/publisher-feeds.ts';
import { judge, translate } from '../../../../test/support/translate-sample.ts';
import { Failure } from '../../../core/failure.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { orThrow } from '../../../core/result.ts';
import { readOsv } from '../parse-osv.ts';
import { FEED_FORMATS, recogniseFeed } from './formats.ts';

describe('X9: the secdb of Alpine, Wolfi and Chainguard', () => {
  it('says by source package and release in which version each vulnerability was fixed', () => {
    const { format, records, claim } = translate(SECDB_SAMPLE);
    expect([format, records.length]).toEqual(['secdb', 5]);
    expect(claim).toEqual({
      covers: ['Alpine:v3.15'],
      part: { name: 'main', of: ['main', 'community'] },
      exportedAt: null,
    });
    const busybox = (version: string) =>
      judge(SECDB_SAMPLE, `pkg:apk/alpine/busybox@${version}?distro=alpine-3.15.4`);
    const never = { 'CVE-2021-42373': 'not_affected', 'CVE-2021-42376': 'not_affected' };
    expect(busybox('1.27.2-r3')).toEqual({ ...never, 'CVE-2017-16544': 'affected' });
    expect(busybox('1.27.2-r4')).toEqual({ ...never, 'CVE-2017-16544': 'not_affected' });
  });

  it('takes the first name of a text with several, and of two fixes the later one', () => {
    const qemu = (version: string) =>
      judge(SECDB_SAMPLE, `pkg:apk/alpine/xen@${version}?distro=alpine-3.15.4`);
    expect(qemu('4.9.0-r0')).toEqual({ 'CVE-2018-10471': 'affected', 'XSA-401': 'affected' });
    expect(qemu('4.15.1-r0')).toEqual({ 'CVE-2018-10471': 'affected', 'XSA-401': 'affected' });
    expect(qemu('4.15.2-r0')).toEqual({ 'CVE-2018-10471': 'not_affected', 'XSA-401': 'affected' });
  });

  it('is told apart by where the packages are', () => {
    const wolfi = { ...SECDB_SAMPLE, urlprefix: 'https://packages.wolfi.dev', reponame: 'os' };
    expect(translate(wolfi).claim).toMatchObject({ covers: ['Wolfi'], part: null });
    const chainguard = { ...wolfi, urlprefix: 'https://packages.cgr.dev' };
    expect(translate(chainguard).claim).toMatchObject({ covers: ['Chainguard'] });
    expect(translate(chainguard).records[0]?.['id']).toMatch(/^CHAINGUARDSECDB-os-/);
    const edge = { ...SECDB_SAMPLE, distroversion: 'edge' };
    expect(translate(edge).claim).toMatchObject({ covers: ['Alpine:edge'] });
    const unknown = { ...SECDB_SAMPLE, urlprefix: 'https://dl-cdn.alpinelinux.org.example.com' };
    expect(() => translate(unknown)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it.each<readonly [string, object]>([
    ['without a list of packages', { ...SECDB_SAMPLE, packages: null }],
    ['of a release that is none', { ...SECDB_SAMPLE, distroversion: 'v3' }],
    ['with a package without a name', { ...SECDB_SAMPLE, packages: [{ pkg: { secfixes: {} } }] }],
    [
      'with fixes that are a list',
      { ...SECDB_SAMPLE, packages: [{ pkg: { name: 'a', secfixes: [] } }] },
    ],
  ])('%s is refused, because what it does not list means something', (_, document) => {
    expect(() => translate(document)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });
});

describe('X9: the security tracker of Debian', () => {
  it('says by source package and release what is open, fixed, unknown, and never was there', () => {
    const { format, claim } = translate(DEBIAN_TRACKER_SAMPLE);
    expect([format, claim?.covers]).toEqual([
      'Debian security tracker',
      ['Debian:11', 'Debian:12', 'Debian:13'],
    ]);
    const openssl = (version: string, release: number) =>
      judge(DEBIAN_TRACKER_SAMPLE, `pkg:deb/debian/openssl@${version}?distro=debian-${release}`);
    expect(openssl('3.0.13-1~deb12u1', 12)).toEqual({
      'CVE-2024-4741': 'affected',
      'CVE-2024-4603': 'not_affected',
      'CVE-2007-6755': 'affected',
      'TEMP-0000000-F7A20F': 'unknown',
    });
    expect(openssl('3.0.14-1~deb12u1', 12)).toMatchObject({ 'CVE-2024-4741': 'not_affected' });
    expect(openssl('1.1.1w-0+deb11u1', 11)).toEqual({
      'CVE-2024-4741': 'affected',
      'CVE-2024-4603': 'not_affected',
      'CVE-2007-6755': 'affected',
      // Resolved, and nothing says in which version.
      'CVE-2023-0001': 'unknown',
    });
  });

  it('keeps the urgency, and what is only in a release that is not out yet is left out', () => {
    const { records } = translate(DEBIAN_TRACKER_SAMPLE);
    expect(records.map(({ id }) => id)).not.toContain('DEBIANTRACKER-openssl-CVE-2026-0002');
    const severities = records.flatMap((record) =>
      orThrow(readOsv(record)).affected.flatMap((one) =>
        one.severities.map(({ vector }) => vector),
      ),
    );
    expect(new Set(severities)).toEqual(new Set(['low', 'unimportant']));
  });

  it('with a package that is no object is refused', () => {
    const broken = { ...DEBIAN_TRACKER_SAMPLE, bash: 1 };
    expect(() => translate(broken)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
    const named = { ...DEBIAN_TRACKER_SAMPLE, bash: { 'no id': { releases: {} } } };
    expect(() => translate(named)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });
});

describe('X9: a document of a publisher', () => {
  it('is never taken for one of another form, nor a record of OSV for one of them', () => {
    const starts = ['', '{', '{"id":"GHSA-1","affected":[]}', '{"cve":"CVE-1-1"}', '[]', '\0'];
    expect(starts.map((start) => recogniseFeed(start))).toEqual(starts.map(() => null));
    for (const sample of PUBLISHER_SAMPLES) {
      const start = JSON.stringify(sample, null, 1);
      expect(FEED_FORMATS.filter(({ recognises }) => recognises(start))).toHaveLength(1);
    }
  });

  it('gives records of OSV or a Failure, whatever stands in it', () => {
    const samples = PUBLISHER_SAMPLES;
    const changed = fc
      .tuple(fc.constantFrom(...samples), fc.nat(200), fc.jsonValue())
      .map(([sample, at, value]) => replaceValue(sample as JsonObject, at, value as JsonValue));
    fc.assert(
      fc.property(changed, fc.constantFrom(...FEED_FORMATS), (value, format) => {
        try {
          const translator = format.begin();
          const parts = format.reads === 'members' ? Object.entries(value) : [['', value] as const];
          for (const [key, part] of parts)
            for (const record of translator.read(key, part ?? null))
              expect(typeof record['id']).toBe('string');
          translator.finish();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** The same document with another value in one place. */
function replaceValue(document: JsonObject, at: number, value: JsonValue): JsonObject {
  let left = at;
  const text = JSON.stringify(document, (_, one: JsonValue) => (left-- === 0 ? value : one));
  const parsed = JSON.parse(text) as JsonValue;
  return typeof parsed === 'object' && parsed !== null ? (parsed as JsonObject) : {};
}
