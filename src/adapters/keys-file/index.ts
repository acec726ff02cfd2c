export { openKeyStore } from './key-store.ts';
export { loadNotaryTrust, loadTrustStore } from './trust-files.ts';
