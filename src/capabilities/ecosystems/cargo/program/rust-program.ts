import { inflateSync } from 'node:zlib';
import { isJsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import type { FilePart, PartReading } from '../../../../formats/program/part-reading.ts';
import type { Skip } from '../../component.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type ProgramFile,
} from '../../extractor.ts';
import { buildPlainParts, isPlainVersion } from '../../locked/locked-package.ts';
import { extractProgram } from '../../program-reader.ts';
import { NO_FILES } from '../../wanted-files.ts';
import { readCustomSection } from './wasm-sections.ts';

/** The section that cargo-auditable adds to a program (its PARSING.md). */
const SECTION = '.dep-v0';
/** More than ten thousand crates. */
const PACKED_BYTES_MAX = 4 * 1024 * 1024;
const BYTES_MAX = 16 * 1024 * 1024;

/**
 * The crates that a program was built from, as cargo-auditable recorded them. The crate of the
 * program itself is one of them.
 */
export const rustProgram: Extractor = {
  name: 'rust-program',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: NO_FILES,
  readProgram,
  extract: (file) => extractProgram(readProgram, file),
  yieldsToOwner: true,
};

/** One file of macOS may hold a program for each architecture. */
function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  const found: Extraction[] = [];
  const web = layouts.length === 0 ? yield* readCustomSection(SECTION, size) : null;
  if (web !== null) found.push(listCrates(path, web));
  for (const { named } of layouts) {
    const part = named.find(({ name }) => name === SECTION);
    if (part !== undefined) found.push(yield* readSection(path, part));
  }
  if (found.length === 0) return null;
  const drafts = new Map(found.flatMap((one) => one.drafts.map((draft) => [draft.key, draft])));
  const direct = [...new Set(found.flatMap((one) => one.direct ?? []))];
  return { drafts: [...drafts.values()], skips: found.flatMap(({ skips }) => skips), direct };
}

function* readSection(path: string, { offset, length }: FilePart): PartReading<Extraction> {
  // mutant rust-section-without-a-limit by rust-program: condition -> false
  if (length > PACKED_BYTES_MAX) return refuse(path, 'its list of crates is too large');
  return listCrates(path, yield { offset, length });
}

function listCrates(path: string, packed: Uint8Array): Extraction {
  const json = unpack(packed);
  const listed = isJsonObject(json ?? undefined)
    ? (json as { packages?: JsonValue }).packages
    : null;
  if (!Array.isArray(listed)) return refuse(path, 'its list of crates cannot be read');
  const skips: Skip[] = [];
  const crates = (listed as readonly JsonValue[]).map((entry) => readCrate(entry));
  const drafts = crates.flatMap((crate): readonly Draft[] => {
    if (crate === null) {
      skips.push(...refuse(path, 'a crate in its list has no usable name or version').skips);
      return [];
    }
    const needs = crate.needs.flatMap((at) => crates[at]?.key ?? []);
    const { key, name, version, source, development } = crate;
    return [
      {
        ...{ key, name, version, needs, development },
        parts: buildPlainParts('cargo', name, version),
        licenses: [],
        source: null,
        locations: [path],
        hashes: {},
        origin: source,
      },
    ];
  });
  const roots = crates.flatMap((crate) => (crate?.isRoot === true ? [crate.key] : []));
  return { drafts, skips, direct: roots };
}

/** Null for bytes that are no JSON in a stream of zlib. */
function unpack(packed: Uint8Array): JsonValue | null {
  try {
    // mutant rust-section-that-unpacks-without-end by rust-program: argument 2 -> {}
    const bytes = inflateSync(packed, { maxOutputLength: BYTES_MAX });
    const json = parseJson(bytes, { bytesMax: BYTES_MAX });
    return json.ok ? json.value : null;
  } catch {
    return null;
  }
}

interface BuiltCrate {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** As a lock names it, where it is the public registry; else one word. */
  readonly source: string | null;
  /** Only the build needed it: it is not in the program. */
  readonly development: boolean;
  readonly isRoot: boolean;
  /** Places in the list. */
  readonly needs: readonly number[];
}

function readCrate(entry: JsonValue): BuiltCrate | null {
  if (!isJsonObject(entry)) return null;
  const { name, version, source, kind, root, dependencies } = entry;
  if (typeof name !== 'string' || !/^[\p{L}\p{N}_][\p{L}\p{N}_-]{0,199}$/u.test(name)) return null;
  if (!isPlainVersion(version) || !/^\d/.test(version)) return null;
  const needs = Array.isArray(dependencies) ? (dependencies as readonly JsonValue[]) : [];
  const from = typeof source === 'string' ? source.slice(0, 1_000) : null;
  return {
    ...{ key: `${name} ${version} ${from ?? ''}`, name, version },
    source: from === 'crates.io' ? PUBLIC_INDEX : from,
    development: kind === 'build',
    isRoot: root === true,
    needs: needs.filter((at) => typeof at === 'number'),
  };
}

/** As locks write it, so that a program and its lock say the same. */
const PUBLIC_INDEX = 'registry+https://github.com/rust-lang/crates.io-index';

function refuse(path: string, why: string): Extraction {
  const skip = createSkip(path, 'MALFORMED', why, 'Build it again with cargo auditable.');
  return { drafts: [], skips: [skip] };
}
