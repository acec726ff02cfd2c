import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const SPACE_BYTES = 4 * 1024 * 1024;
let isLimited = false;

/**
 * Keeps the space for new objects from growing further once it is large enough for work that makes
 * and drops many small objects: the default lets it grow to several times what is in use. Called
 * again and again during such work, it acts when the space has grown; from then on it does nothing.
 */
export function limitYoungGeneration(): void {
  if (isLimited) return;
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  if (space === undefined || space.space_size < SPACE_BYTES) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  isLimited = true;
}
