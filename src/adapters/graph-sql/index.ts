export { type GraphOptions, openReader, openWriter } from './dialects/sqlite/open-graph.ts';
export { openReaderPool, type ReaderPool } from './dialects/sqlite/reader-pool.ts';
export { serveCalls } from './dialects/sqlite/serve-calls.ts';
export { requireSafeFolder } from './dialects/sqlite/sqlite-place.ts';
export type { ThreadData, ThreadOptions } from './dialects/sqlite/thread-protocol.ts';
export { openWriterThread, type WriterThread } from './dialects/sqlite/writer-thread.ts';
export { Reader } from './questions/reader.ts';
export { SCHEMA_VERSION } from './schema/migrations.ts';
export { Writer } from './write/writer.ts';
