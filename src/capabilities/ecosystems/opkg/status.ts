import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { findNeededPackages, type Provider } from '../debian/depends.ts';
import { readStanzas, type Stanza } from '../debian/stanzas.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
} from '../extractor.ts';
import { createSystemDraft } from '../system-package.ts';
import { wantFiles } from '../wanted-files.ts';

const STATUS = new Set(['usr/lib/opkg/status', 'var/lib/opkg/status']);
const LIST = /^(?:usr|var)\/lib\/opkg\/info\/([^/]+)\.list$/;

/** The database of opkg (OpenWrt, Yocto), in the format of dpkg. */
export const opkgStatus: Extractor = {
  name: 'opkg',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['status'], where: (path) => STATUS.has(path) }),
  extract,
};

/** The files of one package, each on its own line; some have more fields behind a tab. */
export const opkgFiles: Extractor = {
  name: 'opkg-files',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ endings: ['.list'], where: LIST }),
  extract: ({ path, bytes }) => {
    const name = LIST.exec(path)?.[1] ?? '';
    const paths = orThrow(decodeUtf8(bytes))
      .split('\n')
      .map((line) => line.split('\t', 1)[0] ?? '');
    const lines = Buffer.from(paths.join('\n'));
    return { ...NOTHING, owned: [{ package: name, form: 'paths', lines }] };
  },
};

function extract({ path, bytes }: FoundFile): Extraction {
  const drafts: Draft[] = [];
  const flaws: string[] = [];
  const needs: string[] = [];
  const providers: Provider[] = [];
  for (const { fields, strayLines } of readStanzas(orThrow(decodeUtf8(bytes)))) {
    const read = strayLines > 0 ? 'it has lines that are not fields' : readPackage(path, fields);
    if (typeof read === 'string')
      flaws.push(`package ${JSON.stringify((fields.get('package') ?? '').slice(0, 100))}: ${read}`);
    else if (read !== null) {
      drafts.push(read);
      needs.push(fields.get('depends') ?? '');
      providers.push({ key: read.key, name: read.name, provides: fields.get('provides') ?? '' });
    }
  }
  const needed = findNeededPackages(providers, needs);
  return {
    drafts: drafts.map((draft, at) => ({ ...draft, needs: needed[at] ?? [] })),
    skips: flaws
      .slice(0, 20)
      .map((why) => createSkip(path, 'MALFORMED', why, 'Repair the package database.')),
  };
}

/** A draft, null for a package that is not installed, or what is wrong with the stanza. */
function readPackage(path: string, fields: Stanza): Draft | string | null {
  const name = fields.get('package') ?? '';
  const state = (fields.get('status') ?? '').toLowerCase().split(/\s+/);
  if (state.length !== 3) return 'it has no status';
  if (state[2] === 'not-installed' || state[2] === 'config-files') return null;
  if (!/^[a-z0-9][a-z0-9+._-]*$/i.test(name)) return 'it has no usable name';
  const version = fields.get('version') ?? '';
  if (!/^[!-~]{1,500}$/.test(version)) return 'it has no usable version';
  const arch = /^[a-z0-9_.+-]{1,60}$/i.exec(fields.get('architecture') ?? '')?.[0] ?? null;
  return {
    ...createSystemDraft({ type: 'opkg', name, version, arch, location: path }),
    maker: 'unstated',
  };
}
