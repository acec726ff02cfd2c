export type { AccessEntry } from './access.ts';
export { type RegistryOptions, type RunningRegistry, startRegistry } from './server.ts';
