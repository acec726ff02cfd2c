// node bench/read-sbom.ts SOURCES FILE: reads an SBOM eight times with the reader of these sources,
// and prints what the first and the fastest reading took.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [sources = '', file = ''] = process.argv.slice(2);
const door = pathToFileURL(`${sources}/capabilities/inventory/index.ts`).href;
const { readSbom } = (await import(door)) as { readSbom: (bytes: Uint8Array) => { ok?: boolean } };
const bytes = readFileSync(file);

function measureOnce(): { cpuMs: number; wallMs: number } {
  const [before, started] = [process.cpuUsage(), performance.now()];
  if (readSbom(bytes).ok === false) throw new Error('it was not read');
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1_000, wallMs: performance.now() - started };
}

const rounds = [measureOnce()];
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
while (rounds.length < 8) rounds.push(measureOnce());
console.log(
  JSON.stringify({
    first: rounds[0],
    cpuMs: Math.min(...rounds.map(({ cpuMs }) => cpuMs)),
    wallMs: Math.min(...rounds.map(({ wallMs }) => wallMs)),
    peakMb: Number(peak) / 1_000,
  }),
);
