export { type OpaOptions, openOpa } from './opa-engine.ts';
