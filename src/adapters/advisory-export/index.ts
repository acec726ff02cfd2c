export { type ExportOptions, type ExportSession, openExportSession } from './export-session.ts';
export { type FetchedEcosystem, fetchEcosystem } from './fetch-ecosystem.ts';
export { type FetchedFile, fetchFile } from './fetch-file.ts';
export { type EcosystemState, type ExportFolder, openExportFolder } from './update-state.ts';
