import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import type { Descriptor } from '../../../src/core/descriptor.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { formatRepository } from '../../../src/core/image-reference.ts';
import { orThrow } from '../../../src/core/result.ts';
import { podReview, type Scene } from '../../support/scene.ts';
import { buildArtifactManifest, EMPTY_BLOB } from './junk.ts';

/** What an attack does it with. */
export interface Battlefield {
  readonly scene: Scene;
  readonly post: (path: string, body: string) => Promise<{ readonly body: string }>;
  readonly address: { readonly host: string; readonly port: number; readonly ca: Buffer };
  /** Until when, on the clock of performance.now(). */
  readonly end: number;
  readonly counts: SoakCounts;
}

export interface SoakCounts {
  refusedAnswered: number;
  reviewsOfHeavy: number;
  referrers: number;
  unfinished: number;
  whatIfs: number;
}

const list = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at));

const going = ({ end }: Battlefield): boolean => performance.now() < end;

const cyclonedx = (components: readonly object[]): string =>
  JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components });

/** Documents that took seconds to minutes to read. */
export const HOSTILE_DOCUMENTS: readonly (readonly [mediaType: string, text: () => string])[] = [
  [
    'application/sarif+json',
    () => {
      const ruleId = 'SNYK-'.repeat(20_000);
      const results = [{ ruleId, message: { text: ruleId } }];
      return JSON.stringify({
        version: '2.1.0',
        runs: [{ tool: { driver: { name: 'x' } }, results }],
      });
    },
  ],
  [
    'application/vnd.cyclonedx+json',
    () =>
      cyclonedx([
        {
          ...{ type: 'library', name: 'a', purl: 'pkg:npm/a@1' },
          licenses: list(100_000, (at) => ({ expression: `L${at}` })),
        },
      ]),
  ],
  ...list(
    4,
    (seed) =>
      [
        'application/vnd.cyclonedx+json',
        () =>
          cyclonedx(
            list(40_000, (at) => ({
              ...{
                type: 'library',
                'bom-ref': `r${at}`,
                name: `part-${seed}-${at}`,
                version: `1.${at}`,
              },
              purl: `pkg:deb/debian/part-${seed}-${at}@1.${at}-1?arch=amd64&distro=debian-12`,
              licenses: [{ license: { id: 'MIT' } }],
            })),
          ),
      ] as const,
  ),
];

/** B1: an image with these documents is reviewed again and again, and what-if with 20,000 keys. */
export async function reviewHeavy(field: Battlefield, images: readonly string[]): Promise<void> {
  for (let at = 0; going(field); at++) {
    const image = images[at % images.length] ?? '';
    await field.post('/admit', JSON.stringify(podReview(image, `heavy-${at % 7}`)));
    field.counts.reviewsOfHeavy += 1;
    await sleep(2_000);
  }
}

export async function askWhatIf(field: Battlefield): Promise<void> {
  const policy = list(20_000, (at) => `k${at}: 1`).join('\n');
  for (; going(field); field.counts.whatIfs += 1) {
    await field.post('/v1/ask/what-if', policy);
    await sleep(3_000);
  }
}

/** B3: referrers with two layers, of nobody, for an image that is reviewed too. */
export async function attachJunk(field: Battlefield, name: string, subject: Descriptor) {
  const { client } = field.scene;
  const repository = formatRepository(field.scene.reference(name));
  orThrow(await client.pushBlob(repository, EMPTY_BLOB));
  for (let at = 0; going(field); at++) {
    const { blobs, manifest } = buildArtifactManifest(subject, at);
    for (const blob of blobs) orThrow(await client.pushBlob(repository, blob));
    orThrow(await client.pushManifest(repository, manifest, null));
    field.counts.referrers += 1;
    await sleep(500);
  }
}

const FLOOD = 12_000;
const FLOOD_EVERY_MS = 300_000;
const AT_ONCE = 8;

/** B5: 12,000 refused images from distinct namespaces, every five minutes. */
export async function floodRefusals(field: Battlefield): Promise<void> {
  for (let round = 0; going(field); round++) {
    const started = performance.now();
    let next = 0;
    const send = async (): Promise<void> => {
      for (let at = next++; at < FLOOD && going(field); at = next++) {
        const image = `elsewhere.example.com/evil/x@${sha256(`${round} ${at}`)}`;
        await field.post('/admit', JSON.stringify(podReview(image, `evil-${round}-${at}`)));
        field.counts.refusedAnswered += 1;
      }
    };
    await Promise.all(list(AT_ONCE, send));
    while (going(field) && performance.now() - started < FLOOD_EVERY_MS) await sleep(500);
  }
}

/** B5: 100 bodies of 7 MB that never end. */
export async function leaveUnfinished(field: Battlefield): Promise<void> {
  const open = new Set<TLSSocket>();
  for (; going(field); await sleep(50)) {
    if (open.size >= 100) continue;
    const socket = connect(field.address);
    open.add(socket);
    field.counts.unfinished += 1;
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.once('secureConnect', () => {
      socket.write(
        'POST /admit HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n' +
          `content-length: 7000000\r\n\r\n${'x'.repeat(3_000_000)}`,
      );
    });
  }
  for (const socket of open) socket.destroy();
}

/** B4: others push evidence of their own, as long as it lasts. */
export async function postEvidence(field: Battlefield, make: (at: number) => string) {
  for (let at = 0; going(field); at++) {
    await field.post(`/v1/evidence?kind=sbom&subject=${sha256(`image ${at}`)}`, make(at));
    await sleep(250);
  }
}
