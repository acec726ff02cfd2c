// npm run bench [-- PART-OF-NAME …]: runs every bench/*.bench.ts in turn. The exit code is 1 when a
// target is missed.
import { globSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { type Benchmark, type Figure, type Measurement, meets, type Race } from './benchmark.ts';
import { compare } from './compare.ts';

async function benchmarks(parts: readonly string[]): Promise<Benchmark[]> {
  const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).sort();
  const loaded = await Promise.all(
    files.map(
      async (file) =>
        (await import(resolve(import.meta.dirname, file))) as { benchmark: Benchmark },
    ),
  );
  return loaded
    .map(({ benchmark }) => benchmark)
    .filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
}

async function race({ prepare, rounds, target }: Race): Promise<Figure[]> {
  const { ours, peer, clean } = await prepare();
  try {
    const found = await compare(ours, peer, rounds);
    const most = (max: number | undefined): Figure['target'] =>
      max === undefined ? null : { max };
    return [
      { what: 'ours, min', value: found.ours.minMs, unit: 'ms', target: null },
      {
        what: 'ours, median',
        value: found.ours.medianMs,
        unit: 'ms',
        target: most(target.oursMedianMsMax),
      },
      { what: 'peer, min', value: found.peer.minMs, unit: 'ms', target: null },
      { what: 'peer, median', value: found.peer.medianMs, unit: 'ms', target: null },
      { what: 'ratio of medians', value: found.ratio, unit: '×', target: most(target.ratioMax) },
    ];
  } finally {
    clean();
  }
}

const measureFigures = (benchmark: Race | Measurement) =>
  benchmark.kind === 'race' ? race(benchmark) : benchmark.measure();

function line(figure: Figure): string {
  const value = figure.value.toLocaleString('en-US', {
    maximumFractionDigits: figure.value < 100 ? 2 : 0,
  });
  const { target } = figure;
  const wanted = target === null ? '' : 'max' in target ? `≤ ${target.max}` : `≥ ${target.min}`;
  const met = target === null ? '' : meets(figure) ? 'met' : 'MISSED';
  return (
    `  ${figure.what.padEnd(44)} ${value.padStart(12)} ${figure.unit.padEnd(8)} ` +
    `${wanted.padEnd(12)} ${met}`
  ).trimEnd();
}

const chosen = await benchmarks(process.argv.slice(2));
console.log(
  `Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
);
for (const benchmark of chosen) {
  const started = performance.now();
  const figures = await measureFigures(benchmark);
  console.log(`\n${benchmark.name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  for (const figure of figures) console.log(line(figure));
  if (!figures.every(meets)) process.exitCode = 1;
}
if (chosen.length === 0) {
  console.error('no benchmark has this text in its name');
  process.exitCode = 2;
}
