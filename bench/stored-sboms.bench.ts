import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Benchmark, Figure } from './benchmark.ts';
import { timing } from './compare.ts';
import { compareUsage, measureUsage, type Usage } from './usage.ts';

const ROUNDS = 3;
const HERE = resolve(import.meta.dirname, '..');
const LARGE_COMPONENTS = 4_000;
const THOUSANDS = 2_000;
/** 0, or 1 where there are findings, or 3 where something is not covered. */
const CODES = [0, 1, 3];

interface StoredPackage {
  readonly n: string;
  readonly v: string;
  readonly purl?: string;
  readonly lic?: string;
}

function readPackages(file: string): readonly (readonly StoredPackage[])[] {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { packages: StoredPackage[] }).packages);
}

function makeSpdx(name: string, packages: readonly StoredPackage[]): string {
  return JSON.stringify({
    ...{ spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT', name },
    documentNamespace: `https://sbom.example.com/${name}`,
    creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['Tool: example-1.0'] },
    packages: packages.map(({ n, v, purl, lic }, at) => ({
      ...{ SPDXID: `SPDXRef-${at}`, name: n, versionInfo: v, downloadLocation: 'NOASSERTION' },
      ...{ licenseDeclared: lic ?? 'NOASSERTION', filesAnalyzed: false },
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: purl ?? `pkg:generic/${encodeURIComponent(n)}@${v}`,
        },
      ],
    })),
    relationships: [],
  });
}

/** All packages of the documents, and where they are too few, the same in another version. */
function drawPackages(all: readonly (readonly StoredPackage[])[]): readonly StoredPackage[] {
  const withPurl = all.flat().filter(({ purl }) => purl !== undefined);
  const once = [...new Map(withPurl.map((one) => [one.purl, one])).values()];
  const others = once.map((one) => ({
    ...one,
    v: `${one.v}.1`,
    purl: (one.purl ?? '').replace(/@([^?]+)/, '@$1.1'),
  }));
  return [...once, ...others].slice(0, LARGE_COMPONENTS);
}

/**
 * Scans stored SBOMs of WAYBILL_TEST_DATA with this tree, and the large one also with the tree in
 * BENCH_BASE, which takes one document at a time. Both variables are needed.
 */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'stored SBOMs: one of 4,000 components, 41 and 2,000 in one command',
  async measure() {
    const [base, data] = [process.env['BENCH_BASE'], process.env['WAYBILL_TEST_DATA']];
    const file = join(data ?? '', 'sboms', 'sboms-top-dockerhub.ndjson.gz');
    if (base === undefined || data === undefined || !existsSync(file)) return [];
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      const feeds = readdirSync(join(data, 'advisories'))
        .filter((name) => name.includes('.osv.'))
        .map((name) => join(data, 'advisories', name));
      const homes = [join(folder, 'ours'), join(folder, 'base')];
      for (const [at, tree] of [HERE, base].entries())
        await measureUsage(tree, ['advisories', 'import', ...feeds], homes[at]);
      const documents = readPackages(file);
      const write = (name: string, packages: readonly StoredPackage[]): string => {
        const path = join(folder, `${name}.spdx.json`);
        writeFileSync(path, makeSpdx(name, packages));
        return path;
      };
      const large = write('large', drawPackages(documents));
      const many = documents.map((packages, at) => write(`stored-${at}`, packages));
      const thousands = Array.from(
        { length: THOUSANDS },
        (_, at) => many[at % many.length] ?? large,
      ).map((path, at) => {
        const copy = join(folder, `copy-${at}.spdx.json`);
        writeFileSync(copy, readFileSync(path));
        return copy;
      });
      const scan = (at: 0 | 1, files: readonly string[]): Promise<Usage> =>
        measureUsage(at === 0 ? HERE : base, [...SCAN, ...files], homes[at], CODES);
      const [ours, theirs, all]: [Usage[], Usage[], Usage[]] = [[], [], []];
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await scan(0, [large]));
        theirs.push(await scan(1, [large]));
        all.push(await scan(0, many));
      }
      const wall = (usages: readonly Usage[]): number =>
        timing(usages.map(({ wallMs }) => wallMs)).medianMs;
      const peak = (usages: readonly Usage[]): number =>
        Math.max(...usages.map(({ peakMb }) => peakMb));
      const whole = await scan(0, thousands);
      return [
        ...compareUsage(ours, theirs, { processor: 0.5, memory: 1 }),
        { what: 'one of 4,000 components', value: wall(ours), unit: 'ms', target: { max: 1_000 } },
        { what: '41 in one command', value: wall(all), unit: 'ms', target: { max: 3_000 } },
        { what: '2,000 in one command', value: whole.wallMs, unit: 'ms', target: null },
        { what: '2,000 in one command, memory', value: whole.peakMb, unit: 'MB', target: null },
        {
          what: 'memory for each SBOM more',
          value: ((whole.peakMb - peak(all)) * 1_024) / (THOUSANDS - many.length),
          unit: 'kB',
          target: { max: 200 },
        },
      ] satisfies readonly Figure[];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const SCAN = ['scan', '--format', 'json'] as const;
