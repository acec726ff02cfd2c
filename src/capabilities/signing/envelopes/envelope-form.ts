/** The two forms of an envelope (N3): flattened JWS, and COSE_Sign1. */
export type EnvelopeForm = 'jws' | 'cose';
