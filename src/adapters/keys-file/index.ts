export { openKeyStore } from './key-store.ts';
export { loadBlobTrust, loadNotaryTrust } from './trust-files.ts';
