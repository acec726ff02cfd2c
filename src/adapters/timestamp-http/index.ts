export { openTimestampAuthority } from './timestamp-authority.ts';
