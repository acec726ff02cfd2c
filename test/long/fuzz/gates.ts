import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { readFeed } from '../../../src/adapters/advisories/read-feed.ts';
import { unfoldFeeds } from '../../../src/adapters/advisories/unfold-feeds.ts';
import { Refusal } from '../../../src/adapters/oci-server/refusal.ts';
import { parseRoute } from '../../../src/adapters/oci-server/routes.ts';
import { CompactOsvReader } from '../../../src/capabilities/advisories/index.ts';
import { readOsv } from '../../../src/capabilities/advisories/parse-osv.ts';
import { RECORD_KINDS } from '../../../src/capabilities/evidence/index.ts';
import { readFact } from '../../../src/capabilities/graph/facts.ts';
import { inventoryImage } from '../../../src/capabilities/inventory/index.ts';
import { decodeFacts, evaluate } from '../../../src/capabilities/policy/index.ts';
import { verifyStream } from '../../../src/capabilities/registry/index.ts';
import { validateChain } from '../../../src/capabilities/signing/x509/chain.ts';
import { sha256 } from '../../../src/core/digest.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { readAtOnce } from '../../../src/core/reading-budget.ts';
import { orThrow } from '../../../src/core/result.ts';
import { graphPorts } from '../../../src/entrypoints/compose/graph-ports.ts';
import { readElf } from '../../../src/formats/elf/elf.ts';
import { parseJson } from '../../../src/formats/json/parse.ts';
import { viewBuffer } from '../../../src/formats/program/fields.ts';
import { readInMemory } from '../../../src/formats/program/part-reading.ts';
import { readTar } from '../../../src/formats/tar/tar.ts';
import { createZipBudget, readZipDirectory, readZipEntry } from '../../../src/formats/zip/zip.ts';
import { readSource } from '../../../src/gates/source/read-source.ts';
import { FIXTURE_NOW, testKey } from '../../support/certificates.ts';
import { DeskWorld, inNamespace, NEVER } from '../../support/desk-world.ts';
import { packElf } from '../../support/elf.ts';
import { attach, later, pinned, worldIndex, worldKeys } from '../../support/evidence-world.ts';
import {
  file,
  makeImage,
  makeImageFromLayers,
  makeTree,
  packTar,
  toLayerContent,
} from '../../support/images.ts';
import { dpkg, npm, OS } from '../../support/package-layers.ts';
import { shopPolicy } from '../../support/policy-facts.ts';
import { listAdmissionTargets } from './admission.ts';
import {
  CYCLONEDX,
  DOCKERFILE,
  golden,
  NPM_LOCK,
  NPMRC,
  OCI_INDEX,
  OPENVEX,
  OSV,
  PACKAGE_JSON,
  SARIF,
  SPDX,
  TRIVY,
} from './documents.ts';
import { inPieces, TAR, ZIP } from './rows-formats.ts';
import { MANIFEST_FILES } from './rows-manifests.ts';
import { encodeSamples, type Form, type Target } from './target.ts';

const OSV_TAR = packTar([file('osv/a.json', JSON.stringify(OSV))]);

const target = (
  name: string,
  form: Form,
  samples: Parameters<typeof encodeSamples>[0],
  read: Target['read'],
  reads: Target['reads'] = [],
): Target => ({ name, form, samples: encodeSamples(samples), read, reads });

/** Containers of bytes, which are read in pieces. */
function listArchives(): readonly Target[] {
  return [
    target(
      'ELF tables',
      'bytes',
      [packElf({ sections: [{ name: '.go.buildinfo', content: 'info' }], writable: 'data' })],
      (bytes) => readInMemory(readElf(viewBuffer(bytes), bytes.length), bytes),
      ['formats/elf/elf.ts readElf'],
    ),
    target(
      'tar',
      'tar',
      [TAR],
      async (bytes) => {
        const reader = readTar((_, metadata) => {
          metadata();
          return { write: () => undefined, end: () => undefined };
        });
        for await (const piece of inPieces(bytes)) reader.push(piece);
        reader.finish();
      },
      [
        'formats/tar/tar-header.ts readHeader',
        'formats/tar/tar-header.ts readNumberField',
        'formats/tar/tar-header.ts readTextField',
        'formats/tar/tar-metadata.ts readMetadata',
      ],
    ),
    target(
      'zip',
      'zip',
      [ZIP],
      (bytes) => {
        const budget = createZipBudget(64 * 1024 * 1024, 10_000);
        for (const entry of readZipDirectory(bytes, budget))
          readZipEntry(bytes, entry, 1_000_000, budget);
      },
      [
        'formats/zip/zip.ts readZipDirectory',
        'formats/zip/zip.ts readZipEntry',
        'formats/zip/zip.ts streamZipDirectory',
      ],
    ),
  ];
}

