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

export const GRAPH_VERIFY_OPTIONS = [FORM, ...COMMON] as const;
export type GraphVerifyCall = CallOf<typeof GRAPH_VERIFY_OPTIONS>;

export const GRAPH_EXPORT_OPTIONS = [OUTPUT, ...COMMON] as const;
export type GraphExportCall = CallOf<typeof GRAPH_EXPORT_OPTIONS>;

export const GRAPH_STATUS_OPTIONS = [FORM, ...COMMON] as const;
export type GraphStatusCall = CallOf<typeof GRAPH_STATUS_OPTIONS>;
