export { type CatchUpOptions, catchUpIndex, isIndexBehind } from './catch-up.ts';
export {
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
  importAdvisories,
  type RejectedRecord,
  type SourceClaim,
} from './import.ts';
export { type OpenAdvisoryIndex, openAdvisoryIndex } from './open-index.ts';
export { type PackedFile, packRecords, readLineKeys } from './pack-records.ts';
export { type PackedThreats, packThreats, unpackThreats } from './pack-threats.ts';
export { completeImport, takeUpdateLock } from './pending-import.ts';
export { type FeedValue, readFeed } from './read-feed.ts';
export {
  formatSupportPath,
  loadSupportFile,
  type PackedSupport,
  packSupport,
  putSupport,
  unpackSupport,
} from './support-store.ts';
export { formatThreatPath, loadThreatFile, putThreats } from './threat-store.ts';
export { type UnfoldedFeed, unfoldFeeds } from './unfold-feeds.ts';