/** Images and streams of a registry. */
function listContainers(): readonly Target[] {
  return [
    target(
      'image layer',
      'layer',
      [packLayer(gzipSync), packLayer(zstdCompressSync)],
      async (bytes) => {
        const layer = { content: toLayerContent(bytes), diffId: sha256(unpack(bytes)) };
        return inventoryImage(makeImageFromLayers([layer]));
      },
      [
        'capabilities/inventory/inventory-image.ts inventoryImage',
        'formats/tar/zstd-frames.ts unfoldZstd',
      ],
    ),
    target(
      'image configuration',
      'json',
      [makeImage([[OS]]).config],
      async (config) => inventoryImage({ ...makeImage([[OS]]), config }),
      [
        'capabilities/inventory/inventory-image.ts readImageConfig',
        'capabilities/inventory/inventory-image.ts parseConfig',
      ],
    ),
    target(
      'route of the registry',
      'text',
      ['/v2/shop/trips/manifests/1.0', `/v2/shop/blobs/${sha256('a')}`, '/v2/a/blobs/uploads/'],
      (bytes) => {
        try {
          return parseRoute(Buffer.from(bytes).toString('utf8'));
        } catch (thrown) {
          if (thrown instanceof Refusal) return null; // the type of errors that a registry answers
          throw thrown;
        }
      },
      ['adapters/oci-server/routes.ts parseRoute'],
    ),
    target(
      'verified stream',
      'bytes',
      ['abc'],
      async (bytes) => {
        for await (const _ of verifyStream(inPieces(bytes), { digest: sha256('abc'), size: 3 }));
      },
      ['capabilities/registry/verified-stream.ts verifyStream'],
    ),
    ...listFeedGates(),
  ];
}

/** The files of advisories that people download. */
function listFeedGates(): readonly Target[] {
  return [
    target(
      'tar archive of advisories',
      'bytes',
      [OSV_TAR, gzipSync(OSV_TAR)],
      async (bytes) => {
        const folder = mkdtempSync(join(tmpdir(), 'waybill-fuzz-'));
        writeFileSync(join(folder, 'osv'), bytes);
        try {
          await unfoldFeeds(join(folder, 'osv'), folder);
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
      ['adapters/advisories/unfold-feeds.ts unfoldFeeds'],
    ),
    target(
      'feed of advisories',
      'text',
      [
        `${JSON.stringify(OSV)}\n${JSON.stringify(OSV)}\n`,
        [OSV],
        gzipSync(JSON.stringify(OSV)),
        ZIP,
      ],
      async (bytes) => {
        const path = join(tmpdir(), `waybill-fuzz-${process.pid}.feed`);
        writeFileSync(path, bytes);
        try {
          for await (const some of readFeed(path)) for (const _ of some);
        } finally {
          rmSync(path);
        }
      },
      [
        'adapters/advisories/read-feed.ts readFeed',
        'adapters/advisories/read-feed.ts readFeedParts',
        'adapters/advisories/read-zip.ts readZip',
      ],
    ),
    target('compact record of advisories', 'json', [OSV], compareReaders, [
      'capabilities/advisories/parse-osv.ts parseDate',
    ]),
  ];
}

const compact = new CompactOsvReader();

/** A record that is read without its JSON must say what it says with it. */
function compareReaders(bytes: Uint8Array): void {
  const text = JSON.stringify(orThrow(parseJson(bytes, { bytesMax: bytes.length })));
  for (const line of [bytes, Buffer.from(text)]) {
    const advisory = compact.read(line);
    if (advisory === null) continue;
    const json = orThrow(parseJson(line, { bytesMax: line.length }));
    const same = JSON.stringify(orThrow(readOsv(json))) === JSON.stringify(advisory);
    if (!same || JSON.stringify(json) !== Buffer.from(line).toString('latin1'))
      throw new RangeError('a record is read in two ways');
  }
}

/** What a layer unfolds to, where it does: the reader checks its digest. */
function unpack(bytes: Uint8Array): Uint8Array {
  for (const unfold of [gunzipSync, zstdDecompressSync])
    try {
      return unfold(bytes, { maxOutputLength: 64 * 1024 * 1024 });
    } catch {}
  return bytes;
}

function packLayer(pack: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const items = [OS, dpkg('a', 'b'), npm('left-pad')];
  return pack(packTar(items));
}

/** A tree whose one file is the input: what the commit gate and the build gate read. */
function listSourceGates(): readonly Target[] {
  const files = {
    'package.json': PACKAGE_JSON,
    'package-lock.json': NPM_LOCK,
    Dockerfile: DOCKERFILE[0] ?? '',
    '.npmrc': NPMRC[0] ?? '',
    ...MANIFEST_FILES,
  };
  const text = Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : JSON.stringify(content),
    ]),
  );
  const ports = { advisories: worldIndex(), now: FIXTURE_NOW, reading: readAtOnce };
  return Object.keys(text).map((name) =>
    target(
      `source gate, ${name}`,
      name.endsWith('.json') ? 'json' : 'text',
      [text[name] ?? ''],
      (bytes) => readSource(makeTree({ ...text, [name]: bytes }), '.', ports),
      [
        'gates/source/read-source.ts readSource',
        'capabilities/inventory/declared-dependencies.ts readDeclaredDependencies',
        'capabilities/inventory/inventory-tree.ts inventoryTree',
        'capabilities/ecosystems/helm/chart-images.ts readChartImages',
      ],
    ),
  );
}

