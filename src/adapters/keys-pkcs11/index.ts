export { openPkcs11Keys } from './pkcs11-keys.ts';
