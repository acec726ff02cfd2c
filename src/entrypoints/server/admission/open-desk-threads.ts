import { LIMITS } from '../../../core/limits.ts';
import { startThread } from '../../compose/installation.ts';
import { type Lanes, STRANGERS, TRUSTED } from './desk-lanes.ts';
import type { DeskThreadData } from './desk-protocol.ts';
import { DeskThread, type DeskThreadPorts } from './desk-thread-client.ts';

const IDLE_MS = 120_000;

/** The threads for images with large documents; each starts when there is such an image. */
export function openDeskThreads(
  data: Pick<DeskThreadData, 'config' | 'env'>,
  ports: Pick<DeskThreadPorts, 'decided' | 'counted' | 'graph'>,
): Pick<Lanes, 'trusted' | 'strangers'> {
  const open = (
    own: Pick<DeskThreadData, 'limits' | 'keptBytesMax' | 'isLast'>,
    heapMiB: number,
  ): DeskThread =>
    new DeskThread({
      ...ports,
      start: () =>
        startThread('desk', { ...data, ...own } satisfies DeskThreadData, {
          maxOldGenerationSizeMb: heapMiB,
          maxYoungGenerationSizeMb: 4,
        }),
      patienceMs: LIMITS.heavyImageMs,
      idleMs: IDLE_MS,
    });
  return {
    trusted: open(
      { limits: TRUSTED, keptBytesMax: LIMITS.evidenceCacheBytesMax, isLast: false },
      LIMITS.trustedThreadMiBMax,
    ),
    // All that is read of one image: the parsed form takes several times its space.
    strangers: open(
      { limits: STRANGERS, keptBytesMax: LIMITS.untrustedDocumentsBytesMax, isLast: true },
      LIMITS.strangersThreadMiBMax,
    ),
  };
}
