export { openRevocationCache } from './answer-cache.ts';
export { openRevocationGatherer, type RevocationOptions } from './gatherer.ts';
