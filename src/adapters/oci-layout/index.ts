export { type LayoutOptions, type OpenedLayout, openLayout, openLayoutSource } from './layout.ts';
export { createStandIns, type StandIn } from './several.ts';
export type { LayoutSource } from './source.ts';
export { type LayoutName, parseLayoutName } from './target.ts';
export { type LayoutTarget, openLayoutTarget } from './write.ts';
export { writeArchive } from './write-archive.ts';
