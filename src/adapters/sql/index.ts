export { openReader, type Reader, type ReaderOptions } from './reader.ts';
export { openWriter, type Writer, type WriterOptions } from './writer.ts';
