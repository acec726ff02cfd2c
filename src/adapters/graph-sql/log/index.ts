/** A second door, for a command that has nothing to record: it loads no library of the graph. */
export { listGraphEcosystems, openLogDocuments } from '../dialects/log-documents.ts';
