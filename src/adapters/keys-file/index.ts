export { openKeyStore } from './key-store.ts';
export { loadBlobTrust, loadNotaryTrust, loadTrustStore } from './trust-files.ts';
