export { type ContentCache, openContentCache } from './content-cache.ts';
