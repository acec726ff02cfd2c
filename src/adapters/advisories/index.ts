export { type ImportOptions, type ImportProgress, type ImportReport, type RejectedRecord, importAdvisories } from './import.ts';
export { type OpenAdvisoryIndex, openAdvisoryIndex } from './open-index.ts';
export { type FeedValue, readFeed } from './read-feed.ts';
