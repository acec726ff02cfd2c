import { type Digest, parseDigest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { type ReadingBudget, readAtOnce } from '../../core/reading-budget.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import type { Inventory, Skip } from '../ecosystems/index.ts';
import { createSkip, describeWindows } from '../ecosystems/index.ts';
import { concludeWithin, type PassResult } from './conclude.ts';
import { type FileRecord, FileRequests, type Layer } from './file-requests.ts';
import { followLinks, PASSES_MAX, skipUnfollowed } from './follow-links.ts';
import { countFiles, type Step, stopIfAborted } from './inventory-tree.ts';
import { createLayerVisitor } from './layers/layer-visitor.ts';
import { readLayer } from './layers/read-layer.ts';
import { Snapshot } from './layers/snapshot.ts';
import type { ImageContent, LayerContent } from './port.ts';

export interface ImageOptions {
  readonly signal?: AbortSignal;
  /** For each file, and for what all of them say together; none by default. */
  readonly reading?: ReadingBudget;
  /** Called now and then with the number of entries of layers that were read. */
  readonly onProgress?: (files: number) => void;
}

/**
 * The effective inventory of one platform image: layers are streamed, and nothing is unpacked to
 * disk. Fails where the image as a whole cannot be trusted or read: a wrong digest, a cut layer, a
 * bomb. Problems of single files make the inventory partial.
 *
 * @example const inventory = await inventoryImage(image);
 */
export async function inventoryImage(
  image: ImageContent,
  options: ImageOptions = {},
): Promise<Result<Inventory>> {
  return attempt(async () => {
    const config = readImageConfig(image);
    const step = countFiles(options);
    const requests = new FileRequests('root-file-system');
    const pass = { ...options, step };
    let gathered: PassResult = await layAllLayers(image, config, requests, pass);
    let leadsOn = needsMore(gathered, requests);
    for (let passes = 1; passes < PASSES_MAX && leadsOn; passes++) {
      gathered = await layAllLayers(image, config, requests, pass);
      leadsOn = needsMore(gathered, requests);
    }
    const unread = [
      ...(leadsOn ? [skipUnfollowed()] : []),
      ...(config.os === 'windows' ? [skipWindows()] : []),
    ];
    const subject = { name: image.digest, digest: image.digest };
    const whole = { ...gathered, skips: [...gathered.skips, ...unread] };
    const inventory = concludeWithin(subject, whole, options.reading ?? readAtOnce);
    return nameWindows(inventory, config);
  });
}

/** The registry of Windows says more, where it is among the layers. */
function nameWindows(inventory: Inventory, { os, osVersion }: ImageConfig): Inventory {
  // mutant build-of-a-configuration-before-its-registry by read-layer: operand 2 -> false
  if (os !== 'windows' || inventory.os !== null || osVersion === null) return inventory;
  const found = describeWindows(osVersion);
  if (found === null) return inventory;
  const components = [...inventory.components, found.component];
  components.sort((one, other) => (one.purl < other.purl ? -1 : 1));
  return { ...inventory, os: found.os, components };
}

export interface ImageConfig {
  readonly diffIds: readonly Digest[];
  readonly os: string | null;
  /** `os.version`: of Windows, its build. */
  readonly osVersion: string | null;
}

/** OCI image-spec, config.md: one diff ID for each layer, in the same order. */
export function readImageConfig(image: ImageContent): ImageConfig {
  const { layers } = image;
  const parsed = parseConfig(image);
  const rootfs = parsed['rootfs'];
  const diffIds = isJsonObject(rootfs) ? rootfs['diff_ids'] : undefined;
  if (!Array.isArray(diffIds)) throw malformed('its configuration names no diff IDs');
  if (layers.length > LIMITS.layersMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the image has over ${LIMITS.layersMax} layers`,
      'Build it with fewer layers.',
    );
  }
  if (diffIds.length !== layers.length)
    throw malformed('its configuration has other layers than its manifest');
  const digests = diffIds.map((text) => orThrow(parseDigest(typeof text === 'string' ? text : '')));
  const { os, 'os.version': osVersion } = parsed;
  return {
    diffIds: digests,
    os: typeof os === 'string' ? os : null,
    osVersion: typeof osVersion === 'string' ? osVersion : null,
  };
}

/** The configuration as it is. */
export function parseConfig({ config }: ImageContent): JsonObject {
  const parsed = orThrow(parseJson(config, { bytesMax: LIMITS.manifestBytesMax }));
  if (!isJsonObject(parsed)) throw malformed('its configuration is not an object');
  return parsed;
}

interface ImagePass extends PassResult {
  /** Requests that came up while layers were read: hard links to files that were not requested. */
  readonly news: boolean;
}

async function layAllLayers(
  image: ImageContent,
  config: ImageConfig,
  requests: FileRequests,
  { signal, reading = readAtOnce, step }: ImageOptions & { readonly step: Step },
): Promise<ImagePass> {
  const snapshot = new Snapshot<FileRecord>({ clamp: true });
  const skips: Skip[] = [];
  const budget = { bytesLeft: LIMITS.imageBytesMax, entriesLeft: LIMITS.imageEntriesMax };
  const scene = {
    snapshot,
    requests: requests,
    budget,
    skips,
    held: { bytes: 0, bytesMax: LIMITS.imageHeldBytesMax },
    reading,
  };
  const before = requests.aliases;
  for (const [index, content] of image.layers.entries()) {
    const layer: Layer = { index, diffId: config.diffIds[index] ?? content.descriptor.digest };
    const visit = createLayerVisitor(scene, layer);
    await readLayer(makeStoppable(content, signal), layer.diffId, budget, (entry, metadata) => {
      step();
      return visit(entry, metadata);
    });
  }
  const news = requests.aliases > before;
  return { snapshot, requests: requests, skips, news, layers: config.diffIds };
}

function needsMore(gathered: PassResult, requests: FileRequests): boolean {
  const hardLinks = (gathered as ImagePass).news;
  return followLinks(gathered.snapshot, requests) || hardLinks;
}

function makeStoppable(content: LayerContent, signal: AbortSignal | undefined): LayerContent {
  if (signal === undefined) return content;
  return {
    descriptor: content.descriptor,
    open: async function* open() {
      for await (const piece of content.open()) {
        stopIfAborted(signal);
        yield piece;
      }
    },
  };
}

function skipWindows(): Skip {
  return createSkip(
    '.',
    'UNSUPPORTED',
    'it is a Windows image: its build and the programs in its registry are read, and nothing ' +
      'that Windows updates apart from itself',
    'Attach an inventory of another tool.',
  );
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `the image is malformed: ${why}`,
    'Build or pull the image again.',
  );
}
