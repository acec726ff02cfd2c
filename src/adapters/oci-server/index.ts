export type { AccessEntry } from './access.ts';
export { checkStorage, type StorageCheck } from './check-storage.ts';
export { collectGarbage, type Garbage } from './collect-garbage.ts';
export { openPasswords, type RegistryToken } from './passwords.ts';
export { type RegistryOptions, type RunningRegistry, startRegistry } from './server.ts';
export { REGISTRY_RIGHTS, type RegistryTeam } from './team.ts';
