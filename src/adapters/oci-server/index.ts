export { type RegistryOptions, type RunningRegistry, startRegistry } from './server.ts';
