import type { AdvisoryDocuments } from '../../../../capabilities/advisories/index.ts';
import { attempt, type Result } from '../../../../core/result.ts';
import { Writer } from '../../write/writer.ts';
import { SQLITE } from './connect-sqlite.ts';
import { openLogDocuments } from './log-documents.ts';
import type { GraphOptions } from './open-graph.ts';

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
  shard = 1,
  ...place
}: GraphOptions): Promise<Result<GraphDraft | null>> {
  return attempt(async () => {
    const draft = await SQLITE.draft(place);
    if (draft === null) return null;
    return {
      writer: new Writer(draft.connection, ports, shard, { isNew: true }),
      publish: () => draft.publish(),
      openDocuments: () => openLogDocuments(draft.place.path, shard),
      discard: () => draft.discard(),
    };
  });
}
