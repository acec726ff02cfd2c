import type { OperatingSystem } from '../component.ts';
import { type Extraction, type Extractor, type FoundFile, NOTHING } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';

const PLACES = ['etc/os-release', 'usr/lib/os-release'];
const OS_RELEASE_BYTES_MAX = 64 * 1024;

/** os-release(5): etc comes before usr/lib. */
export const osRelease: Extractor = {
  name: 'os-release',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: OS_RELEASE_BYTES_MAX,
  wants: wantFiles({ names: ['os-release'], where: (path) => PLACES.includes(path) }),
  extract,
};

function extract({ bytes }: FoundFile): Extraction {
  const fields = new Map<string, string>();
  for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
    const [, name, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line.trimEnd()) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, unquote(value));
  }
  const id = fields.get('ID')?.toLowerCase() ?? '';
  if (!/^[a-z0-9._-]{1,60}$/.test(id)) return NOTHING;
  const os: OperatingSystem = {
    id,
    versionId: fields.get('VERSION_ID') || null,
    prettyName: fields.get('PRETTY_NAME') || null,
  };
  const end = fields.get('SUPPORT_END') ?? '';
  // Whether that day is over is not asked here: an inventory has no clock.
  const notes = /^\d{4}-\d\d-\d\d$/.test(end)
    ? [`its distribution says that it is supported until ${end}`]
    : [];
  return { ...NOTHING, os, ...(notes.length === 0 ? {} : { notes }) };
}

/** Shell quoting, as os-release(5) allows it. */
function unquote(value: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(value)?.[2] ?? value;
  return quoted.replace(/\\([\\"'$`])/g, '$1').slice(0, 200);
}
