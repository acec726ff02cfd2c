export { requireSafeFolder } from './dialects/sqlite/connect-sqlite.ts';
export { openReaderPool, type ReaderPool } from './dialects/sqlite/reader-pool.ts';
export { serveCalls } from './dialects/sqlite/serve-calls.ts';
export type { ThreadData, ThreadOptions } from './dialects/sqlite/thread-protocol.ts';
export { openWriterThread, type WriterThread } from './dialects/sqlite/writer-thread.ts';
export { openReader, Reader, type ReaderOptions } from './questions/reader.ts';
export { openWriter, Writer, type WriterOptions } from './write/writer.ts';
