import { setImmediate } from 'node:timers/promises';
import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';

const BREATH_MS = 50;

/**
 * The index for a command that can be stopped: its answers come without waiting, so that a long
 * inventory would be matched in one go, and nobody would hear a signal meanwhile.
 */
export function letSignalsThrough(index: AdvisoryIndex, signal: AbortSignal): AdvisoryIndex {
  let breathedAt = performance.now();
  const isDue = (): boolean => performance.now() - breathedAt >= BREATH_MS;
  const breathe = async (): Promise<void> => {
    if (!isDue()) return;
    await setImmediate();
    breathedAt = performance.now();
    // mutant scan-goes-on-after-a-signal by breathing-index: remove
    signal.throwIfAborted();
  };
  return {
    // Asked for each component: where no breath is due, nothing is waited for.
    find: (ecosystem, name, recordsMax) =>
      isDue()
        ? breathe().then(() => index.find(ecosystem, name, recordsMax))
        : index.find(ecosystem, name, recordsMax),
    ...(index.isAbsent === undefined ? {} : { isAbsent: index.isAbsent }),
    findById: (id) => index.findById(id),
    findHeads: (id) => index.findHeads(id),
    // mutant package-matched-in-one-go by breathing-index: remove
    breathe,
    info: () => index.info(),
    threats: index.threats ?? null,
    support: index.support ?? [],
  };
}
