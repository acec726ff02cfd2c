export { type TokenPlace, takeIdentityToken } from './identity-tokens.ts';
export { openCertificateAuthority, openTransparencyLog } from './services.ts';
export { openTufRepository } from './tuf-repository.ts';
