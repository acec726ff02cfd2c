import { setTimeout as sleep } from 'node:timers/promises';
import { podReview, Scene } from '../test/support/scene.ts';
import { ADVISORIES } from '../test/support/scene-advisories.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { ServerProcess } from './serving.ts';

const ROUNDS = 10;
const LOOK_EVERY_MS = 10;

/**
 * An advisory that marks every version of a package of the image as critical, or its withdrawal.
 */
function makeAdvisory(round: number, isWithdrawn: boolean): object {
  const modified = new Date(
    Date.UTC(2026, 1, 1) + (2 * round + Number(isWithdrawn)) * 60_000,
  ).toISOString();
  return {
    id: 'DSA-0009-1',
    modified,
    ...(isWithdrawn ? { withdrawn: modified } : {}),
    aliases: ['CVE-2026-0009'],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem: 'Debian:12', name: 'tzdata' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
      },
    ],
  };
}

/** The time from the end of the import to the first answer with this decision. */
async function untilMs(serving: ServerProcess, review: string, allowed: boolean): Promise<number> {
  const started = performance.now();
  for (;;) {
    const { body } = await serving.http('POST', '/admit', review);
    const elapsedMs = performance.now() - started;
    if (body.includes(`"allowed":${allowed}`)) return elapsedMs;
    if (elapsedMs > 30_000) throw new Error(`not ${allowed} within 30 s: ${body.slice(0, 500)}`);
    await sleep(LOOK_EVERY_MS);
  }
}

const VERIFIED = 'waybill_image_verifications_total';

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'new advisory: from its import to the refused admission, over HTTPS',
  async measure() {
    const scene = await Scene.open();
    try {
      const packages = Array.from({ length: 100 }, (_, at) => ({
        name: `part-${at}`,
        version: `1.${at}-1`,
      }));
      const { digest } = await scene.publish('trips', {
        packages: [...packages, { name: 'tzdata', version: '2024a' }],
      });
      const review = JSON.stringify(podReview(`${scene.registry.registry}/shop/trips@${digest}`));
      const serving = await ServerProcess.start(scene.home);
      try {
        await serving.admit(review);
        const before = (await serving.metrics()).get(VERIFIED) ?? 0;
        const [denied, allowed]: [number[], number[]] = [[], []];
        for (let round = 0; round < ROUNDS; round++) {
          await scene.advisories([...ADVISORIES, makeAdvisory(round, false)]);
          denied.push(await untilMs(serving, review, false));
          await scene.advisories([...ADVISORIES, makeAdvisory(round, true)]);
          allowed.push(await untilMs(serving, review, true));
        }
        const gathered = ((await serving.metrics()).get(VERIFIED) ?? 0) - before;
        const figures: Figure[] = [
          {
            what: 'import to refusal, slowest of ten',
            value: Math.max(...denied),
            unit: 'ms',
            target: { max: 1_000 },
          },
          {
            what: 'withdrawal to admission, slowest of ten',
            value: Math.max(...allowed),
            unit: 'ms',
            target: { max: 1_000 },
          },
          { what: 'images gathered anew meanwhile', value: gathered, unit: '', target: { max: 0 } },
        ];
        return figures;
      } finally {
        await serving.close();
      }
    } finally {
      await scene.close();
    }
  },
};
