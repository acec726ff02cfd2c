import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testKey } from '../../../test/support/certificates.ts';
import { testData } from '../../../test/support/test-data.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { parseDsse, verifyDsse } from '../signing/index.ts';
import { signStatement } from './sign-statement.ts';
import {
  buildSlsaProvenance,
  parseSlsaProvenance,
  RELEASE_BUILD_TYPE,
  readProvenOrigin,
  SLSA_PROVENANCE_TYPE,
  UNOBSERVED_BUILDER,
} from './slsa-provenance.ts';
import { encodeStatement, IN_TOTO_TYPE, isAbout, parseStatement } from './statement.ts';

const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
const publicKey = createPublicKey(key.privateKey);
const DIGEST = sha256('an image');
const TYPE = 'https://in-toto.io/attestation/vulns/v0.2';
const subject = { name: 'trips', digest: { sha256: DIGEST.slice(7) } };
const bytes = encodeStatement({
  subjects: [subject],
  predicateType: TYPE,
  predicate: { a: 1 },
});

describe('statements', () => {
  it('B6 B18: what a key signed as a statement, its public key verifies as one', async () => {
    const draft = { subjects: [subject], predicateType: TYPE, predicate: { a: 1 } };
    const envelope = orThrow(await signStatement(draft, key));
    const expectation = { keys: [publicKey], payloadType: IN_TOTO_TYPE };
    expect(Buffer.from(orThrow(verifyDsse(envelope, expectation)).payload)).toEqual(
      Buffer.from(bytes),
    );
  });

  it('A63 S14: match content by their digests, never by their names', () => {
    const read = orThrow(parseStatement(bytes));
    expect(isAbout(read, DIGEST)).toBe(true);
    expect(isAbout(read, sha256('another'))).toBe(false);
    expect(isAbout(read, 'trips')).toBe(false);
    expect(isAbout(read, '')).toBe(false);
    expect(isAbout({ ...read, subjects: [{ name: DIGEST, digest: { sha1: 'a' } }] }, DIGEST)).toBe(
      false,
    );
  });

  it.each<[string, JsonObject]>([
    ['another type', { _type: 'https://in-toto.io/Statement/v0.1' }],
    ['no subject', { subject: [] }],
    ['a subject without a digest', { subject: [{ name: 'a' }] }],
    ['a subject with an empty digest set', { subject: [{ digest: {} }] }],
    ['no predicate type', { predicateType: '' }],
    ['a predicate that is a list', { predicate: [] }],
    ['a predicate that is a text', { predicate: 'SPDXVersion: SPDX-2.3' }],
  ])('A47: %s is malformed, and the statement without this fault is read', (_, change) => {
    const whole = JSON.parse(Buffer.from(bytes).toString()) as JsonObject;
    expect(parseStatement(Buffer.from(JSON.stringify({ ...whole, ...change })))).toMatchObject({
      failure: { code: 'MALFORMED' },
    });
    expect(parseStatement(Buffer.from(JSON.stringify({ ...whole, unknown: 1 }))).ok).toBe(true);
  });

  it('only SPDX may be a text, in its tag-value form, as cosign attests it', () => {
    const whole = JSON.parse(Buffer.from(bytes).toString()) as JsonObject;
    const spdx = { predicateType: 'https://spdx.dev/Document', predicate: 'SPDXVersion: SPDX-2.3' };
    const read = orThrow(parseStatement(Buffer.from(JSON.stringify({ ...whole, ...spdx }))));
    expect([read.text, read.predicate]).toEqual(['SPDXVersion: SPDX-2.3', {}]);
  });

  it('have at most 10,000 subjects', () => {
    const of = (count: number) =>
      encodeStatement({ subjects: Array(count).fill(subject), predicateType: 'x', predicate: {} });
    expect(parseStatement(of(LIMITS.statementSubjectsMax)).ok).toBe(true);
    expect(parseStatement(of(LIMITS.statementSubjectsMax + 1))).toMatchObject({
      failure: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('never throw for any input', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (input) => {
        parseStatement(input);
        const json = parseJson(input, { bytesMax: 10_000 });
        if (!json.ok || !isJsonObject(json.value)) return;
        parseSlsaProvenance(json.value);
      }),
    );
  });
});

describe('SLSA provenance', () => {
  const provenance = {
    buildType: 'https://waybill.dev/build/v1',
    externalParameters: { repository: 'https://git.example.com/shop/trips' },
    internalParameters: {},
    materials: [
      {
        uri: 'git+https://git.example.com/shop/trips',
        name: null,
        digest: { gitCommit: 'a'.repeat(40) },
      },
      { uri: 'pkg:npm/left-pad@1.3.0', name: 'left-pad', digest: null },
    ],
    builder: 'https://ci.example.com/runner',
    builderVersion: { waybill: '0.1.0' },
    invocation: 'run-7',
    startedAt: toInstant(Date.UTC(2026, 10, 22)),
    finishedAt: toInstant(Date.UTC(2026, 10, 22, 1)),
  };

  it('B6 B16: a written predicate is read again, with its materials and times', () => {
    expect(orThrow(parseSlsaProvenance(buildSlsaProvenance(provenance)))).toEqual(provenance);
    expect(SLSA_PROVENANCE_TYPE).toBe('https://slsa.dev/provenance/v1');
  });

  it.each<[string, JsonObject]>([
    ['no builder', { runDetails: { builder: {} } }],
    ['no build definition', { buildDefinition: null }],
    [
      'materials that are not a list',
      { buildDefinition: { buildType: 'x', resolvedDependencies: {} } },
    ],
    [
      'a material with an empty digest set',
      { buildDefinition: { buildType: 'x', resolvedDependencies: [{ digest: {} }] } },
    ],
    [
      'a time that is not a time',
      { runDetails: { builder: { id: 'x' }, metadata: { startedOn: 'today' } } },
    ],
  ])('%s is malformed', (_, change) => {
    expect(parseSlsaProvenance({ ...buildSlsaProvenance(provenance), ...change }).ok).toBe(false);
  });
});

const documents = testData('vectors/documents/guac');

describe.skipIf(documents === null)('attestations of other tools', () => {
  it('oci-dsse-att.json is a DSSE envelope around a statement of an older version', () => {
    const envelope = orThrow(parseDsse(readFileSync(join(documents ?? '', 'oci-dsse-att.json'))));
    expect(envelope.payloadType).toBe(IN_TOTO_TYPE);
    expect(parseStatement(envelope.payload)).toMatchObject({ failure: { code: 'MALFORMED' } });
  });
});

describe('truth C2: what a provenance only claims', () => {
  const made = (buildType: string, builder: string) => ({
    ...{ buildType, builder, builderVersion: {}, materials: [], internalParameters: {} },
    externalParameters: { source: { repository: 'https://git.example.com/x', commit: 'c' } },
    ...{ invocation: null, startedAt: null, finishedAt: null },
  });

  it('proves no builder, repository or commit, and what others state is theirs', () => {
    const other = made('https://ci.example.com/build', 'https://ci.example.com');
    const source = { repository: 'https://git.example.com/x', commit: 'c' };
    expect(readProvenOrigin(other)).toEqual({ builder: 'https://ci.example.com', ...source });
    // Nobody who observed no build can tie the image to a commit, also not to HEAD of a work tree.
    const nothing = { builder: null, repository: null, commit: null };
    expect(readProvenOrigin(made(RELEASE_BUILD_TYPE, UNOBSERVED_BUILDER))).toEqual(nothing);
    const earlier = made(RELEASE_BUILD_TYPE.replace('v2', 'v1'), 'https://ci.example.com');
    expect(readProvenOrigin(earlier)).toEqual(nothing);
  });
});
