/** A third door, for a command that makes the first log: it loads no question of the graph. */
export { type GraphDraft, openDraft } from '../dialects/sqlite/open-draft.ts';
