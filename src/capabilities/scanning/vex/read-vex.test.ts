import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { parseInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readVex } from './read-vex.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const statement = (more: object = {}) => ({
  vulnerability: { name: 'CVE-2021-44228', aliases: ['GHSA-jfh8-c2jp-5v3q'] },
  status: 'not_affected',
  justification: 'vulnerable_code_not_present',
  products: [{ '@id': 'pkg:maven/a/b@1' }],
  ...more,
});
const vex = (...statements: readonly unknown[]) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://shop.example.com/vex/1',
  author: 'shop',
  timestamp: '2026-01-01T00:00:00Z',
  statements,
});

describe('a VEX document', () => {
  it('is read bare, as the predicate of a statement, and from its envelope', () => {
    const document = vex(statement());
    const inToto = { _type: 'https://in-toto.io/Statement/v1', predicate: document };
    const payload = Buffer.from(JSON.stringify(inToto)).toString('base64');
    const envelope = { payloadType: 'application/vnd.in-toto+json', payload, signatures: [] };
    const [bare, wrapped, enveloped] = [document, inToto, envelope].map((one) =>
      orThrow(readVex(bytes(one))),
    );
    expect(bare).toEqual([
      {
        names: ['CVE-2021-44228', 'GHSA-jfh8-c2jp-5v3q'],
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
        products: [{ purl: 'pkg:maven/a/b@1', digests: [], subcomponents: [] }],
        at: orThrow(parseInstant('2026-01-01T00:00:00Z')),
        origin: { format: 'openvex', id: 'https://shop.example.com/vex/1', author: 'shop' },
      },
    ]);
    expect([wrapped, enveloped]).toEqual([bare, bare]);
  });

  it('names an image by hash, by OCI purl or by reference, and its parts', () => {
    const digest = sha256('image');
    const hex = digest.slice(7);
    const products = [
      { '@id': 'trips', hashes: { 'sha-256': hex }, subcomponents: [{ '@id': 'pkg:npm/a@1' }] },
      { '@id': `pkg:oci/trips@sha256%3A${hex}` },
      `registry.example.com/shop/trips@${digest}`,
    ];
    const [read] = orThrow(readVex(bytes(vex(statement({ products })))));
    expect(read?.products?.map(({ digests }) => digests)).toEqual([[digest], [digest], [digest]]);
    expect(read?.products?.[0]?.subcomponents).toEqual(['pkg:npm/a@1']);
  });

  it('an unreadable part does not make the statement one about the whole product', () => {
    const products = [{ '@id': 'pkg:npm/a@1', subcomponents: [{ '@id': 'urn:other' }] }];
    expect(orThrow(readVex(bytes(vex(statement({ products })))))[0]?.products).toEqual([]);
  });

  it.each<readonly [string, object, boolean]>([
    ['a justification', { justification: 'component_not_present' }, true],
    ['an impact statement alone', { impact_statement: 'It is never called.' }, true],
    ['neither', {}, false],
    ['a justification of its own', { justification: 'trust_me' }, false],
    ['an empty impact statement', { impact_statement: ' ' }, false],
    [
      'one of its own beside an impact statement',
      { justification: 'x', impact_statement: 'y' },
      true,
    ],
  ])('truth A12, C24: not_affected with %s', (_, reason, counts) => {
    const { justification: _none, ...bare } = statement({}) as { justification?: string };
    const said = orThrow(readVex(bytes(vex({ ...bare, ...reason }))));
    expect(said.length === 1).toBe(counts);
  });

  it('an unknown status excludes nothing; a nested envelope is refused', () => {
    expect(
      orThrow(readVex(bytes(vex(statement({ status: 'safe' }), statement({ vulnerability: {} }))))),
    ).toEqual([]);
    const inner = Buffer.from(JSON.stringify({ payloadType: 'x', payload: '' })).toString('base64');
    for (const other of [
      {},
      { '@context': 'https://openvex.dev/nsx' },
      { payloadType: 'x', payload: inner },
    ])
      expect(readVex(bytes(other)).ok).toBe(false);
  });

  it('names products up to the limit of all statements together, and no more', () => {
    const many = (count: number) =>
      vex(statement({ products: Array.from({ length: count }, () => 'pkg:npm/a@1') }));
    expect(readVex(bytes(many(LIMITS.vexProductsMax - 1))).ok).toBe(true);
    const over = readVex(bytes(many(LIMITS.vexProductsMax)));
    expect(over.ok ? null : over.failure.code).toBe('LIMIT_EXCEEDED');
  });

  it('never throws anything but a Failure, for any bytes', () => {
    const place = fc.constantFrom('statements', 'timestamp', '@context', 'predicate', 'payload');
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        place,
        fc.jsonValue(),
        fc.jsonValue(),
        (raw, at, value, product) => {
          for (const one of [
            raw,
            bytes({ ...vex(statement({ products: [product] })), [at]: value }),
          ]) {
            const read = readVex(one);
            expect(read.ok || read.failure instanceof Failure).toBe(true);
          }
        },
      ),
    );
  });
});
