export { requireSafeFolder } from './connect-sqlite.ts';
export { openReader, type Reader, type ReaderOptions } from './reader.ts';
export { openReaderPool, type ReaderPool } from './reader-pool.ts';
export { serveCalls } from './serve-calls.ts';
export type { ThreadData, ThreadOptions } from './thread-protocol.ts';
export { openWriter, type Writer, type WriterOptions } from './writer.ts';
export { openWriterThread, type WriterThread } from './writer-thread.ts';
