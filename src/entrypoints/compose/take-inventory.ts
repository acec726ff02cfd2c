import type { Inventory, TargetKind } from '../../capabilities/ecosystems/index.ts';
import {
  inventoryImage,
  inventoryTree,
  listSbomGaps,
  type ParsedSbom,
  readSbom,
  type SbomOrigin,
} from '../../capabilities/inventory/index.ts';
import {
  formatPlatform,
  type OpenedImage,
  openImage,
  parsePlatform,
} from '../../capabilities/registry/index.ts';
import { formatCount } from '../../core/count.ts';
import type { Platform } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  parseImageReference,
} from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readWhole } from '../../system/files/read-file.ts';
import { createCommandBudget, readWithinBudget } from '../../system/processes/reading-budget.ts';
import type { Config } from '../config/config.ts';
import { openCommandClient } from './command-registry.ts';
import { openLayoutImage } from './registry.ts';
import { loadSbomFile } from './sbom-files.ts';
import { parseTarget, type Target } from './targets.ts';
import { openTree } from './trees.ts';

/** Where a target is searched, and how the platform of an image is chosen. */
export interface TargetContext {
  readonly config: Config;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** The platform of an image, as text; undefined: of several, that of this machine. */
  readonly platform: string | undefined;
  /** The name under which an image on disk is known; undefined: no name. */
  readonly as: string | undefined;
  readonly signal: AbortSignal;
  /** Called now and then, with the number of files so far, of a folder or in layers. */
  readonly onProgress?: (files: number) => void;
}

export interface TargetInventory {
  readonly target: Target;
  /** What the target was recognised as, for the user. */
  readonly recognised: string;
  readonly inventory: Inventory;
  /** What an SBOM of another tool does not say; empty for an inventory that was made here. */
  readonly lacks: readonly string[];
  /** Who made an SBOM, and when; undefined for an inventory that was made here. */
  readonly origin?: SbomOrigin;
}

/**
 * The inventory of any target. A part that cannot be read completely makes it partial; a target of
 * an unknown kind is UNSUPPORTED.
 */
export async function takeInventory(
  text: string,
  context: TargetContext,
): Promise<TargetInventory> {
  const target = parseTarget(text, context.cwd);
  const { recognised, inventory, lacks = [], origin } = await readInventory(target, context);
  const { found, components, unexplained = null } = inventory;
  // An image in which nothing was recognised has an inventory all the same: what is in it.
  const hasFiles = unexplained !== null && unexplained.files > 0;
  if (found.length === 0 && components.length === 0 && !hasFiles) {
    const [skip] = inventory.skips;
    if (skip !== undefined)
      throw new Failure(
        'UNSUPPORTED',
        `the components of ${text} are unknown: ${skip.cause.message}`,
        skip.cause.remedy,
      );
    throw createNothingFoundFailure(target.kind, text, inventory.notes ?? []);
  }
  const taken = { target, recognised, inventory, lacks };
  return origin === undefined ? taken : { ...taken, origin };
}

/** What a target that contains nothing lacks, by what it is. */
function createNothingFoundFailure(
  kind: Target['kind'],
  text: string,
  notes: readonly string[],
): Failure {
  const { what, remedy } = NOTHING_FOUND[kind];
  return new Failure('UNSUPPORTED', [`${text} ${what}`, ...notes.slice(0, 1)].join('; '), remedy);
}

const EMPTY_SBOM = {
  what: 'lists no component',
  remedy: 'Make it again with a tool that lists what the artifact contains: waybill sbom.',
} as const;
const EMPTY_IMAGE = {
  what: 'is an image without a file in it',
  remedy: 'Check that it is the image and the platform that you mean.',
} as const;
const NOTHING_FOUND = {
  tree: {
    what: 'contains no lock file and no manifest of packages that is read here',
    remedy:
      'Name the folder that has them, or the image itself; an image on disk is oci:DIR, a root file system rootfs:DIR.',
  },
  rootfs: {
    what: 'contains no package database and no package that is read here',
    remedy: 'Name the folder that has etc and var of the system; a source tree needs no rootfs:.',
  },
  sbom: EMPTY_SBOM,
  stdin: EMPTY_SBOM,
  layout: EMPTY_IMAGE,
  image: EMPTY_IMAGE,
} as const satisfies Readonly<Record<Target['kind'], { what: string; remedy: string }>>;

/**
 * The name of a target in documents, which are published: of an absolute path on this machine only
 * the last part.
 *
 * @example nameSubject('oci-archive:/home/somebody/app.tar') // oci-archive:app.tar
 */
export function nameSubject(text: string): string {
  const [, scheme = '', path = ''] =
    /^((?:rootfs|oci|oci-archive|docker-archive):)?(.*)$/s.exec(text) ?? [];
  const isAbsolute = /^(?:[\\/]|[A-Za-z]:[\\/])/.test(path);
  const last = path.split(/[\\/]/).findLast((part) => part !== '');
  // mutant absolute-path-in-a-document by take-inventory: condition -> false
  return isAbsolute && last !== undefined ? `${scheme}${last}` : text;
}

/** What was found at a target, before its kind is checked. */
type InventoryLookup = Pick<TargetInventory, 'recognised' | 'inventory'> &
  Partial<Pick<TargetInventory, 'lacks' | 'origin'>>;

