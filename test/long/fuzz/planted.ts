import { encodeSamples, type Target } from './target.ts';

const plant = (name: string, read: Target['read']): Target => ({
  ...{ name, form: 'text', samples: encodeSamples(['x']), read, reads: [] },
});

/**
 * Readers with a fault of each kind. Each run begins with them: a run that does not find them finds
 * nothing.
 */
export const PLANTED: readonly Target[] = [
  plant('planted: throws', () => {
    throw new TypeError('planted');
  }),
  plant('planted: slow', () => {
    // Processor time, as the budget: on a busy machine less of it passes than time.
    const begun = process.threadCpuUsage();
    while (process.threadCpuUsage(begun).user < 2_500_000);
  }),
  plant('planted: large', () => Buffer.alloc(400 * 1024 * 1024, 1)),
  plant('planted: fills the memory', () => {
    const held: unknown[] = [];
    for (;;) held.push(new Array(100_000).fill({}));
  }),
  plant('planted: hangs', () => {
    for (;;);
  }),
];
