export { openRegistryClient, type RegistryClient } from './client.ts';
export type { CredentialSource, Credentials } from './docker-config.ts';
export { type CredentialPlace, removeCredentials, saveCredentials } from './docker-login.ts';
export type { RegistryClientOptions } from './session.ts';
