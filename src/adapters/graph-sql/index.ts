export { requireSafeFolder } from './dialects/sqlite/connect-sqlite.ts';
export { type ReaderPool, openReaderPool } from './dialects/sqlite/reader-pool.ts';
export { serveCalls } from './dialects/sqlite/serve-calls.ts';
export type { ThreadData, ThreadOptions } from './dialects/sqlite/thread-protocol.ts';
export { type WriterThread, openWriterThread } from './dialects/sqlite/writer-thread.ts';
export { Reader, type ReaderOptions, openReader } from './questions/reader.ts';
export { Writer, type WriterOptions, openWriter } from './write/writer.ts';
