export { openRegistryClient, type RegistryClient } from './client.ts';
export { type CredentialSource, type Credentials, openStoredCredentials } from './docker-config.ts';
export { type CredentialPlace, removeCredentials, saveCredentials } from './docker-login.ts';
export type { RegistryClientOptions } from './session.ts';
