import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPeer } from '../test/support/peer.ts';
import { root } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import type { Command } from './compare.ts';
import { writeLargeImage } from './large-image.ts';
import { type Contender, canMeter, compareMetered, meterInTurn } from './metered.ts';

const ROUNDS = 3;
const PARTS = (process.env['BENCH_INVENTORIES'] ?? 'debian,image,layers,files').split(',');
const PULLED = 'for f in "$0"/blobs/sha256/*; do gzip -dc "$f" 2>/dev/null; done > /dev/null; true';

/** A Debian 12 in BENCH_DEBIAN, or made now by debootstrap; null without both. */
function findDebian(work: string): string | null {
  const given = process.env['BENCH_DEBIAN'];
  if (given !== undefined) return given;
  const folder = join(work, 'debian');
  try {
    execFileSync('debootstrap', ['--variant=minbase', 'bookworm', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    console.warn('skipped: debootstrap makes no Debian system here (BENCH_DEBIAN names one)');
    return null;
  }
}

/** The Trivy that cdxgen brings, in WAYBILL_PEERS or among the packages that BENCH_TRIVY names. */
function findTrivy(): string | null {
  const given = process.env['BENCH_TRIVY'];
  const found =
    findPeer('trivy-cdxgen') ?? (given !== undefined && existsSync(given) ? given : null);
  if (found === null) console.warn('skipped: no Trivy of cdxgen (BENCH_TRIVY names it)');
  return found;
}

function runOurs(target: string, home: string): Contender {
  const args = [join(root, 'bin', 'waybill.js'), 'sbom', target, '--format', 'json'];
  return { who: 'ours', command: { program: process.execPath, args: [...args, '--home', home] } };
}

function listScalibr(folder: string, out: string, sets: readonly string[]): readonly Contender[] {
  const program = findPeer('scalibr');
  if (program === null) console.warn('skipped: scalibr is not here (WAYBILL_PEERS)');
  return program === null
    ? []
    : sets.map((plugins) => ({
        who: `scalibr ${plugins}`,
        command: {
          program,
          args: ['--root', folder, `--plugins=${plugins}`, '-o', `cdx-json=${out}`],
        },
      }));
}

async function measureDebian(debian: string, work: string): Promise<readonly Figure[]> {
  const out = join(work, 'peer.json');
  const trivy = findTrivy();
  const args = ['rootfs', '--offline-scan', '--skip-db-update', '--format', 'cyclonedx'];
  const theirs: readonly Contender[] =
    trivy === null
      ? []
      : [{ who: 'trivy', command: { program: trivy, args: [...args, '-o', out, debian] } }];
  const all = [
    runOurs(`rootfs:${debian}`, join(work, 'home')),
    ...listScalibr(debian, out, ['artifact', 'os,javascript,java']),
    ...theirs,
  ];
  return compareMetered('Debian 12', await meterInTurn(all, ROUNDS), {
    peakMb: 150,
    ratios: [
      { against: ['scalibr artifact'], max: 0.08 },
      { against: ['scalibr os,javascript,java'], max: 3 },
      { against: ['trivy'], max: 0.25 },
    ],
  });
}

async function measureImage(debian: string, work: string): Promise<readonly Figure[]> {
  const [tar, layout, archive] = ['base.tar', 'oci', 'base.docker.tar'].map((name) =>
    join(work, name),
  ) as [string, string, string];
  execFileSync('tar', ['-C', debian, '-cf', tar, '.'], { stdio: 'ignore' });
  const umoci = (...args: readonly string[]) => execFileSync('umoci', args, { stdio: 'ignore' });
  umoci('init', '--layout', layout);
  umoci('new', '--image', `${layout}:base`);
  umoci('raw', 'add-layer', '--image', `${layout}:base`, tar);
  execFileSync('skopeo', ['copy', `oci:${layout}:base`, `docker-archive:${archive}:base:1`], {
    stdio: 'ignore',
  });
  const cdxgen = findPeer('cdxgen');
  const out = join(work, 'peer.json');
  const peer: Command | null =
    cdxgen === null ? null : { program: cdxgen, args: ['-t', 'docker', '-o', out, archive] };
  const all: readonly Contender[] = [
    runOurs(`oci:${layout}:base`, join(work, 'home')),
    { who: 'gzip -d', command: { program: 'sh', args: ['-c', PULLED, layout] } },
    ...(peer === null ? [] : [{ who: 'cdxgen', command: peer, rounds: 1 }]),
  ];
  return compareMetered('Debian 12 as an image', await meterInTurn(all, ROUNDS), {
    peakMb: 150,
    ratios: [
      { against: ['cdxgen'], max: 0.15 },
      { against: ['gzip -d'], max: 1.3 },
    ],
  });
}

/** Against this machine's own gzip, which is the floor for one who reads all bytes. */
async function measureLarge(
  what: string,
  work: string,
  { layers, files, bytes, peakMb }: Record<'layers' | 'files' | 'bytes' | 'peakMb', number>,
): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(work, 'large-'));
  const plans = Array.from({ length: layers }, () => ({ files, bytes }));
  const target = await writeLargeImage(folder, plans);
  const all: readonly Contender[] = [
    runOurs(target, join(work, 'home')),
    { who: 'gzip -d', command: { program: 'sh', args: ['-c', PULLED, folder] } },
  ];
  const usages = await meterInTurn(all, 1);
  rmSync(folder, { recursive: true, force: true });
  const max = bytes > 0 ? 1.3 : Number.POSITIVE_INFINITY;
  return compareMetered(what, usages, { peakMb, ratios: [{ against: ['gzip -d'], max }] });
}

/** The whole machine, which changes meanwhile: only where it is asked for. */
async function measureMachine(work: string): Promise<readonly Figure[]> {
  const folder = process.env['BENCH_ROOT'] ?? '/';
  const all = [
    runOurs(`rootfs:${folder}`, join(work, 'home')),
    ...listScalibr(folder, join(work, 'peer.json'), ['artifact']),
  ];
  return compareMetered(`rootfs:${folder}`, await meterInTurn(all, 1), {
    peakMb: 300,
    ratios: [{ against: ['scalibr artifact'], max: 1.2 }],
  });
}

/** Whole processes by processor time: BENCH_INVENTORIES chooses parts, `machine` is one more. */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'inventories of root file systems and images, beside scalibr, cdxgen and Trivy',
  async measure() {
    if (!canMeter()) return [];
    const work = mkdtempSync(join(tmpdir(), 'waybill-bench-inventories-'));
    mkdirSync(join(work, 'home'));
    const large = {
      layers: { layers: 20, files: 1_600, bytes: 64 * 1024, peakMb: 300 },
      files: { layers: 1, files: 3_000_000, bytes: 0, peakMb: 500 },
    };
    try {
      const figures: Figure[] = [];
      const debian = PARTS.some((part) => /^(?:debian|image)$/.test(part))
        ? findDebian(work)
        : null;
      if (debian !== null && PARTS.includes('debian'))
        figures.push(...(await measureDebian(debian, work)));
      if (debian !== null && PARTS.includes('image'))
        figures.push(...(await measureImage(debian, work)));
      if (PARTS.includes('layers'))
        figures.push(...(await measureLarge('20 layers, 2 GB', work, large.layers)));
      if (PARTS.includes('files'))
        figures.push(...(await measureLarge('3 million files', work, large.files)));
      if (PARTS.includes('machine')) figures.push(...(await measureMachine(work)));
      return figures;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
};
