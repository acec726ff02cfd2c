import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importAdvisories, openAdvisoryIndex } from '../src/adapters/advisories/index.ts';
import { readSbom } from '../src/capabilities/inventory/index.ts';
import { evaluate } from '../src/capabilities/policy/index.ts';
import { scanInventory } from '../src/capabilities/scanning/index.ts';
import { verifyNotary } from '../src/capabilities/signing/index.ts';
import { toInstant } from '../src/core/instant.ts';
import { orThrow } from '../src/core/result.ts';
import { testKey } from '../test/support/certificates.ts';
import { forgeEnvelope, questionAbout, trustIn } from '../test/support/notary.ts';
import { cleanFacts, NOON, shopPolicy } from '../test/support/policy-facts.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';
import { COMPONENTS, largeSbom } from './large-sbom.ts';

/** The median time of one call, in ms, after warming up the compiler. */
function medianMs(rounds: number, call: (round: number) => unknown): number {
  const times: number[] = [];
  for (let round = -rounds; round < rounds; round++) {
    const started = performance.now();
    call(round + rounds);
    if (round >= 0) times.push(performance.now() - started);
  }
  return quantile(
    times.sort((one, other) => one - other),
    0.5,
  );
}

const most = (what: string, value: number, max: number): Figure => ({
  what,
  value,
  unit: 'ms',
  target: { max },
});

async function signing(): Promise<Figure> {
  const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
  const question = questionAbout(await forgeEnvelope(key), trustIn(key.rootPem));
  const verify = () => {
    if (verifyNotary(question).kind !== 'trusted') throw new Error('not trusted');
  };
  return most('verify a Notary signature, p50', medianMs(200, verify), 5);
}

async function medianOfMs(rounds: number, call: (round: number) => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = -rounds; round < rounds; round++) {
    const started = performance.now();
    await call(round + rounds);
    if (round >= 0) times.push(performance.now() - started);
  }
  return quantile(
    times.sort((one, other) => one - other),
    0.5,
  );
}

const EVALUATIONS = 20;

function policy(): Figure {
  const components = Array.from({ length: 1_000 }, (_, index) => ({
    purl: `pkg:npm/part-${index}@1.0.0`,
    type: 'npm',
    name: `part-${index}`,
    version: '1.0.0',
    licenses: ['MIT'],
  }));
  const chosen = shopPolicy();
  const asked = Array.from({ length: 2 * EVALUATIONS }, () =>
    cleanFacts({ components: [...components] }),
  );
  const call = (round: number) => {
    const facts = asked[round] ?? cleanFacts();
    const { verdict } = evaluate(chosen, { gate: 'admission', facts, now: NOON });
    if (verdict.decision !== 'allow') throw new Error(verdict.decision);
  };
  return {
    what: 'the default policy about 1,000 components, p50',
    value: medianMs(EVALUATIONS, call),
    unit: 'ms',
    target: null,
  };
}

const ADVISORIES = 50_000;
const SCANNED = 4_000;

function feed(): string {
  const lines = Array.from({ length: ADVISORIES }, (_, at) => {
    const [ecosystem, name] =
      at % 2 === 0 ? ['npm', `part-${at}`] : ['Maven', `com.example:part-${at}`];
    const events = [{ introduced: '0' }, { fixed: '2.3.0' }];
    return JSON.stringify({
      id: `EX-${at}`,
      modified: '2026-01-01T00:00:00Z',
      aliases: [`CVE-2026-${100_000 + at}`],
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      affected: [
        {
          package: { ecosystem, name },
          ranges: [{ type: at % 2 === 0 ? 'SEMVER' : 'ECOSYSTEM', events }],
        },
      ],
    });
  });
  return lines.join('\n');
}

async function scanning(folder: string, sbom: Uint8Array): Promise<Figure[]> {
  const now = toInstant(Date.now());
  const [path, source] = [join(folder, 'advisories.db'), join(folder, 'feed.ndjson')];
  writeFileSync(source, feed());
  orThrow(await importAdvisories({ path, sources: [source], now }));
  const opening = medianMs(20, () => orThrow(openAdvisoryIndex(path)).close());
  const index = orThrow(openAdvisoryIndex(path));
  const lookup = await medianOfMs(2_000, async (round) => {
    orThrow(await index.find('npm', `part-${(round * 2) % ADVISORIES}`));
  });
  const { inventory } = orThrow(readSbom(sbom));
  const part = { ...inventory, components: inventory.components.slice(0, SCANNED) };
  let findings = 0;
  const scanned = await medianOfMs(3, async () => {
    findings = orThrow(await scanInventory(part, index, { now })).findings.length;
  });
  index.close();
  return [
    most(`open an index of ${ADVISORIES} advisories, p50`, opening, 50),
    most('look one package up, p50', lookup, 0.1),
    most(`scan ${SCANNED} components, ${findings} findings, p50`, scanned, 2_000),
  ];
}

function inventory(sbom: Uint8Array): Figure {
  const value = COMPONENTS / (medianMs(2, () => orThrow(readSbom(sbom))) / 1_000);
  return {
    what: `read an SPDX document of ${Math.round(sbom.length / 1e6)} MB`,
    value,
    unit: 'comp./s',
    target: null,
  };
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'rooms: signing, policy, inventory and scanning, in process',
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      const sbom = Buffer.from(largeSbom(1));
      return [await signing(), policy(), inventory(sbom), ...(await scanning(folder, sbom))];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
