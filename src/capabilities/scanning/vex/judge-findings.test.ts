import { describe, expect, it } from 'vitest';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { Finding } from '../scan.ts';
import { judgeFindings } from './judge-findings.ts';
import { VexClaims } from './vex-claims.ts';
import type { VexStatement } from './vex-statement.ts';

const at = (text: string): Instant => orThrow(parseInstant(text));
const NOW = at('2026-06-01T00:00:00Z');
const FINDING = {
  id: 'CVE-2026-1',
  aliases: [],
  component: 'pkg:npm/pad@1.1.0',
  name: 'pad',
  version: '1.1.0',
  status: 'affected',
  modified: at('2026-02-01T00:00:00Z'),
} as unknown as Finding;

interface Claim extends Partial<VexStatement> {
  readonly by?: string;
}

function judge(...said: readonly Claim[]) {
  const claims = said.map(({ by = 'security', ...more }) => ({
    statement: {
      names: ['CVE-2026-1'],
      status: 'not_affected' as const,
      justification: 'vulnerable_code_not_present',
      products: [{ purl: 'pkg:npm/pad@1.1.0', digests: [], subcomponents: [] }],
      at: at('2026-03-01T00:00:00Z'),
      origin: { format: 'openvex' as const, id: null, author: null },
      ...more,
    },
    about: null,
    source: { by, document: `${by}.json` },
  }));
  const place = { image: null, indexes: [], members: [], now: NOW };
  const { findings, remarks } = judgeFindings([FINDING], new VexClaims(claims), place);
  return { finding: findings[0], remarks: remarks.map(({ kind, by }) => `${kind} ${by}`) };
}

describe('truth A12: what VEX says of a finding stays visible', () => {
  it('names signer, document and reason of the statement that counts', () => {
    const { finding, remarks } = judge({});
    expect([finding?.status, finding?.vex, remarks]).toEqual([
      'not_affected',
      {
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
        by: 'security',
        document: 'security.json',
        format: 'openvex',
        author: null,
        at: at('2026-03-01T00:00:00Z'),
      },
      [],
    ]);
    const { finding: back } = judge({}, { by: 'late', status: 'affected', at: NOW });
    expect([back?.status, back?.vex?.status, back?.vex?.by]).toEqual([
      'affected',
      'affected',
      'late',
    ]);
  });

  it.each<readonly [string, readonly Claim[], readonly string[]]>([
    ['two that agree', [{}, { by: 'other', status: 'fixed' }], []],
    [
      'one that an other one replaced',
      [{}, { by: 'new', status: 'affected', at: NOW }],
      ['contradiction security'],
    ],
    [
      'another version',
      [{ products: [{ purl: 'pkg:npm/pad@1.0.0', digests: [], subcomponents: [] }] }],
      ['stale security'],
    ],
    [
      'another package',
      [{ products: [{ purl: 'pkg:npm/bad@1.0.0', digests: [], subcomponents: [] }] }],
      [],
    ],
    [
      'one of before the advisory changed',
      [{ at: at('2026-01-31T00:00:00Z') }],
      ['stale security'],
    ],
    ['one of the moment at which it changed', [{ at: at('2026-02-01T00:00:00Z') }], []],
    [
      'a component that is said to be absent',
      [{ justification: 'component_not_present' }],
      ['contradiction security'],
    ],
    ['a statement of tomorrow', [{ at: at('2026-06-02T00:00:00Z') }], ['future security']],
  ])('of %s', (_, said, remarks) => {
    expect(judge(...said).remarks).toEqual(remarks);
  });

  it('a statement of tomorrow takes nothing away today', () => {
    expect(judge({ at: at('2026-06-02T00:00:00Z') }).finding?.status).toBe('affected');
  });
});
