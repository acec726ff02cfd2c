export type { GraphOptions, GraphPlace } from './dialects/graph-place.ts';
export { copyGraph, openReader, openWriter, runOn } from './dialects/open-graph.ts';
export type { PostgresPlace } from './dialects/postgres/postgres-place.ts';
export { requireSafeFolder } from './dialects/sqlite/sqlite-place.ts';
export { openReaderPool, type ReaderPool } from './dialects/threads/reader-pool.ts';
export { serveCalls } from './dialects/threads/serve-calls.ts';
export type { ThreadData, ThreadOptions } from './dialects/threads/thread-protocol.ts';
export { openWriterThread, type WriterThread } from './dialects/threads/writer-thread.ts';
export { Reader } from './questions/reader.ts';
export { SCHEMA_VERSION } from './schema/migrations.ts';
export type { CopiedGraph, CopyOptions } from './write/copy-graph.ts';
export {
  REMOVABLE_KINDS,
  type RemovableKind,
  type RemovedDocuments,
} from './write/retention.ts';
export { createTenant, listTenants, type Tenant } from './write/tenants.ts';
export { Writer } from './write/writer.ts';
