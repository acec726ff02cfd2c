import type { AdvisoryDocuments } from '../../../../capabilities/advisories/index.ts';
import type { GraphPorts } from '../../../../capabilities/graph/index.ts';
import { attempt, type Result } from '../../../../core/result.ts';
import { Writer } from '../../write/writer.ts';
import { SQLITE } from './connect-sqlite.ts';
import { openFileDocuments } from './log-documents.ts';
import type { SqlitePlace } from './sqlite-place.ts';

/** A log and its graph that nobody sees before they are whole (SqlDraft). */
export interface GraphDraft {
  readonly writer: Writer;
  publish(): Promise<boolean>;
  /** The advisories of a draft that was refused its place. */
  openDocuments(): Result<AdvisoryDocuments | null>;
  discard(): Promise<void>;
}

/** Null if there is a log already. */
export async function openDraft({
  ports,
  ...place
}: SqlitePlace & { readonly ports: GraphPorts }): Promise<Result<GraphDraft | null>> {
  return attempt(async () => {
    const draft = await SQLITE.draft(place);
    if (draft === null) return null;
    return {
      writer: new Writer(draft.connection, ports, 1, { isNew: true }),
      publish: () => draft.publish(),
      openDocuments: () => openFileDocuments(draft.place.path, undefined),
      discard: () => draft.discard(),
    };
  });
}
