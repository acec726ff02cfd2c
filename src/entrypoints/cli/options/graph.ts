import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM, OUTPUT } from '../definitions.ts';

export const GRAPH_IMPORT_OPTIONS = [
  defineOption('--kind <kind>', 'the kind of the files; without it, the kind is recognised'),
  defineOption(
    '--subject <digest>',
    'digest of the image that the files are about; without it, the image that they name',
  ),
  FORM,
  ...COMMON,
] as const;
export type GraphImportCall = CallOf<typeof GRAPH_IMPORT_OPTIONS>;

export const GRAPH_REBUILD_OPTIONS = [FORM, ...COMMON] as const;
export type GraphRebuildCall = CallOf<typeof GRAPH_REBUILD_OPTIONS>;

export const GRAPH_COPY_OPTIONS = [
  defineOption(
    '--to <place>',
    'postgres://USER@HOST:PORT/DATABASE, or a file; a copy that was stopped goes on',
    { required: true },
  ),
  ...GRAPH_REBUILD_OPTIONS,
] as const;
export type GraphCopyCall = CallOf<typeof GRAPH_COPY_OPTIONS>;

export const GRAPH_BACKUP_OPTIONS = [
  defineOption('--to <file>', 'a new file, or an earlier backup, which gets what was added', {
    required: true,
  }),
  ...GRAPH_REBUILD_OPTIONS,
] as const;
export type GraphBackupCall = CallOf<typeof GRAPH_BACKUP_OPTIONS>;

export const GRAPH_RESTORE_OPTIONS = [
  defineOption('--from <file>', 'the file of a backup; a restoring that was stopped goes on', {
    required: true,
  }),
  ...GRAPH_REBUILD_OPTIONS,
] as const;
export type GraphRestoreCall = CallOf<typeof GRAPH_RESTORE_OPTIONS>;

export const GRAPH_PRUNE_OPTIONS = [
  defineOption('--older-than <age>', 'what was recorded before: 400d, or a moment', {
    required: true,
  }),
  defineOption(
    '--kind <kind>',
    'only decision, deployment, scan or violation; may be given more than once',
    { several: true },
  ),
  defineOption('--dry-run', 'only say what would be removed'),
  ...GRAPH_REBUILD_OPTIONS,
] as const;
export type GraphPruneCall = CallOf<typeof GRAPH_PRUNE_OPTIONS>;

const SINCE = defineOption(
  '--since <file>',
  'an earlier checkpoint: the log must begin with everything that it names',
);
const LOG_KEY = defineOption(
  '--log-key <key>',
  'the key that signed the checkpoint (NAME+ID+KEY); without it, the key of this log',
);

export const GRAPH_VERIFY_OPTIONS = [
  SINCE,
  LOG_KEY,
  defineOption(
    '--proof <file>',
    'verify this proof instead of a log, by --log-key alone: no database is read',
  ),
  defineOption(
    '--checkpoint <file>',
    'with --proof: the checkpoint that you hold, which the log must continue or the entry be in',
  ),
  defineOption('--document <file>', 'with --proof: the file that the entry must be about'),
  FORM,
  ...COMMON,
] as const;
export type GraphVerifyCall = CallOf<typeof GRAPH_VERIFY_OPTIONS>;

export const GRAPH_CHECKPOINT_OPTIONS = [OUTPUT, ...COMMON] as const;
export type GraphCheckpointCall = CallOf<typeof GRAPH_CHECKPOINT_OPTIONS>;

export const GRAPH_PROOF_OPTIONS = [
  defineOption('--position <number>', 'prove that this entry is in the log'),
  SINCE,
  LOG_KEY,
  OUTPUT,
  ...COMMON,
] as const;
export type GraphProofCall = CallOf<typeof GRAPH_PROOF_OPTIONS>;

export const GRAPH_EXPORT_OPTIONS = [OUTPUT, ...COMMON] as const;
export type GraphExportCall = CallOf<typeof GRAPH_EXPORT_OPTIONS>;

export const GRAPH_INBOX_OPTIONS = [
  defineOption('--retry <id>', 'read this document again, and record it'),
  defineOption('--drop <id>', 'remove this document'),
  FORM,
  ...COMMON,
] as const;
export type GraphInboxCall = CallOf<typeof GRAPH_INBOX_OPTIONS>;

export const GRAPH_STATUS_OPTIONS = [FORM, ...COMMON] as const;
export type GraphStatusCall = CallOf<typeof GRAPH_STATUS_OPTIONS>;
