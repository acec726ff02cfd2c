// npm run tour [-- --write | --json]: what a newcomer meets with ten kinds of repositories,
// images of ten build tools and eight bases and runtimes. Offline, on real parts, in a temporary
// folder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable, listLosses, type TourRow } from './cells.ts';
import { IMAGES } from './images.ts';
import { REPOSITORIES } from './repositories.ts';
import { TourWorld } from './world.ts';

const USAGE = `usage: npm run tour [-- --write | --json]

Takes ten repositories, one for each ecosystem, through init, scan, release and gate admission, and
images of ten build tools and eight bases and runtimes through scan, release and gate admission.
Prints what was full and what was not, and why. The exit code is 1 where something is worse than in
the table of README.

  --write   records the table in README; refuses a table that is worse
  --json    prints the table as JSON
`;

export const RECORD = join(import.meta.dirname, 'record.json');
const README = join(import.meta.dirname, '../../README.md');
const MARKS = ['<!-- tour -->\n', '<!-- /tour -->'] as const;

export function readRecord(): readonly TourRow[] {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as readonly TourRow[];
}

/** README with the table between its marks. */
export function placeTable(page: string, rows: readonly TourRow[]): string {
  const [start, end] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])];
  if (start === -1 || end < start) throw new Error('README has no place for the table of the tour');
  return `${page.slice(0, start + MARKS[0].length)}${formatTable(rows)}${page.slice(end)}`;
}

async function walk(say: (line: string) => void): Promise<readonly TourRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tour-'));
  const world = await TourWorld.open(folder);
  try {
    const rows: TourRow[] = [];
    for (const repository of REPOSITORIES) {
      say(repository.name);
      rows.push(await world.visitRepository(repository));
    }
    for (const image of IMAGES) {
      say(image.name);
      rows.push(await world.visitImage(image));
    }
    return rows;
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const rows = await walk((line) => process.stderr.write(`${line}\n`));
  process.stdout.write(
    values.json === true ? `${JSON.stringify(rows, null, 2)}\n` : formatTable(rows),
  );
  const losses = listLosses(readRecord(), rows);
  for (const loss of losses) process.stderr.write(`worse: ${loss}\n`);
  if (losses.length > 0) return 1;
  if (values.write !== true) return 0;
  writeFileSync(RECORD, `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(README, placeTable(readFileSync(README, 'utf8'), rows));
  return 0;
}

if (import.meta.main) process.exitCode = await main();