function makeFactsTarget(): Target {
  const policy = shopPolicy();
  return target(
    'policy with recorded facts',
    'json',
    [golden('facts.json')],
    (bytes) => {
      const json = readObject(bytes);
      if (json === null) return null;
      const facts = decodeFacts(json, 'admission');
      return evaluate(policy, { gate: 'admission', facts, now: FIXTURE_NOW });
    },
    ['capabilities/policy/facts-read.ts decodeFacts'],
  );
}

async function makeChains(): Promise<Target> {
  const { chain } = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
  const [leaf = new Uint8Array(), ...issuers] = chain;
  return target(
    'certificate chain',
    'der',
    [leaf],
    (bytes) => validateChain([bytes, ...issuers], 'code-signing', FIXTURE_NOW),
    [
      'capabilities/signing/x509/chain.ts validateChain',
      'capabilities/signing/x509/algorithm.ts verifyBytes',
    ],
  );
}

const STRANGERS_DOCUMENTS = [
  ['application/spdx+json', SPDX],
  ['application/vnd.cyclonedx+json', CYCLONEDX],
  ['application/sarif+json', SARIF],
  ['application/json', TRIVY],
  ['application/vnd.openvex+json', [OPENVEX]],
] as const;

/** A document by a stranger makes no gate fail, and none allow. */
async function listStrangers(): Promise<readonly Target[]> {
  const keys = await worldKeys();
  return STRANGERS_DOCUMENTS.map(([mediaType, samples]) =>
    target(`admission with a stranger's ${mediaType}`, 'json', samples, async (bytes) => {
      const world = new DeskWorld(keys);
      const subject = await world.image(keys.stranger, later(-1_000));
      const made = { kind: 'scan', createdAt: FIXTURE_NOW, outcome: 'complete' } as const;
      await attach(world.registry, subject, { ...made, mediaType, bytes }, null);
      const asked = [pinned(subject), 'admission', inNamespace('shop'), NEVER] as const;
      const { verdict, cause } = await world.desk.decide(...asked);
      if (verdict.decision === 'allow') throw new Error('an image that nobody trusts is admitted');
      if (cause?.code === 'INTERNAL') throw cause;
      return verdict;
    }),
  );
}

function readObject(bytes: Uint8Array): JsonObject | null {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonObject | null;
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Every kind of evidence, as the graph takes it in. */
function listEvidence(): readonly Target[] {
  const kinds = Object.keys(RECORD_KINDS);
  const others = [
    ['sbom', [...SPDX, ...CYCLONEDX]],
    ['image', [OCI_INDEX]],
    ['advisories', [golden('advisories.ndjson'), JSON.stringify(OSV)]],
  ] as const;
  const fact = (kind: string) => (body: Uint8Array) =>
    readFact(
      { kind: kind as 'sbom', mediaType: 'application/json', body, subject: null },
      graphPorts,
    );
  return [
    ...kinds.map((kind) =>
      target(`record ${kind}`, 'json', [golden(`records/${kind}.json`)], fact(kind), [
        'capabilities/evidence/records.ts parseRecord',
      ]),
    ),
    ...others.map(([kind, samples]) =>
      target(`evidence ${kind}`, kind === 'advisories' ? 'text' : 'json', samples, fact(kind)),
    ),
  ];
}

/** What is more than one call of one function. */
export async function listComposedTargets(): Promise<readonly Target[]> {
  return [
    ...listArchives(),
    ...listContainers(),
    ...listSourceGates(),
    ...listEvidence(),
    ...(await listAdmissionTargets()),
    makeFactsTarget(),
    await makeChains(),
    ...(await listStrangers()),
  ];
}
