export { openKeyStore } from './key-store.ts';
export { type LogKeeper, openLogKeeper } from './log-key.ts';
export { openSigstoreKeys } from './sigstore-keys.ts';
export { loadBlobTrust, loadNotaryTrust, loadTrustStores } from './trust-files.ts';
export { loadTrustedRoots } from './trusted-roots.ts';