async function readInventory(target: Target, context: TargetContext): Promise<InventoryLookup> {
  switch (target.kind) {
    case 'tree':
      return {
        recognised: 'source tree',
        inventory: await readTreeInventory(target, context, 'source-tree'),
      };
    case 'rootfs':
      return {
        recognised: 'root file system',
        inventory: await readTreeInventory(target, context, 'root-file-system'),
      };
    case 'sbom': {
      const { bytes, lacks } = await loadSbomFile(target.path);
      return readSbomInventory(bytes, lacks);
    }
    case 'stdin':
      return readSbomInventory(
        await readWhole('standard input', LIMITS.documentBytesMax, context.stdin),
      );
    case 'layout':
    case 'image':
      return readImageInventory(target, context);
  }
}

async function readTreeInventory(
  { path, text }: Target & { kind: 'tree' | 'rootfs' },
  { signal, onProgress }: TargetContext,
  target: TargetKind,
): Promise<Inventory> {
  return inventoryTree(orThrow(await openTree(path)), nameSubject(text), {
    ...{ target, signal, reading: createCommandBudget() },
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

/** What an SBOM says, read within the time that a document has. */
export function openSbom(bytes: Uint8Array): ParsedSbom {
  return orThrow(readWithinBudget(bytes, () => readSbom(bytes)));
}

function readSbomInventory(bytes: Uint8Array, lacks: readonly string[] = []): InventoryLookup {
  const reading = openSbom(bytes);
  const form = reading.encoding === 'json' ? '' : ` as ${reading.encoding}`;
  const made = reading.tool === null ? '' : `, made by ${reading.tool}`;
  return {
    recognised: `SBOM (${reading.format}${form}${made})`,
    inventory: reading.inventory,
    lacks: [...lacks, ...listSbomGaps(reading)],
    origin: { tool: reading.tool, createdAt: reading.createdAt },
  };
}

async function readImageInventory(
  target: Target & { kind: 'layout' | 'image' },
  context: TargetContext,
): Promise<InventoryLookup> {
  const { source, reference, recognised, close } = await openImageTarget(target, context);
  try {
    const wanted = context.platform;
    const platform =
      wanted === undefined
        ? { preferred: platformHere() }
        : { platform: orThrow(parsePlatform(wanted)) };
    const options = { signal: context.signal };
    const descriptor = orThrow(await source.resolve(reference, options));
    const image = orThrow(
      await openImage(source, formatRepository(reference), descriptor, { ...options, ...platform }),
    );
    const inventory = orThrow(
      await inventoryImage(image, {
        ...{ ...options, reading: createCommandBudget() },
        ...(context.onProgress === undefined ? {} : { onProgress: context.onProgress }),
      }),
    );
    const named = {
      ...inventory,
      subject: { ...inventory.subject, name: nameSubject(target.text) },
      ...noteAttestations(inventory, image),
    };
    const chosen = describeChoice(image);
    return { recognised: `${recognised} ${image.digest}${chosen}`, inventory: named };
  } finally {
    close();
  }
}

/** What Node.js calls a processor, where images say it otherwise. */
const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  ia32: '386',
  loong64: 'loong64',
  ppc64: 'ppc64le',
  x64: 'amd64',
};

/** The platform of containers on this machine: Linux, also where it runs in a virtual machine. */
export function platformHere(): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

/** Says that one platform of several was taken, which nobody asked for. */
export function describeChoice({ platform, chosenFrom }: OpenedImage): string {
  if (chosenFrom === undefined || platform === null) return '';
  const others = chosenFrom.map(formatPlatform).slice(0, PLATFORMS_SHOWN).join(', ');
  const more = chosenFrom.length > PLATFORMS_SHOWN ? ', …' : '';
  return (
    `, ${formatPlatform(platform)} as this machine, of ${others}${more}; ` +
    '--platform takes another'
  );
}

const PLATFORMS_SHOWN = 20;

/** An inventory is taken of the files, whatever the builder states about them. */
function noteAttestations(
  { notes = [] }: Inventory,
  { attestations = 0 }: OpenedImage,
): Pick<Inventory, 'notes'> {
  if (attestations === 0) return {};
  const what = formatCount(attestations, 'attestation');
  return {
    notes: [...notes, `its index has ${what} of its builder, not used here: waybill discover`],
  };
}

/**
 * An image in a registry or on disk: its source, and the reference under which the source knows it.
 */
export async function openImageTarget(
  target: Target & { kind: 'layout' | 'image' },
  { config, env, as }: Pick<TargetContext, 'config' | 'env' | 'as'>,
) {
  if (target.kind === 'layout') {
    const { source, root } = await openLayoutImage(target.text);
    const scope = orThrow(parseImageReference(as ?? 'layout.invalid/image'));
    const reference = { ...scope, tag: null, digest: root.digest };
    return {
      source,
      reference,
      recognised: 'image on disk',
      close: () => void source.close().catch(() => undefined),
    };
  }
  const client = await openCommandClient(config, env);
  const recognised = `image ${formatImageReference(target.reference)}`;
  return { source: client, reference: target.reference, recognised, close: () => client.close() };
}
